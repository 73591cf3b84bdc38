// Requests to the tests' own API server: what is asked, how often, over how many connections, and what is said when it
// goes wrong.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ApiError } from '../../src/api/api-error.ts';
import type { ApiServer } from '../../src/api/api-server.ts';
import type { KubeFlags } from '../../src/api/kube-flags.ts';
import { type OpenOptions, openApiServer } from '../../src/api/open-api-server.ts';
import { ClusterError } from '../../src/errors.ts';
import {
  recorded,
  type ServerOptions,
  startApiServer,
  type TestApiServer,
  writeKubeconfig,
} from '../api-server/index.ts';

interface Setup {
  readonly server?: ServerOptions;
  readonly flags?: KubeFlags;
  readonly open?: OpenOptions;
  /** The kubeconfig's user, instead of an admin's certificate. */
  readonly user?: (server: TestApiServer) => object;
  readonly cluster?: (server: TestApiServer) => object;
}

async function withApi(setup: Setup, use: (api: ApiServer, server: TestApiServer) => Promise<void>): Promise<void> {
  const server = await startApiServer({ objects: recorded('live-node-a/objects.json'), ...setup.server });
  const own = setup.user !== undefined || setup.cluster !== undefined;
  const cluster = setup.cluster?.(server) ?? { server: server.url, 'certificate-authority': server.pki.caFile };
  const user = setup.user?.(server) ?? { token: 'admin-token' };
  const kubeconfig = own ? writeKubeconfig(join(server.directory, 'own'), { cluster, user }) : server.kubeconfig;
  const world = { env: {}, home: server.directory, terminal: false };
  const api = await openApiServer({ kubeconfig, ...setup.flags }, { world, ...setup.open });
  try {
    await use(api, server);
  } finally {
    await api.close();
    await server.close();
  }
}

test('a list comes by pages, over one connection', async () => {
  await withApi({ open: { pageSize: 10 } }, async (api, server) => {
    const list = await api.list('/api/v1/services');
    assert.equal(list.items.length, 35);
    assert.equal(list.kind, 'ServiceList');
    assert.equal(list.apiVersion, 'v1');
    assert.equal(list.resourceVersion, server.store.version);
    assert.deepEqual(
      server.requests.map(({ query }) => query.get('limit')),
      ['10', '10', '10', '10'],
    );
    assert.equal(server.connections.total, 1);
  });
});

test('a list whose token expired is asked for once more, whole', async () => {
  const expire = new Set<TestApiServer>();
  // The token is too old when it comes back, each time.
  const fault: ServerOptions['fault'] = ({ query }) => {
    if (query.has('continue')) for (const server of expire) server.expireTokens();
    return undefined;
  };
  await withApi({ server: { fault }, open: { pageSize: 10 } }, async (api, server) => {
    expire.add(server);
    const list = await api.list('/api/v1/services');
    assert.equal(list.items.length, 35);
    assert.equal(new Set(list.items.map((item) => JSON.stringify(item))).size, 35);
    assert.deepEqual(
      server.requests.map(({ query }) => query.get('limit')),
      ['10', '10', null],
    );
  });
});

test('requests side by side share the pool, and exec does not take from it', async () => {
  await withApi({}, async (api, server) => {
    await Promise.all(Array.from({ length: 8 }, () => api.get('/api/v1/nodes')));
    const { total } = server.connections;
    assert.ok(total <= 8);
    for (let i = 0; i < 5; i++) await api.get('/api/v1/nodes');
    assert.equal(server.connections.total, total);
  });
});

test('create and delete', async () => {
  await withApi({}, async (api, server) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'mine' }, spec: { containers: [{ name: 'c' }] } };
    await api.create('/api/v1/namespaces/default/pods', pod);
    assert.deepEqual(server.livePods(), ['default/mine']);
    await assert.rejects(api.create('/api/v1/namespaces/default/pods', pod), { code: 'API_CONFLICT', status: 409 });
    await api.delete('/api/v1/namespaces/default/pods/mine', { gracePeriodSeconds: 0 });
    assert.deepEqual(server.livePods(), []);
  });
});

test('429 and 5xx with Retry-After are asked again, but not for ever, and a create only at 429', async () => {
  const busy = { code: 429, reason: 'TooManyRequests', message: 'slow down' };
  const failed = { code: 503, reason: 'ServiceUnavailable', message: 'not now' };
  let faults = 2;
  const fault = (status: typeof busy, retryAfter?: number) => () =>
    faults-- > 0 ? { status, ...(retryAfter === undefined ? {} : { retryAfter }) } : undefined;

  await withApi({ server: { fault: fault(busy, 0) } }, async (api, server) => {
    await api.get('/api/v1/nodes');
    assert.equal(server.requests.length, 3);
  });
  faults = 100;
  await withApi({ server: { fault: fault(failed, 0) } }, async (api, server) => {
    await assert.rejects(api.get('/api/v1/nodes'), { code: 'API_UNAVAILABLE', status: 503 });
    assert.equal(server.requests.length, 5);
    await assert.rejects(api.create('/api/v1/namespaces/default/pods', {}), { status: 503 });
    assert.equal(server.requests.length, 6);
  });
  await withApi({ server: { fault: fault(failed) } }, async (api, server) => {
    await assert.rejects(api.get('/api/v1/nodes'), { status: 503 });
    assert.equal(server.requests.length, 1);
  });
  await withApi({ server: { fault: fault(busy, 3600) } }, async (api, server) => {
    await assert.rejects(api.get('/api/v1/nodes'), { code: 'API_BUSY', status: 429 });
    assert.equal(server.requests.length, 1);
  });
});

test('each failure of the connection has its code, a sentence and a hint', async () => {
  const trust = (server: TestApiServer) => ({ server: server.url, 'certificate-authority': server.pki.caFile });
  const cases: readonly (readonly [string, Setup])[] = [
    ['CLUSTER_TLS_EXPIRED', { server: { certificate: 'expired' } }],
    ['CLUSTER_TLS_AUTHORITY', { server: { certificate: 'stranger' } }],
    ['CLUSTER_TLS_NAME', { server: { certificate: 'wrongName' } }],
    [
      'CLUSTER_TLS',
      { server: { certificate: 'none' }, cluster: (s) => ({ ...trust(s), server: s.url.replace('http:', 'https:') }) },
    ],
    ['CLUSTER_REFUSED', { cluster: (s) => ({ ...trust(s), server: 'https://127.0.0.1:1' }) }],
    ['CLUSTER_UNKNOWN_HOST', { cluster: (s) => ({ ...trust(s), server: 'https://no-such-host.invalid' }) }],
    ['CLUSTER_CUT', { server: { fault: () => ({ does: 'reset' }) } }],
    ['CLUSTER_CUT', { server: { fault: () => ({ does: 'truncate' }) } }],
    ['CLUSTER_TIMEOUT', { server: { fault: () => ({ does: 'stall' }) }, open: { silenceMs: 200 } }],
    ['CLUSTER_TIMEOUT', { server: { fault: () => ({ does: 'stall' }) }, flags: { requestTimeout: '200ms' } }],
    ['API_UNAUTHORIZED', { user: () => ({ token: 'wrong' }) }],
    ['API_UNAUTHORIZED', { user: () => ({}) }],
  ];
  for (const [code, setup] of cases) {
    await withApi(setup, async (api) => {
      await assert.rejects(api.list('/api/v1/services'), (error: unknown) => {
        assert.ok(error instanceof ClusterError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, /^\S.*\.$/);
        assert.ok((error.hint ?? '').length > 0);
        assert.equal(error.exitCode, 4);
        return true;
      });
    });
  }
});

test('a refusal names the verb, the resource and the namespace, and the line to ask with', async () => {
  const forbid: ServerOptions = { forbid: () => true };
  const flags = { as: 'system:serviceaccount:ops:reader', asGroup: ["o'brien"], context: 'test' };
  const end = `--context test --as system:serviceaccount:ops:reader --as-group 'o'\\''brien'`;
  await withApi({ server: forbid, flags }, async (api, server) => {
    const config = ` --kubeconfig ${server.kubeconfig} ${end}`;
    const cases: readonly (readonly [() => Promise<unknown>, string, RegExp])[] = [
      [() => api.list('/api/v1/nodes'), 'kubectl auth can-i list nodes', /list nodes in the whole cluster\.$/],
      [
        () => api.list('/api/v1/pods'),
        'kubectl auth can-i list pods --all-namespaces',
        /list pods in the whole cluster\.$/,
      ],
      [
        () => api.list('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices'),
        'kubectl auth can-i list endpointslices.discovery.k8s.io -n shop',
        /in namespace shop\.$/,
      ],
      [
        () => api.get('/api/v1/namespaces/shop/services/web'),
        'kubectl auth can-i get services/web -n shop',
        /get services/,
      ],
      [() => api.create('/api/v1/namespaces/shop/pods', {}), 'kubectl auth can-i create pods -n shop', /create pods/],
      [() => api.delete('/api/v1/namespaces/shop/pods/x'), 'kubectl auth can-i delete pods/x -n shop', /delete pods/],
      [
        () => api.exec({ namespace: 'kube-system', pod: 'kube-proxy-2m9c4', container: 'kube-proxy', command: ['x'] }),
        'kubectl auth can-i get pods/kube-proxy-2m9c4 --subresource=exec -n kube-system',
        /pods\/exec in namespace kube-system/,
      ],
    ];
    for (const [ask, line, sentence] of cases) {
      await assert.rejects(ask(), (error: unknown) => {
        assert.ok(error instanceof ApiError, String(error));
        assert.equal(error.code, 'API_FORBIDDEN');
        assert.equal(error.canI, line + config);
        assert.equal(error.hint, error.canI);
        assert.match(error.message, sentence);
        assert.match(error.message, /system:serviceaccount:ops:reader/);
        return true;
      });
    }
  });
});

test('Pod Security and other admission is no missing permission', async () => {
  await withApi({ server: { podLife: () => ({ becomes: 'refused' }) } }, async (api) => {
    const pod = { metadata: { name: 'x' } };
    await assert.rejects(api.create('/api/v1/namespaces/shop/pods', pod), (error: unknown) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.code, 'API_ADMISSION');
      assert.equal(error.status, 403);
      assert.equal(error.canI, undefined);
      assert.match(error.said, /violates PodSecurity "baseline/);
      return true;
    });
  });
});

test('404 and 410', async () => {
  await withApi({}, async (api) => {
    await assert.rejects(api.get('/api/v1/namespaces/shop/pods/none'), {
      code: 'API_NOT_FOUND',
      status: 404,
      reason: 'NotFound',
    });
  });
  const gone = { code: 410, reason: 'Expired', message: 'too old' };
  await withApi({ server: { fault: () => ({ status: gone }) } }, async (api, server) => {
    await assert.rejects(api.list('/api/v1/pods'), { code: 'API_EXPIRED', status: 410 });
    assert.equal(server.requests.length, 1);
  });
});

test('an answer that is no JSON is said to be none', async () => {
  const { createServer } = await import('node:http');
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<html>log in</html>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const world = { env: {}, home: '/nowhere', terminal: false };
  const api = await openApiServer({ server: `http://127.0.0.1:${port}` }, { world });
  await assert.rejects(api.get('/api'), { code: 'API_ANSWER', message: /no JSON \(text\/html\)/ });
  await api.close();
  server.close();
});

test('an abort rejects with its reason, at once', async () => {
  await withApi({ server: { fault: () => ({ does: 'stall' }) } }, async (api, server) => {
    const interrupt = new AbortController();
    const asked = api.get('/api/v1/nodes', {}, { signal: interrupt.signal });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    interrupt.abort(new Error('interrupted'));
    await assert.rejects(asked, { message: 'interrupted' });
    await assert.rejects(api.get('/api', {}, { signal: interrupt.signal }), { message: 'interrupted' });
    assert.equal(server.requests.length, 1);
  });
});

test('close ends what is under way', async () => {
  await withApi({ server: { fault: () => ({ does: 'stall' }) } }, async (api, server) => {
    const asked = api.get('/api/v1/nodes');
    asked.catch(() => {});
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await api.close();
    await assert.rejects(asked, { code: 'CLUSTER_CLOSED' });
  });
});

test('a kept connection that the server closed meanwhile is no failure', async () => {
  let answered = 0;
  // The second request comes over the first one's connection, and is cut there.
  const fault = () => (++answered === 2 ? { does: 'reset' as const } : undefined);
  await withApi({ server: { fault } }, async (api, server) => {
    await api.get('/api/v1/nodes');
    await api.get('/api/v1/nodes');
    assert.equal(server.requests.length, 3);
    assert.equal(server.connections.total, 2);
  });
});

function countingPlugin(server: TestApiServer, expiry: string): object {
  const [file, counter] = [join(server.directory, 'plugin'), join(server.directory, 'count')];
  writeFileSync(counter, '');
  const status = `{"token":"t'$n'","expirationTimestamp":${expiry}}`;
  const answer = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":${status}}`;
  writeFileSync(file, `#!/bin/sh\necho x >> ${counter}\nn=$(wc -l < ${counter})\necho '${answer}'\n`, { mode: 0o755 });
  return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: file, interactiveMode: 'Never' } };
}

const anyToken = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`t${i}`, { name: `run-${i}`, groups: [] }]));

test('a credential plugin runs once, again when its credential has expired', async () => {
  const names = (server: TestApiServer) => server.requests.map(({ who }) => who?.user.name);
  const far = '"2999-01-01T00:00:00Z"';
  for (const expiry of ['null', far]) {
    await withApi({ server: { tokens: anyToken }, user: (s) => countingPlugin(s, expiry) }, async (api, server) => {
      await Promise.all([api.get('/api/v1/nodes'), api.get('/api/v1/nodes')]);
      await api.get('/api/v1/nodes');
      assert.deepEqual(names(server), ['run-1', 'run-1', 'run-1']);
    });
  }
  await withApi(
    { server: { tokens: anyToken }, user: (s) => countingPlugin(s, '"2020-01-01T00:00:00Z"') },
    async (api, server) => {
      await api.get('/api/v1/nodes');
      await api.get('/api/v1/nodes');
      assert.deepEqual(names(server), ['run-1', 'run-2']);
    },
  );
});

test('a credential that is refused after a while is fetched anew, once', async () => {
  const tokens = { t1: { name: 'old', groups: [] }, t2: { name: 'new', groups: [] } };
  let revoked = false;
  const status = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };
  const fault: ServerOptions['fault'] = ({ headers }) =>
    revoked && headers.authorization?.[0] === 'Bearer t1' ? { status } : undefined;
  await withApi({ server: { tokens, fault }, user: (s) => countingPlugin(s, 'null') }, async (api, server) => {
    await api.get('/api/v1/nodes');
    revoked = true;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await api.get('/api/v1/nodes');
    assert.deepEqual(
      server.requests.map(({ who }) => who?.user.name),
      ['old', 'old', 'new'],
    );
  });
});

test('inside a pod: the mounted token, authority and namespace', async () => {
  const server = await startApiServer({
    tokens: { 'pod-token': { name: 'system:serviceaccount:shop:tool', groups: [] } },
  });
  const serviceAccount = join(server.directory, 'serviceaccount');
  mkdirSync(serviceAccount);
  writeFileSync(join(serviceAccount, 'token'), 'pod-token');
  writeFileSync(join(serviceAccount, 'ca.crt'), server.pki.ca);
  writeFileSync(join(serviceAccount, 'namespace'), 'shop\n');
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port) };
  const world = { env, home: '/nowhere', serviceAccount, terminal: false };
  const api = await openApiServer({}, { world });
  await api.get('/api/v1/nodes');
  assert.equal(api.namespace, 'shop');
  assert.equal(server.requests[0]?.who?.user.name, 'system:serviceaccount:shop:tool');
  await api.close();
  // A kubeconfig counts before it.
  const other = await openApiServer({ kubeconfig: server.kubeconfig }, { world });
  assert.equal(other.namespace, 'default');
  await other.close();
  await server.close();
});

test('no secret is ever in an error, a hint, a log line or the connection itself', async () => {
  const secrets = [
    'SECRET-TOKEN',
    'SECRET-PASSWORD',
    'SECRET-ARGUMENT',
    'SECRET-ENV',
    'SECRET-OUTPUT',
    'PRIVATE KEY',
    'SECRET-PROXY',
  ];
  const lines: string[] = [];
  const told: unknown[] = [];
  const plugin = (script: string) => (s: TestApiServer) => {
    const file = join(s.directory, 'leaky');
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = [{ name: 'X', value: 'SECRET-ENV' }];
    return {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: file,
        args: ['SECRET-ARGUMENT'],
        env,
        interactiveMode: 'Never',
      },
    };
  };
  const missing = () => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'no-such-plugin',
      args: ['SECRET-ARGUMENT'],
      interactiveMode: 'Never',
    },
  });
  const data = (s: TestApiServer) => {
    const { cert, key } = s.pki.client('kubernetes-admin', ['system:masters']);
    const base64 = (pem: string) => Buffer.from(pem).toString('base64');
    return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  };
  const users: readonly ((s: TestApiServer) => object)[] = [
    () => ({ token: 'SECRET-TOKEN' }),
    () => ({ username: 'pat', password: 'SECRET-PASSWORD' }),
    () => ({ token: 'SECRET-TOKEN', username: 'pat', password: 'SECRET-PASSWORD' }),
    data,
    (s) => ({ ...data(s), 'client-certificate-data': Buffer.from('PRIVATE KEY no pem').toString('base64') }),
    plugin('echo SECRET-OUTPUT; exit 1'),
    plugin('echo SECRET-OUTPUT'),
    plugin('echo \'{"kind":"ExecCredential","status":{"token":"SECRET-OUTPUT"}}\''),
    missing,
  ];
  const servers: readonly ServerOptions[] = [
    {},
    { forbid: () => true },
    { fault: () => ({ does: 'reset' }) },
    { fault: () => ({ does: 'truncate' }) },
    { certificate: 'expired' },
    { certificate: 'none' },
  ];
  for (const server of servers) {
    for (const user of users) {
      for (const proxied of [false, true]) {
        const cluster = (s: TestApiServer) => ({
          server: s.url,
          ...(server.certificate === 'none' ? {} : { 'certificate-authority': s.pki.caFile }),
          ...(proxied ? { 'proxy-url': 'http://user:SECRET-PROXY@127.0.0.1:1' } : {}),
        });
        await withApi(
          {
            server,
            user,
            cluster,
            open: { log: (line) => lines.push(line), world: { env: {}, home: '/x', terminal: false } },
          },
          async (api) => {
            told.push(api);
            await api.get('/api/v1/nodes').catch((error) => told.push(error));
            const aim = {
              namespace: 'kube-system',
              pod: 'kube-proxy-2m9c4',
              container: 'kube-proxy',
              command: ['true'],
            };
            await api.exec(aim).catch((error) => told.push(error));
          },
        ).catch((error) => told.push(error));
      }
    }
  }
  const everything = [
    ...lines,
    ...told.map((it) => `${inspect(it, { depth: 9, showHidden: true })} ${(it as Error).stack ?? ''}`),
  ].join('\n');
  assert.ok(told.length > 100);
  for (const secret of secrets)
    assert.equal(
      everything.indexOf(secret),
      -1,
      `${secret} is told: ${everything.slice(everything.indexOf(secret) - 300, everything.indexOf(secret) + 50)}`,
    );
});

test('a kubeconfig that is no YAML is not quoted', async () => {
  const server = await startApiServer();
  const kubeconfig = join(server.directory, 'broken');
  writeFileSync(kubeconfig, 'users:\n- name: u\n  user: {token: SECRET-TOKEN\nclusters: [');
  await assert.rejects(openApiServer({ kubeconfig }), (error: unknown) => {
    assert.ok(error instanceof ClusterError);
    assert.equal(error.code, 'KUBECONFIG_UNREADABLE');
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /SECRET/);
    return true;
  });
  await server.close();
});

// The same kubeconfigs and flags, asked by the real kubectl and by us: the server must see the same request from both, or
// neither must ask at all.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeFlags } from '../../src/api/kube-flags.ts';
import { openApiServer } from '../../src/api/open-api-server.ts';
import { ProxyrulesError } from '../../src/errors.ts';
import {
  certificateUser,
  type RecordedRequest,
  startApiServer,
  startProxy,
  type TestApiServer,
  type TestProxy,
  writeConfig,
} from '../api-server/index.ts';

interface Parts {
  readonly server: TestApiServer;
  readonly plain: TestApiServer;
  readonly proxy: TestProxy;
  readonly directory: string;
  /** An entry of a kubeconfig's clusters that is good as it is. */
  readonly cluster: Record<string, unknown>;
}

interface Shape {
  readonly name: string;
  readonly flags?: (parts: Parts) => KubeFlags;
  readonly env?: (parts: Parts) => Record<string, string>;
  /** Writes the files; the kubeconfig is `KUBECONFIG` of `env`, else what this returns. */
  readonly write: (parts: Parts) => string | undefined;
  /** What ours must be, where neither asks. */
  readonly fails?: string;
  /** What the proxy must have been asked. */
  readonly proxied?: boolean;
}

let parts: Parts;
before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'kpr-kubectl-'));
  const passwords = { 'pat:secret-password': { name: 'pat', groups: [] } };
  const tokens = {
    'jane-token': { name: 'jane', groups: [] },
    'file-token': { name: 'from-file', groups: [] },
    'flag-token': { name: 'from-flag', groups: [] },
    'plugin-token': { name: 'from-plugin', groups: [] },
  };
  const server = await startApiServer({ tokens, passwords });
  const plain = await startApiServer({ certificate: 'none' });
  const proxy = await startProxy({ login: 'prox:y-word', leadsTo: '127.0.0.1' });
  parts = {
    server,
    plain,
    proxy,
    directory,
    cluster: { server: server.url, 'certificate-authority': server.pki.caFile },
  };
});
after(async () => {
  await Promise.all([parts.server.close(), parts.plain.close(), parts.proxy.close()]);
  rmSync(parts.directory, { recursive: true, force: true });
});

const at = ({ directory }: Parts, name: string) => join(directory, name);

/** One context `c` of one cluster and one user. */
function config(parts: Parts, user: object, cluster: object = parts.cluster, name = 'config'): string {
  const contexts = { c: { cluster: 'k', user: 'u' } };
  return writeConfig(at(parts, name), {
    'current-context': 'c',
    clusters: { k: cluster },
    users: { u: user },
    contexts,
  });
}

function plugin(parts: Parts, more: object = {}, status = `{"token":"plugin-token"}`): object {
  const path = at(parts, 'bin/plugin');
  mkdirSync(at(parts, 'bin'), { recursive: true });
  const answer = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":${status}}`;
  const seen = at(parts, 'seen.json');
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s' "$KUBERNETES_EXEC_INFO|$EXTRA|$*" > ${seen}\ncat <<'END'\n${answer}\nEND\n`,
    { mode: 0o755 },
  );
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: path,
    args: ['get', 'token'],
    env: [{ name: 'EXTRA', value: 'more' }],
    interactiveMode: 'Never',
    ...more,
  };
  return { exec };
}

const jane = { token: 'jane-token' };

const shapes: readonly Shape[] = [
  {
    name: 'client certificate in files',
    write: (p) => config(p, certificateUser(p.server.pki, { name: 'cert-user', groups: ['a', 'b'] })),
  },
  {
    name: 'client certificate and authority as data',
    write: (p) => {
      const { cert, key } = p.server.pki.client('data-user');
      const data = (pem: string) => Buffer.from(pem).toString('base64');
      return config(
        p,
        {
          'client-certificate-data': data(cert),
          'client-key-data': data(key),
        },
        { server: p.server.url, 'certificate-authority-data': data(p.server.pki.ca) },
      );
    },
  },
  {
    name: 'relative paths are relative to the file',
    write: (p) => {
      mkdirSync(at(p, 'deep/pki'), { recursive: true });
      const { cert, key } = p.server.pki.client('relative-user');
      writeFileSync(at(p, 'deep/pki/u.crt'), cert);
      writeFileSync(at(p, 'deep/pki/u.key'), key);
      writeFileSync(at(p, 'deep/pki/ca.crt'), p.server.pki.ca);
      const user = { 'client-certificate': 'pki/u.crt', 'client-key': './pki/u.key' };
      return config(p, user, { server: p.server.url, 'certificate-authority': 'pki/ca.crt' }, 'deep/config');
    },
  },
  { name: 'token', write: (p) => config(p, jane) },
  {
    name: 'token file, relative, before a token',
    write: (p) => {
      writeFileSync(at(p, 'tok'), 'file-token\n');
      return config(p, { token: 'jane-token', tokenFile: 'tok' });
    },
  },
  {
    name: 'a token file over --token',
    flags: () => ({ token: 'flag-token' }),
    write: (p) => {
      writeFileSync(at(p, 'tok'), 'file-token\n');
      return config(p, { tokenFile: 'tok' });
    },
  },
  {
    name: 'a token and a client certificate',
    write: (p) => config(p, { ...jane, ...certificateUser(p.server.pki, { name: 'both', groups: [] }) }),
  },
  { name: 'basic authentication', write: (p) => config(p, { username: 'pat', password: 'secret-password' }) },
  {
    name: 'a token and a password',
    write: (p) => config(p, { ...jane, username: 'pat', password: 'secret-password' }),
    fails: 'KUBECONFIG_USER',
  },
  {
    name: '--token and a password',
    flags: () => ({ token: 'flag-token' }),
    write: (p) => config(p, { username: 'pat', password: 'secret-password' }),
    fails: 'KUBECONFIG_USER',
  },
  {
    name: '--client-certificate and --client-key over files',
    flags: ({ server }) => {
      const { certFile, keyFile } = server.pki.client('flag-cert');
      return { clientCertificate: certFile, clientKey: keyFile };
    },
    write: (p) => config(p, certificateUser(p.server.pki, { name: 'own', groups: [] })),
  },
  {
    name: '--client-certificate and --client-key beside data',
    fails: 'KUBECONFIG_DOUBLE',
    flags: ({ server }) => {
      const { certFile, keyFile } = server.pki.client('flag-cert');
      return { clientCertificate: certFile, clientKey: keyFile };
    },
    write: (p) => {
      const { cert, key } = p.server.pki.client('data-user');
      const data = (pem: string) => Buffer.from(pem).toString('base64');
      return config(p, { 'client-certificate-data': data(cert), 'client-key-data': data(key) });
    },
  },
  {
    name: 'a list with a missing file and doubles: the first counts, whole',
    env: (p) => ({ KUBECONFIG: [at(p, 'missing'), at(p, 'one'), '', at(p, 'two'), at(p, 'one')].join(delimiter) }),
    write: (p) => {
      config(p, jane, p.cluster, 'one');
      writeConfig(at(p, 'two'), {
        'current-context': 'other',
        clusters: { k: { server: 'https://127.0.0.1:1', 'tls-server-name': 'x' } },
        users: { u: { token: 'flag-token', as: 'nobody' }, v: {} },
        contexts: { other: { cluster: 'k', user: 'v' } },
      });
      return undefined;
    },
  },
  {
    name: 'a list whose second file has the current context',
    env: (p) => ({ KUBECONFIG: [at(p, 'one'), at(p, 'two')].join(delimiter) }),
    write: (p) => {
      writeConfig(at(p, 'one'), { clusters: { k: p.cluster }, users: { u: jane } });
      writeConfig(at(p, 'two'), { 'current-context': 'x', contexts: { x: { cluster: 'k', user: 'u' } } });
      return undefined;
    },
  },
  {
    name: '~/.kube/config',
    env: (p) => ({ HOME: p.directory }),
    write: (p) => {
      mkdirSync(at(p, '.kube'), { recursive: true });
      config(p, jane, p.cluster, '.kube/config');
      return undefined;
    },
  },
  {
    name: '--context, --cluster and --user',
    flags: () => ({ context: 'second', cluster: 'good', user: 'm' }),
    write: (p) =>
      writeConfig(at(p, 'config'), {
        'current-context': 'first',
        clusters: { bad: { server: 'https://127.0.0.1:1' }, good: p.cluster },
        users: { u: {}, m: jane },
        contexts: { first: { cluster: 'bad', user: 'u' }, second: { cluster: 'bad', user: 'u' } },
      }),
  },
  {
    name: 'a context that is not there',
    flags: () => ({ context: 'none' }),
    write: (p) => config(p, jane),
    fails: 'KUBECONFIG_NO_ENTRY',
  },
  {
    name: 'a user that is not there',
    flags: () => ({ user: 'none' }),
    write: (p) => config(p, jane),
    fails: 'KUBECONFIG_NO_ENTRY',
  },
  { name: 'a kubeconfig that is not there', write: (p) => at(p, 'no-such-file'), fails: 'KUBECONFIG_UNREADABLE' },
  {
    name: 'a kubeconfig that is no YAML',
    write: (p) => {
      writeFileSync(at(p, 'bad'), 'clusters: [');
      return at(p, 'bad');
    },
    fails: 'KUBECONFIG_UNREADABLE',
  },
  { name: 'nothing at all', env: (p) => ({ HOME: at(p, 'empty-home') }), write: () => undefined, fails: 'NO_CLUSTER' },
  {
    name: 'a certificate authority that is not there',
    write: (p) => config(p, jane, { ...p.cluster, 'certificate-authority': 'none.crt' }),
    fails: 'KUBECONFIG_FILE',
  },
  {
    name: 'impersonation in the kubeconfig',
    write: (p) =>
      config(p, {
        ...jane,
        as: 'bob',
        'as-uid': '7',
        'as-groups': ['g1', 'g2'],
        'as-user-extra': { scopes: ['a', 'b'] },
      }),
  },
  {
    name: '--as, --as-group twice, --as-uid',
    flags: () => ({ as: 'system:serviceaccount:ns:sa', asGroup: ['g1', 'g 2'], asUid: '9' }),
    write: (p) => config(p, jane),
  },
  {
    name: '--as over the kubeconfig, whose groups stay',
    flags: () => ({ as: 'al' }),
    write: (p) => config(p, { ...jane, as: 'bob', 'as-groups': ['g1'] }),
  },
  {
    name: '--as-group without --as',
    flags: () => ({ asGroup: ['g1'] }),
    write: (p) => config(p, jane),
    fails: 'KUBECONFIG_IMPERSONATION',
  },
  { name: 'tls-server-name', write: (p) => config(p, jane, { ...p.cluster, 'tls-server-name': 'kubernetes.test' }) },
  {
    name: 'tls-server-name that the certificate is not for',
    write: (p) => config(p, jane, { ...p.cluster, 'tls-server-name': 'wrong.test' }),
    fails: 'CLUSTER_TLS_NAME',
  },
  {
    name: '--tls-server-name',
    flags: () => ({ tlsServerName: 'localhost' }),
    write: (p) => config(p, jane, { ...p.cluster, 'tls-server-name': 'wrong.test' }),
  },
  {
    name: '--server leaves tls-server-name behind',
    flags: ({ server }) => ({ server: server.url }),
    write: (p) => config(p, jane, { ...p.cluster, server: 'https://127.0.0.1:1', 'tls-server-name': 'wrong.test' }),
  },
  {
    name: 'insecure-skip-tls-verify',
    write: (p) => config(p, jane, { server: p.server.url, 'insecure-skip-tls-verify': true }),
  },
  {
    name: 'insecure-skip-tls-verify beside an authority',
    write: (p) => config(p, jane, { ...p.cluster, 'insecure-skip-tls-verify': true }),
    fails: 'KUBECONFIG_TRUST',
  },
  {
    name: '--insecure-skip-tls-verify over an authority',
    flags: () => ({ insecureSkipTlsVerify: true }),
    write: (p) => config(p, jane, { ...p.cluster, 'certificate-authority': p.server.pki.otherCaFile }),
  },
  {
    name: '--certificate-authority',
    flags: ({ server }) => ({ certificateAuthority: server.pki.caFile }),
    write: (p) => config(p, jane, { server: p.server.url, 'insecure-skip-tls-verify': true }),
  },
  {
    name: 'an unknown authority',
    write: (p) => config(p, jane, { ...p.cluster, 'certificate-authority': p.server.pki.otherCaFile }),
    fails: 'CLUSTER_TLS_AUTHORITY',
  },
  { name: 'no authority', write: (p) => config(p, jane, { server: p.server.url }), fails: 'CLUSTER_TLS_AUTHORITY' },
  {
    name: 'nobody listens',
    write: (p) => config(p, jane, { ...p.cluster, server: 'https://127.0.0.1:1' }),
    fails: 'CLUSTER_REFUSED',
  },
  {
    name: 'http: no credentials, impersonation stays',
    write: (p) => config(p, { ...jane, as: 'bob' }, { server: p.plain.url }),
  },
  {
    name: '--server without a scheme is http',
    flags: ({ plain }) => ({ server: `127.0.0.1:${plain.port}` }),
    write: (p) => config(p, jane),
  },
  { name: 'a credential plugin', write: (p) => config(p, plugin(p)) },
  {
    name: 'a credential plugin, relative to the file',
    write: (p) => config(p, plugin(p, { command: './bin/plugin' })),
  },
  {
    name: 'a credential plugin that wants the cluster',
    write: (p) =>
      config(p, plugin(p, { provideClusterInfo: true }), {
        ...p.cluster,
        'tls-server-name': 'localhost',
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
      }),
  },
  {
    name: 'a credential plugin that gives a certificate',
    write: (p) => {
      const { cert, key } = p.server.pki.client('plugin-cert');
      return config(p, plugin(p, {}, JSON.stringify({ clientCertificateData: cert, clientKeyData: key })));
    },
  },
  {
    name: 'a credential plugin and --token',
    flags: () => ({ token: 'flag-token' }),
    write: (p) => config(p, plugin(p)),
  },
  { name: 'a credential plugin and a token', write: (p) => config(p, { ...plugin(p), ...jane }) },
  {
    name: 'a credential plugin and a certificate',
    write: (p) => config(p, { ...plugin(p), ...certificateUser(p.server.pki, { name: 'own', groups: [] }) }),
  },
  {
    name: 'a credential plugin of v1 without interactiveMode',
    write: (p) => config(p, plugin(p, { interactiveMode: undefined })),
    fails: 'PLUGIN_CONFIG',
  },
  {
    name: 'a credential plugin of v1beta1 answering with v1',
    write: (p) => config(p, plugin(p, { apiVersion: 'client.authentication.k8s.io/v1beta1' })),
    fails: 'PLUGIN_ANSWER',
  },
  {
    name: 'a credential plugin that must ask, without a terminal',
    write: (p) => config(p, plugin(p, { interactiveMode: 'Always' })),
    fails: 'PLUGIN_NEEDS_TERMINAL',
  },
  {
    name: 'a credential plugin that is not installed',
    write: (p) => config(p, plugin(p, { command: 'no-such-plugin', installHint: 'get it' })),
    fails: 'PLUGIN_MISSING',
  },
  {
    name: 'a credential plugin that fails',
    write: (p) => config(p, plugin(p, { command: 'false' })),
    fails: 'PLUGIN_FAILED',
  },
  {
    name: 'a credential plugin that gives nothing',
    write: (p) => config(p, plugin(p, {}, '{}')),
    fails: 'PLUGIN_ANSWER',
  },
  {
    name: 'proxy-url, whatever NO_PROXY says',
    env: () => ({ NO_PROXY: '*' }),
    write: (p) => config(p, jane, { ...p.cluster, 'proxy-url': `http://prox:y-word@${p.proxy.host}` }),
    proxied: true,
  },
  {
    name: 'HTTPS_PROXY',
    env: (p) => ({ HTTPS_PROXY: `http://prox:y-word@${p.proxy.host}` }),
    write: (p) => config(p, jane, { ...p.cluster, server: `https://kubernetes.test:${p.server.port}` }),
    proxied: true,
  },
  {
    name: 'https_proxy without a scheme, refused',
    env: (p) => ({ https_proxy: p.proxy.host }),
    write: (p) => config(p, jane, { ...p.cluster, server: `https://kubernetes.test:${p.server.port}` }),
    fails: 'CLUSTER_PROXY',
    proxied: true,
  },
  {
    name: 'HTTPS_PROXY, but the server is this machine',
    env: (p) => ({ HTTPS_PROXY: `http://${p.proxy.host}` }),
    write: (p) => config(p, jane),
  },
  {
    name: 'NO_PROXY names the server',
    env: (p) => ({ HTTPS_PROXY: `http://${p.proxy.host}`, NO_PROXY: 'a.test, .kubernetes.test,KUBERNETES.test' }),
    write: (p) => config(p, jane, { ...p.cluster, server: `https://kubernetes.test:1` }),
    fails: 'CLUSTER_UNKNOWN_HOST',
  },
  {
    name: 'NO_PROXY names another port',
    env: (p) => ({ HTTPS_PROXY: `http://prox:y-word@${p.proxy.host}`, NO_PROXY: 'kubernetes.test:1' }),
    write: (p) => config(p, jane, { ...p.cluster, server: `https://kubernetes.test:${p.server.port}` }),
    proxied: true,
  },
  {
    name: 'HTTP_PROXY for http',
    env: (p) => ({ HTTP_PROXY: `http://prox:y-word@${p.proxy.host}` }),
    write: (p) => config(p, {}, { server: `http://kubernetes.test:${p.plain.port}` }),
    proxied: true,
  },
  {
    name: 'a proxy-url without a scheme',
    write: (p) => config(p, jane, { ...p.cluster, 'proxy-url': p.proxy.host }),
    fails: 'KUBECONFIG_PROXY',
  },
  { name: 'a token that nobody knows', write: (p) => config(p, { token: 'unknown' }), fails: 'API_UNAUTHORIZED' },
];

const hasKubectl = (process.env.PATH ?? '')
  .split(delimiter)
  .some((directory) => existsSync(join(directory, 'kubectl')));

for (const shape of shapes) {
  test(`as kubectl: ${shape.name}`, { skip: hasKubectl ? false : 'kubectl is not on the PATH' }, async () => {
    const file = shape.write(parts);
    const flags = { ...shape.flags?.(parts), ...(file === undefined ? {} : { kubeconfig: file }) };
    const env = { PATH: process.env.PATH, HOME: join(parts.directory, 'no-home'), ...shape.env?.(parts) };
    const theirs = await watch(() => kubectl(flags, env));
    const ours = await watch(() => us(flags, env));

    assert.equal(ours.failure, shape.fails);
    assert.equal(theirs.failure === undefined, ours.failure === undefined, `kubectl: ${theirs.failure}`);
    assert.deepEqual(ours.requests, theirs.requests);
    assert.deepEqual(ours.plugin, theirs.plugin);
    assert.deepEqual(ours.proxied, theirs.proxied);
    assert.equal(ours.proxied.length > 0, shape.proxied === true);
    if (shape.fails === undefined) assert.equal(ours.requests.length, 1);
  });
}

const path = '/api/v1/namespaces/default/services?limit=1';

async function kubectl(flags: KubeFlags, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const argv = Object.entries(flags).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [value].flat().map((it) => `${flag}=${it}`);
  });
  return new Promise((resolve) => {
    execFile('kubectl', [...argv, 'get', '--raw', path], { env }, (error, _, stderr) => {
      resolve(error === null ? undefined : stderr || error.message);
    });
  });
}

async function us(flags: KubeFlags, env: Record<string, string | undefined>): Promise<string | undefined> {
  try {
    const world = { env, home: env.HOME ?? '', terminal: false };
    const api = await openApiServer(flags, { world });
    await api.get('/api/v1/namespaces/default/services', { limit: 1 }).finally(() => api.close());
    return undefined;
  } catch (error) {
    if (!(error instanceof ProxyrulesError)) throw error;
    assert.notEqual(error.hint ?? '', '');
    return error.code;
  }
}

interface Seen {
  readonly failure: string | undefined;
  readonly requests: readonly object[];
  readonly plugin: unknown;
  readonly proxied: readonly string[];
}

async function watch(ask: () => Promise<string | undefined>): Promise<Seen> {
  const { server, plain, proxy, directory } = parts;
  server.requests.length = 0;
  plain.requests.length = 0;
  proxy.asked.length = 0;
  rmSync(join(directory, 'seen.json'), { force: true });
  const failure = await ask();
  const requests = [...server.requests, ...plain.requests].filter(isOurs).map(essence);
  const seen = existsSync(join(directory, 'seen.json')) ? readFileSync(join(directory, 'seen.json'), 'utf8') : '';
  const [info = '', ...rest] = seen.split('|');
  const proxied = [...new Set(proxy.asked.filter((line) => !line.includes('/version')))];
  return { failure, requests, plugin: { info: info === '' ? undefined : JSON.parse(info), rest }, proxied };
}

/** This machine's kubectl asks for /version first, to choose a kubectl. */
function isOurs({ path }: RecordedRequest): boolean {
  return path !== '/version';
}

function essence({ method, path, query, headers, certificate, who }: RecordedRequest): object {
  const identity = Object.entries(headers)
    .filter(([name]) => name === 'authorization' || name.startsWith('impersonate-'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { method, path, query: String(query), certificate, user: who?.as.name, identity };
}

// A kube-proxy that stood still: the rules are from before the changes that the recordings' README lists, the objects
// from after them. Every change is told, and nothing else is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, type DocumentFinding, documentOf, onRecording, onRules } from './cli.ts';

const frozen = onRecording('1.36-iptables', 'objects-after.json');

function subjectText({ subject: { namespace, name, port, protocol } }: DocumentFinding): string {
  return `${namespace}/${name}${port === '' ? '' : `:${port}`}${protocol === 'TCP' || protocol === '' ? '' : `/${protocol}`}`;
}

/** `KPR201 default/web:http`, each once, sorted. */
function told(findings: readonly DocumentFinding[]): readonly string[] {
  return [...new Set(findings.map((finding) => `${finding.code} ${subjectText(finding)}`))].sort();
}

/** Of kube-proxy and the node; what the API gets wrong by itself is another matter. */
function againstProxy(findings: readonly DocumentFinding[]): readonly string[] {
  return told(findings.filter(({ code }) => !code.startsWith('KPR1')));
}

const changes: readonly (readonly [line: string, findings: readonly string[], state: string])[] = [
  ['svc/web', ['KPR201 default/web:http'], 'degraded'],
  ['svc/web-np', ['KPR201 default/web-np:http'], 'degraded'],
  ['svc/single -n shop', ['KPR201 shop/single'], 'degraded'],
  ['svc/fresh -n shop', ['KPR203 shop/fresh:http'], 'unreachable'],
  ['svc/none -n shop', ['KPR202 shop/none:http'], 'unreachable'],
  ['svc/ten -n shop', ['KPR201 shop/ten:http', 'KPR203 shop/ten:http'], 'unreachable'],
  ['svc/np -n edge', ['KPR201 edge/np:http', 'KPR203 edge/np:http'], 'degraded'],
  ['svc/cart -n shop', ['KPR201 shop/cart:http', 'KPR201 shop/cart:metrics'], 'degraded'],
  ['svc/sticky -n shop', ['KPR203 shop/sticky:http'], 'degraded'],
  ['svc/lb-sticky -n edge', ['KPR201 edge/lb-sticky:smtp'], 'degraded'],
  ['svc/dns -n shop', ['KPR201 shop/dns:dns-tcp', 'KPR201 shop/dns:dns/UDP'], 'unreachable'],
];

for (const [line, findings, state] of changes) {
  test(`explain ${line}: told, kube-proxy at fault, exit 1`, async () => {
    const outcome = await cli(['explain', ...line.split(' '), '-o', 'json', ...frozen]);
    const document = documentOf(outcome);
    assert.deepEqual(againstProxy(document.findings), [...findings].sort());
    assert.equal(document.verdict?.state, state);
    assert.equal(document.verdict?.cause, 'kube-proxy');
    assert.equal(outcome.exitCode, 1);
  });
}

test('backends tells every change and nothing else', async () => {
  const outcome = await cli(['backends', '-o', 'json', ...frozen]);
  const { findings, items = [] } = documentOf(outcome);
  assert.deepEqual(told(findings), changes.flatMap(([, all]) => all).sort());
  assert.equal(outcome.exitCode, 1);
  const unlike = items.flatMap(({ namespace, service, port, protocol, family, backends }) =>
    backends
      .filter(({ state }) => state === 'stale' || state === 'missing')
      .map(({ address, state }) => `${state} ${namespace}/${service}:${port}/${protocol} ${family} ${address}`),
  );
  assert.deepEqual(unlike.sort(), [
    'missing shop/fresh:http/TCP IPv4 10.244.0.90',
    'missing shop/none:http/TCP IPv4 10.244.0.91',
    'missing shop/sticky:http/TCP IPv4 10.244.1.92',
    'stale default/web-np:http/TCP IPv4 10.244.0.5',
    'stale default/web-np:http/TCP IPv4 10.244.1.4',
    'stale default/web:http/TCP IPv4 10.244.0.5',
    'stale default/web:http/TCP IPv4 10.244.1.4',
    'stale default/web:http/TCP IPv6 fd00:244:0:1::4',
    'stale default/web:http/TCP IPv6 fd00:244::5',
    'stale shop/cart:http/TCP IPv4 10.244.1.22',
    'stale shop/cart:metrics/TCP IPv4 10.244.1.22',
    'stale shop/dns:dns-tcp/TCP IPv4 10.244.0.22',
    'stale shop/dns:dns-tcp/TCP IPv4 10.244.1.23',
    'stale shop/dns:dns/UDP IPv4 10.244.0.22',
    'stale shop/dns:dns/UDP IPv4 10.244.1.23',
    // Its Service is gone: nothing offers it.
    'stale shop/single:/TCP IPv4 10.244.0.23',
  ]);
});

test('explain of every other Service blames nobody but the API', async () => {
  const { items = [] } = documentOf(await cli(['backends', '-o', 'json', ...frozen]));
  const changed = new Set(changes.map(([line]) => /\/(\S+)/.exec(line)?.[1]));
  const others = [...new Set(items.map(({ namespace, service }) => `${namespace}/${service}`))].filter(
    (name) => !changed.has(name.slice(name.indexOf('/') + 1)),
  );
  assert.ok(others.length > 15);
  for (const name of others) {
    const { findings, verdict } = documentOf(await cli(['explain', name, '-o', 'json', ...frozen]));
    assert.deepEqual(againstProxy(findings), [], name);
    assert.notEqual(verdict?.cause, 'kube-proxy', name);
  }
});

test('an address and a node port that the API took back are not called right', async () => {
  for (const target of ['nodeport/30180', '10.96.10.16:80']) {
    const { verdict } = documentOf(await cli(['explain', target, '-o', 'json', ...frozen]));
    assert.equal(verdict?.cause, 'kube-proxy', target);
    assert.equal(verdict?.state, 'degraded', target);
    assert.match(verdict?.sentence ?? '', /left over/, target);
    assert.doesNotMatch(verdict?.sentence ?? '', /agree/, target);
  }
});

test('the chain of a Service with stale backends is not called reachable', async () => {
  for (const chain of ['KUBE-SVC-CDGGSHYLG3RE2FKL', 'nat/KUBE-SVC-CDGGSHYLG3RE2FKL']) {
    const { verdict } = documentOf(await cli(['explain', chain, '-o', 'json', ...frozen]));
    assert.equal(verdict?.state, 'degraded', chain);
    assert.equal(verdict?.cause, 'kube-proxy', chain);
  }
});

for (const folder of ['after-1.36-iptables', 'large-1.36-iptables', '1.36-iptables', '1.36-iptables-legacy']) {
  test(`${folder} with its own objects: nothing is told`, async () => {
    const { exitCode, stdout } = await cli(['backends', '-o', 'json', '--fail-on', 'info', ...onRecording(folder)]);
    assert.deepEqual(told(documentOf({ stdout }).findings), []);
    assert.equal(exitCode, 0);
  });
}

test('large-1.36-iptables: every service port is correlated by its chains alone', async () => {
  const { items = [] } = documentOf(await cli(['backends', '-o', 'json', ...onRecording('large-1.36-iptables')]));
  const huge = items.filter(({ backends }) => backends.length >= 1100);
  assert.equal(huge.length, 1);
  for (const { namespace, service, backends } of items) {
    for (const { state } of backends) {
      assert.ok(state === 'ready' || state === 'terminating', `${namespace}/${service}: ${state}`);
    }
  }
  // Their comments are gone, yet rules alone still give every Service a name or an address.
  const { stdout } = await cli(['backends', '-o', 'json', ...onRules('large-1.36-iptables')]);
  assert.ok((documentOf({ stdout }).items ?? []).length > 0);
});

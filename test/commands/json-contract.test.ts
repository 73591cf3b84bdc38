// The JSON documents that CI jobs rely on: their fields, types and first fields, as the contract of the command line says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { version } from '../../src/commands/version.ts';
import { isFindingCode } from '../../src/report/catalogue.ts';
import { cli, type Document, type DocumentFinding, documentOf, onRecording, onRules, recorded } from './cli.ts';
import { type DriftDocument, driftOf } from './drift-document.ts';

const folders = [
  '1.25-iptables',
  '1.29-iptables',
  '1.36-iptables',
  '1.36-iptables-legacy',
  '1.36-iptables-bridge',
  '1.36-iptables-masqall',
  '1.36-iptables-nodeportaddr',
  'after-1.36-iptables',
  'large-1.36-iptables',
  'live-node-a',
  'random/1.25-6000',
  'random/1.30-6005',
  'random/1.36-6011',
];

function assertKeys(value: object, keys: readonly string[], where: string): void {
  assert.deepEqual(Object.keys(value).slice(0, keys.length), keys, where);
}

function assertHeader(document: Pick<Document, 'apiVersion' | 'kind' | 'meta'>, kind: string): void {
  assertKeys(document, ['apiVersion', 'kind', 'meta'], kind);
  assert.equal(document.apiVersion, 'proxyrules/v1');
  assert.equal(document.kind, kind);
  assert.equal(document.meta.tool, version);
  for (const note of document.meta.notes) assert.equal(typeof note, 'string');
}

function assertFindings(findings: readonly DocumentFinding[]): void {
  for (const finding of findings) {
    assertKeys(finding, ['code', 'severity', 'node', 'subject', 'message', 'evidence', 'remedy'], finding.code);
    assert.ok(isFindingCode(finding.code));
    assert.ok(['critical', 'warning', 'info'].includes(finding.severity));
    assertKeys(finding.subject, ['kind', 'namespace', 'name', 'port', 'protocol'], finding.code);
    for (const text of [finding.node, finding.message, finding.remedy, ...Object.values(finding.subject)]) {
      assert.equal(typeof text, 'string');
    }
    assert.ok(finding.message !== '' && finding.remedy !== '', finding.code);
    assert.doesNotMatch(finding.message, /undefined|null|NaN|\[object|\s{2,}/, finding.message);
    assert.doesNotMatch(finding.remedy, /undefined|\{(?:namespace|name|node|port|address)\}/, finding.remedy);
    assert.ok(Array.isArray(finding.evidence));
    for (const each of finding.evidence) {
      assert.ok(['rule', 'diff', 'object', 'text'].includes(Reflect.get(each, 'kind')));
    }
  }
}

// `unknown` where no API was asked.
const states = ['ready', 'not-ready', 'terminating', 'stale', 'missing', 'unknown'];

function assertBackend(backend: NonNullable<Document['backends']>[number] | object): void {
  assertKeys(backend, ['address', 'port', 'pod', 'node', 'probability'], 'backend');
  assert.match(Reflect.get(backend, 'address'), /^[0-9a-f.:]+$/);
  assert.ok(Number.isInteger(Reflect.get(backend, 'port')));
  assert.equal(typeof Reflect.get(backend, 'pod'), 'string');
  assert.equal(typeof Reflect.get(backend, 'node'), 'string');
  const probability: unknown = Reflect.get(backend, 'probability');
  assert.ok(typeof probability === 'number' && probability >= 0 && probability <= 1);
  assert.ok(states.includes(Reflect.get(backend, 'state')));
}

for (const folder of folders) {
  test(`Backends of ${folder}`, async () => {
    for (const input of [onRecording(folder), onRules(folder)]) {
      const document = documentOf(await cli(['backends', '-o', 'json', ...input]));
      assertHeader(document, 'Backends');
      assertFindings(document.findings);
      const { items = [] } = document;
      assert.ok(items.length > 5);
      for (const item of items) {
        assertKeys(item, ['node', 'family', 'namespace', 'service', 'port', 'protocol', 'backends'], 'item');
        assert.ok(item.family === 'IPv4' || item.family === 'IPv6');
        assert.ok(['TCP', 'UDP', 'SCTP'].includes(item.protocol));
        item.backends.forEach(assertBackend);
        for (const { address } of item.backends) assert.equal(address.includes(':'), item.family === 'IPv6');
        const used = item.backends.filter(({ state }) => state !== 'missing');
        const sum = used.reduce((total, { probability }) => total + probability, 0);
        assert.ok(used.length === 0 || Math.abs(sum - 1) < 1e-6, `${item.namespace}/${item.service}: ${sum}`);
        for (const { state, probability } of item.backends) if (state === 'missing') assert.equal(probability, 0);
      }
      const keys = items.map(({ namespace, service, port, protocol, family }) =>
        [namespace, service, port, protocol, family].join('\0'),
      );
      assert.equal(new Set(keys).size, keys.length, 'each service port once');
      assert.deepEqual(keys.toSorted(), keys, 'sorted');
    }
  });

  test(`Explain of every Service of ${folder}`, async () => {
    const input = onRecording(folder);
    const { items = [] } = documentOf(await cli(['backends', '-o', 'json', ...input]));
    const names = [...new Set(items.map(({ namespace, service }) => `${namespace}/${service}`))];
    for (const name of names.slice(0, 40)) {
      const outcome = await cli(['explain', name, '-o', 'json', ...input]);
      const document = documentOf(outcome);
      assertHeader(document, 'Explain');
      assertFindings(document.findings);
      const { target, verdict, frontends = [], backends = [], rules = [] } = document;
      assert.equal(target, name);
      assert.ok(verdict);
      assertKeys(verdict, ['state', 'cause', 'sentence'], name);
      assert.ok(['reachable', 'degraded', 'unreachable', 'by-design', 'unknown'].includes(verdict.state));
      assert.ok(['none', 'api', 'kube-proxy', 'foreign-rule', 'node', 'conntrack'].includes(verdict.cause));
      assert.doesNotMatch(verdict.sentence, /undefined|null|NaN|\s{2,}|\b(\w+) \1\b|\n/, verdict.sentence);
      for (const frontend of frontends) {
        const keys = ['type', 'address', 'port', 'protocol', 'chain', 'masquerade', 'sourceRanges', 'action'];
        assertKeys(frontend, keys, name);
        assert.ok(['ClusterIP', 'ExternalIP', 'LoadBalancer', 'NodePort'].includes(frontend.type));
        assert.ok(['balance', 'reject', 'drop', 'none'].includes(frontend.action));
        assert.ok(Array.isArray(frontend.sourceRanges));
      }
      backends.forEach(assertBackend);
      for (const { ruleProbability } of backends) assert.ok(ruleProbability >= 0 && ruleProbability <= 1);
      for (const rule of rules) {
        for (const key of ['table', 'chain', 'text'] as const) assert.equal(typeof rule[key], 'string');
        assert.ok(rule.index > 0 && rule.line > 0);
        assert.ok(rule.text.includes(`-A ${rule.chain}`), rule.text);
      }
    }
  });
}

function assertDrift(document: DriftDocument, fields: readonly string[]): void {
  assertHeader(document, document.kind);
  assert.deepEqual(Object.keys(document), ['apiVersion', 'kind', 'meta', ...fields]);
  for (const row of document.nodes) {
    assertKeys(row, ['name', 'mode', 'release', 'source', 'state', 'servicePorts', 'note'], row.name);
    for (const text of [row.name, row.mode, row.release, row.source, row.note]) assert.equal(typeof text, 'string');
    assert.ok(['SYNCED', 'STALE', 'UNREADABLE', 'NOT-APPLICABLE'].includes(row.state));
    assert.deepEqual(Object.keys(row.servicePorts), ['expected', 'inSync']);
    assert.ok(row.servicePorts.inSync <= row.servicePorts.expected);
    assert.equal(row.state === 'SYNCED', row.servicePorts.inSync === row.servicePorts.expected);
  }
}

for (const folder of folders) {
  test(`Drift and Status of ${folder}`, async () => {
    for (const objects of folder.startsWith('1.') ? [undefined, 'objects-after.json'] : [undefined]) {
      const input = onRecording(folder, objects);
      const drift = driftOf(await cli(['drift', '-o', 'json', ...input]));
      assert.equal(drift.kind, 'Drift');
      assertDrift(drift, ['summary', 'nodes', 'findings']);
      assertFindings(drift.findings);
      const { findings, summary, nodes } = drift;
      assert.deepEqual(Object.keys(summary), ['nodes', 'critical', 'warning', 'info', 'incomplete']);
      for (const severity of ['critical', 'warning', 'info'] as const) {
        assert.equal(summary[severity], findings.filter((finding) => finding.severity === severity).length);
      }
      assert.equal(summary.nodes, nodes.length);
      for (const finding of findings) {
        assert.equal(finding.node, 'node-a');
        for (const { kind, line, lines } of finding.evidence as { kind: string; line: number; lines: string[] }[]) {
          if (kind !== 'diff') continue;
          assert.ok(Number.isInteger(line) && line >= 0);
          for (const text of lines) assert.match(text, /^[-+ ] /);
        }
      }
      const status = driftOf(await cli(['status', '-o', 'json', ...input]));
      assert.equal(status.kind, 'Status');
      assertDrift(status, ['nodes', 'findings']);
      assert.deepEqual(status.findings, findings);
      assert.deepEqual(status.nodes, nodes);
    }
  });
}

test('suppressed findings are in the document, marked, and not in its sums', async () => {
  const args = ['drift', '-o', 'json', ...onRecording('1.36-iptables', 'objects-after.json')];
  const all = driftOf(await cli(args));
  assert.equal(all.summary.critical, 1);
  const outcome = await cli([...args, '--suppress', 'KPR2*=Node/node-*']);
  assert.equal(outcome.exitCode, 0);
  const { summary, findings, nodes } = driftOf(outcome);
  assert.deepEqual(summary, { nodes: 1, critical: 0, warning: 0, info: 0, incomplete: 0 });
  const [finding, ...others] = findings;
  assert.deepEqual(others, []);
  assert.ok(finding?.suppressed);
  assertKeys(finding.suppressed, ['reason', 'by'], 'suppressed');
  // What is known is still so.
  assert.equal(nodes[0]?.state, 'STALE');
  const { suppressed: _, ...rest } = finding;
  assert.deepEqual(rest, all.findings[0]);
  const { stdout } = await cli([...args.toSpliced(1, 2), '--suppress', 'KPR2*=Node/node-*']);
  assert.match(stdout, /^IN SYNC BUT FOR WHAT IS KNOWN: node-a: the rules of 23 of 35 service ports are in sync/);
});

test('a rule is cited with the line it has in the text', async () => {
  const { readFileSync } = await import('node:fs');
  const { rules = [] } = documentOf(await cli(['explain', 'svc/web', '-o', 'json', ...onRecording('1.36-iptables')]));
  assert.ok(rules.length > 10);
  for (const { family, line, text } of rules) {
    const name = family === 'IPv4' ? 'iptables-save.txt' : 'ip6tables-save.txt';
    assert.equal(readFileSync(recorded(`1.36-iptables/${name}`), 'utf8').split('\n')[line - 1], text);
  }
});

const frozen = onRecording('1.36-iptables', 'objects-after.json');
const runs: readonly (readonly [args: readonly string[], formats: readonly string[]])[] = [
  [
    ['explain', 'svc/web', ...frozen],
    ['table', 'wide', 'json', 'yaml', 'mermaid', 'dot', 'svg'],
  ],
  [
    ['explain', 'svc/headless', '-n', 'shop', ...frozen],
    ['table', 'wide', 'json', 'yaml'],
  ],
  [
    ['backends', ...frozen],
    ['table', 'wide', 'json', 'yaml'],
  ],
  [
    ['drift', ...frozen],
    ['table', 'wide', 'json', 'yaml', 'junit', 'sarif', 'github'],
  ],
  [
    ['drift', ...onRecording('1.36-iptables')],
    ['table', 'wide', 'json', 'yaml', 'junit', 'sarif', 'github'],
  ],
  [
    ['status', ...frozen],
    ['table', 'wide', 'json', 'yaml'],
  ],
  [
    ['graph', 'svc/web', ...frozen],
    ['json', 'yaml', 'mermaid', 'dot', 'svg'],
  ],
  [
    ['trace', '--from', 'internet', '--to', 'nodeport/30180', '--capture', recorded('live-node-a')],
    ['table', 'wide', 'json', 'yaml', 'mermaid', 'dot', 'svg'],
  ],
  [
    ['trace', '--from', 'pod/web-b978ccd84-xqkm7', '--to', 'svc/web', ...frozen],
    ['table', 'wide', 'json', 'yaml', 'mermaid', 'dot', 'svg'],
  ],
  [['codes'], ['table', 'wide', 'json', 'yaml']],
  [
    ['codes', 'KPR112'],
    ['table', 'wide', 'json', 'yaml'],
  ],
  [['version'], ['table', 'json', 'yaml']],
];

for (const [args, formats] of runs) {
  test(`${args.slice(0, 2).join(' ')}: one exit code for every format, YAML says what JSON says`, async () => {
    const outcomes = await Promise.all(formats.map((format) => cli([...args, '-o', format])));
    assert.equal(new Set(outcomes.map(({ exitCode }) => exitCode)).size, 1);
    assert.equal(new Set(outcomes.map(({ stderr }) => stderr)).size, 1);
    const [json, yaml] = ['json', 'yaml'].map((format) => outcomes[formats.indexOf(format)]?.stdout ?? '');
    const document = documentOf({ stdout: json ?? '' });
    assert.deepEqual(parse(yaml ?? ''), document);
    assertKeys(document, ['apiVersion', 'kind', 'meta'], args.join(' '));
    assertFindings(document.findings);
  });
}

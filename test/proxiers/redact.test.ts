// A redacted capture says the same under other names, and nothing of the old ones.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalAddress, contains } from '../../src/address.ts';
import { backends } from '../../src/analyses/backends.ts';
import { type NodeView, viewNode } from '../../src/analyses/node-view.ts';
import type { Capture } from '../../src/capture/capture.ts';
import { AddressAliases } from '../../src/cluster/address-aliases.ts';
import type { Aliases, NameKind } from '../../src/cluster/aliases.ts';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { readObjects } from '../../src/cluster/objects-file.ts';
import { redactCaptures } from '../../src/proxiers/redact.ts';
import type { Report } from '../../src/report/report.ts';
import { captureOf, type Recording, recordings, recordingsFolder } from './recordings.ts';

const key = Buffer.from('a key for tests');

function recordedCapture({ dumps, objects, minor }: Recording): Capture {
  const text = readFileSync(`${recordingsFolder}${objects}`, 'utf8');
  return {
    ...captureOf(dumps),
    node: 'node-a',
    kubeProxyVersion: `v1.${minor}.0`,
    objects: [{ file: '/home/somebody/objects.json', text }],
  };
}

async function viewOf(capture: Capture, withObjects = true): Promise<NodeView> {
  const objects = withObjects ? snapshotFromObjects(await readObjects(capture.objects)) : undefined;
  return viewNode(capture, objects, {
    nodeName: undefined,
    kubeProxyVersion: undefined,
    config: undefined,
    imageVersion: undefined,
  });
}

interface Item {
  readonly namespace: string;
  readonly service: string;
  readonly node: string;
  readonly backends: readonly Backend[];
  readonly unused: readonly Backend[];
}

interface Backend {
  readonly address: string;
  readonly pod: string;
  readonly node: string;
}

function itemsOf(report: Report): readonly Item[] {
  const data: { items: readonly Item[] } = JSON.parse(JSON.stringify(report.data));
  return data.items;
}

/** Addresses do not keep their order. */
function ordered(items: readonly Item[]): readonly Item[] {
  const sorted = (list: readonly Backend[]) =>
    list
      .map((each) => JSON.stringify(each))
      .sort()
      .map((text) => JSON.parse(text));
  return items.map((item) => ({ ...item, backends: sorted(item.backends), unused: sorted(item.unused) }));
}

/** The answer as it must be after redaction. */
function renamed(items: readonly Item[], aliases: Aliases): readonly Item[] {
  const backend = (each: Backend): Backend => ({
    ...each,
    address: aliases.address(each.address) ?? each.address,
    pod: each.pod
      .split('/')
      .map((part, at, all) => aliases.name(at === 0 && all.length > 1 ? 'namespace' : 'pod', part))
      .join('/'),
    node: aliases.name('node', each.node),
  });
  return items.map((item) => ({
    ...item,
    namespace: aliases.name('namespace', item.namespace),
    service: aliases.name('service', item.service),
    node: aliases.name('node', item.node),
    backends: item.backends.map(backend),
    unused: item.unused.map(backend),
  }));
}

function codesOf(report: Report): readonly string[] {
  return report.findings.map(({ code, severity, subject }) => `${code} ${severity} ${subject.kind}`).sort();
}

const asked = { targets: [], namespace: undefined };
const meta = { tool: 'test', notes: [] };

for (const recording of recordings) {
  test(`${recording.folder}: the same backends, shares, states and findings`, async () => {
    const capture = recordedCapture(recording);
    const { captures, aliases } = await redactCaptures([capture], key);
    const [redacted] = captures;
    assert.ok(redacted);
    for (const withObjects of [true, false]) {
      const before = backends(await viewOf(capture, withObjects), asked, meta);
      const after = backends(await viewOf(redacted, withObjects), asked, meta);
      assert.deepEqual(ordered(itemsOf(after)), ordered(renamed(itemsOf(before), aliases)));
      assert.deepEqual(codesOf(after), codesOf(before));
      const linesOf = ({ findings }: Report) =>
        findings.map(({ code, evidence }) => `${code} ${evidence.map((each) => ('line' in each ? each.line : ''))}`);
      assert.deepEqual(linesOf(after).sort(), linesOf(before).sort());
    }
  });

  test(`${recording.folder}: no name and no address of old`, async () => {
    const capture = recordedCapture(recording);
    const { captures } = await redactCaptures([capture], key);
    const texts = captures.flatMap(({ sections, objects, ...rest }) => [
      ...sections.map(({ text }) => Buffer.from(text).toString()),
      ...objects.map(({ text }) => text),
      JSON.stringify({ ...rest, sections: sections.map(({ text, ...section }) => section) }),
    ]);
    const all = texts.join('\n');
    const words = new Set(all.split(/[^a-zA-Z0-9.-]+/));
    for (const name of await namesOf(capture)) {
      if (name.length < 4 || ownWords.has(name)) continue;
      assert.ok(!words.has(name), name);
      if (name.length >= 8) assert.ok(!all.includes(name), name);
    }
    const addresses = addressesIn(all);
    for (const address of addressesIn(textsOf(capture).join('\n'))) {
      if (wholeRanges.has(address)) continue;
      if (kept.every((range) => contains(range, address) !== true)) assert.ok(!addresses.has(address), address);
    }
  });
}

/** Source ranges of the recordings that everybody has: 10.0.0.0/8 is 10.0.0.0/8. */
const wholeRanges = new Set(['10.0.0.0', '172.16.0.0', '2001:db8::']);

/** Names of the recordings that are words of the format, too. */
const ownWords = new Set(['kubernetes', 'headless', 'external', 'sctp']);

const kept = [
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/64', 'fe80::/10', 'ff00::/8'],
  // Permuted within themselves: in a full range every address has been somebody's.
  ...['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
];

function textsOf({ sections, objects }: Capture): readonly string[] {
  return [...sections.map(({ text }) => Buffer.from(text).toString()), ...objects.map(({ text }) => text)];
}

function addressesIn(text: string): ReadonlySet<string> {
  const words = text.match(/(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]*:[0-9a-f:]*)(?![\w:])/g) ?? [];
  return new Set(words.flatMap((word) => canonicalAddress(word) ?? []));
}

/** What the snapshot holds of names, by hand: not by the table that the code goes by. */
async function namesOf(capture: Capture): Promise<ReadonlySet<string>> {
  const { services, endpointSlices, pods, nodes } = snapshotFromObjects(await readObjects(capture.objects));
  const names = new Set<string>();
  for (const { namespace, name, uid, labels } of [...services, ...endpointSlices, ...pods, ...nodes]) {
    for (const each of [namespace, name, uid, labels.app, labels.run]) if (each) names.add(each);
  }
  for (const { externalName, loadBalancerIngress } of services) {
    for (const each of [externalName, ...loadBalancerIngress.map(({ hostname }) => hostname)])
      if (each) names.add(each);
  }
  for (const { endpoints } of endpointSlices) {
    for (const { nodeName, pod, zone } of endpoints) {
      for (const each of [nodeName, pod?.name, pod?.uid, zone]) if (each) names.add(each);
    }
  }
  return names;
}

test('several nodes have one mapping, and each key another', async () => {
  const [one, two] = recordings;
  assert.ok(one && two);
  const both = [recordedCapture(one), recordedCapture(two)];
  const { captures, aliases } = await redactCaptures(both, key);
  const again = await redactCaptures(both, key);
  assert.deepEqual(captures, again.captures);
  assert.equal(captures[0]?.node, captures[1]?.node);
  const other = await redactCaptures(both);
  assert.notEqual(aliases.address('10.96.0.1'), other.aliases.address('10.96.0.1'));
});

const bytes = (length: number) => fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length });
const ipv4 = bytes(4).map((all) => all.join('.'));
const ipv6 = bytes(16).map((all) => Buffer.from(all).toString('hex').match(/.{4}/g)?.join(':') ?? '');

test('addresses: a permutation that keeps prefixes and the ranges everybody knows', () => {
  const aliases = new AddressAliases(key);
  const near = (address: fc.Arbitrary<string>) => fc.tuple(address, address, fc.integer({ min: 0, max: 128 }));
  fc.assert(
    fc.property(fc.oneof(near(ipv4), near(ipv6)), ([one, other, length]) => {
      const prefix = `${one}/${one.includes(':') ? length : length % 33}`;
      const [a, b, range] = [aliases.address(one), aliases.address(other), aliases.prefix(prefix)];
      assert.ok(a !== undefined && b !== undefined && range !== undefined);
      assert.equal(a === b, canonicalAddress(one) === canonicalAddress(other));
      assert.equal(contains(range, a), true);
      assert.equal(contains(range, b), contains(prefix, other));
      for (const known of [...kept, '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fd00::/8']) {
        assert.equal(contains(known, a), contains(known, one), known);
      }
    }),
    { numRuns: 2000 },
  );
  for (const address of [
    '0.0.0.0',
    '127.0.0.1',
    '169.254.20.10',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'ff02::1',
  ]) {
    assert.equal(aliases.address(address), address);
  }
  assert.equal(aliases.prefix('0.0.0.0/0'), '0.0.0.0/0');
  assert.equal(aliases.address('no address'), undefined);
});

const kinds: readonly NameKind[] = ['namespace', 'service', 'pod', 'node'];

test('names keep their order', async () => {
  const recording = recordings.find(({ folder }) => folder === '1.36-iptables');
  assert.ok(recording);
  const { aliases } = await redactCaptures([recordedCapture(recording)], key);
  const names = [...(await namesOf(recordedCapture(recording)))].sort();
  for (const kind of kinds) {
    const known = names.map((name) => aliases.name(kind, name)).filter((alias) => /-\d+$/.test(alias));
    assert.deepEqual([...known].sort(), known);
  }
});

const secret = 'acme-secret-project';

test('what others wrote in the rules goes, and what cannot be read stays so', async () => {
  const rules = [
    '# Generated by iptables-save v1.8.9 (nf_tables) on Sat Nov 21 08:32:57 2026',
    `# ${secret}`,
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':KUBE-SERVICES - [0:0]',
    ':KUBE-NODEPORTS - [0:0]',
    ':KUBE-SVC-AAAAAAAAAAAAAAAA - [1:2]',
    `[1:2] -A PREROUTING -s 10.1.2.3/32 -m comment --comment "${secret} \\"x\\"" -j KUBE-SERVICES`,
    `-A PREROUTING -j LOG --log-prefix "${secret}: "`,
    `-A PREROUTING -m nobody --option ${secret} 10.1.2.3 -j ${secret.toUpperCase()} --more 10.1.2.3`,
    '-A PREROUTING -m iprange --src-range 10.1.2.3-10.1.2.9 -j SNAT --to-source 10.1.2.3-10.1.2.9:80-90',
    '-A PREROUTING -m mac --mac-source 00:11:22:33:44:55 -j DNAT --to-destination 10.1.2.3',
    '-A PREROUTING -m conntrack --ctorigdst 10.1.2.3 -j DNAT [unsupported revision]',
    `-A PREROUTING -s 10.1.2.3/255.0.255.0 ${secret} -j RETURN`,
    `-A KUBE-SERVICES -d 10.1.2.3/32 -m comment --comment "${secret}/web:http cluster IP" -j KUBE-SVC-AAAAAAAAAAAAAAAA`,
    '-A KUBE-SVC-AAAAAAAAAAAAAAAA -m recent --rcheck --seconds 10 --reap --name KUBE-SEP-BBBBBBBBBBBBBBBB --mask 255.255.255.255 --rsource -j DNAT --to-destination :0 --persistent',
    `a line of ${secret}`,
    `-A PREROUTING -m comment --comment "${secret}`,
    'COMMIT',
    `# Completed on Sat Nov 21 08:32:57 2026 ${secret}`,
    `after ${secret} 10.1.2.3`,
    '',
  ].join('\n');
  const capture = captureOf([{ text: rules, family: 'IPv4' }]);
  const { captures } = await redactCaptures([capture], key);
  const [redacted] = captures;
  assert.ok(redacted);
  const text = Buffer.from(redacted.sections[0]?.text ?? []).toString();
  assert.ok(!text.toLowerCase().replaceAll('-j acme-secret-project', '').includes(secret), text);
  assert.doesNotMatch(text, /10\.1\.2\.|00:11:22|A{16}|B{16}/);
  const [before, after] = [(await viewOf(capture, false)).installed, (await viewOf(redacted, false)).installed];
  assert.deepEqual(after.defects, before.defects);
  const shapeOf = ({ rulesets }: typeof before) =>
    rulesets.map(({ unread, tables }) => ({
      unread: unread.map(({ line, reason }) => ({ line, reason })),
      rules: tables.map((table) =>
        [...table.rules()].map(({ ref, matches, target, counters }) => [
          ref.line,
          ref.index,
          counters,
          matches.map(({ kind }) => kind),
          target.kind,
        ]),
      ),
    }));
  assert.deepEqual(shapeOf(after), shapeOf(before));
});

test('a text that nobody can map whole is left out and said to be', async () => {
  const text = (words: string) => Buffer.from(words);
  const section = (name: Capture['sections'][number]['name'], words: string) => ({
    name,
    command: `/home/${secret}/${name}.txt`,
    status: undefined,
    text: text(words),
  });
  const capture: Capture = {
    ...captureOf([]),
    where: `pod kube-system/kube-proxy-x on ${secret}`,
    gaps: [{ section: 'metrics', reason: `connect ECONNREFUSED ${secret}:10249` }],
    sections: [
      section('ip-addr', `[{"ifname":"${secret}"}]`),
      section('ip-route', '10.0.0.0/8 via 10.1.2.3'),
      section('healthz', '{}'),
      section('sysctl', 'net.ipv4.ip_forward = 1\n'),
      section('proxy-mode', 'iptables\n'),
      section('iptables-version', `iptables v1.8.9 (nf_tables)\n${secret}\n`),
      section('iptables-save-other', `table ip nat { comment "${secret}" }`),
      section(
        'kube-proxy-config',
        `kind: KubeProxyConfiguration\nhostnameOverride: ${secret}\nclientConnection: {kubeconfig: /${secret}}\n`,
      ),
    ],
  };
  const { captures } = await redactCaptures([capture], key);
  assert.deepEqual(
    captures[0]?.sections.map(({ name }) => name),
    ['sysctl', 'proxy-mode', 'kube-proxy-config'],
  );
  assert.deepEqual(
    captures[0]?.gaps?.map(({ section }) => section),
    ['metrics', 'ip-addr', 'ip-route', 'healthz', 'iptables-version', 'iptables-save-other'],
  );
  const config = captures[0]?.sections.at(-1)?.text ?? [];
  assert.match(Buffer.from(config).toString(), /^ {2}"hostnameOverride": "node-1",$/m);
  const all = JSON.stringify(captures) + captures.flatMap(textsOf).join('\n');
  assert.ok(!all.includes(secret), all);
});

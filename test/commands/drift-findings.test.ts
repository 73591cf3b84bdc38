// What may go wrong with a node's rules, done to a recorded node by hand: one cause is one finding, of the right code and
// about the right thing, and its sentence names what to look for.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { driftCodes } from '../analyses/drift-codes.ts';
import { type DriftDocument, driftOf, grave } from './drift-document.ts';
import { captured } from './edited-capture.ts';
import { editedRun, find, type Node, recordedNode, replaced, savedFile, withoutLines } from './edited-run.ts';

const args = ['drift', '--node-name', 'node-a', '-o', 'json'];

/** The rules of before and the objects of after: see the recordings' README. */
const frozenNode = () => recordedNode('1.36-iptables', 'objects-after.json');
const soundNode = () => recordedNode('1.36-iptables', 'objects.json');

interface Case {
  readonly what: string;
  readonly on?: () => Node;
  readonly change: (node: Node) => Partial<Node>;
  /** All that counts, as `told` writes it. */
  readonly told: readonly string[];
  readonly says: RegExp;
}

const web = { service: 'KUBE-SVC-CDGGSHYLG3RE2FKL', backend: 'KUBE-SEP-TCD3IFXQZW3ZEZQU' };
/** Before the first rule of a chain of nat. */
function before(rules: string, chain: string, line: string): string {
  return replaced(rules, new RegExp(`(?<=\\*nat[^]*?)(?=-A ${chain} )`), `${line}\n`);
}
function declared(rules: string, chain: string): string {
  return replaced(rules, '*nat\n', `*nat\n:${chain} - [0:0]\n`);
}
/** Table by table. */
function edited(text: string, table: string, edit: (lines: readonly string[]) => readonly string[]): string {
  const parts = text.split(/(?=^\*)/m);
  return parts.map((part) => (part.startsWith(`*${table}\n`) ? edit(part.split('\n')).join('\n') : part)).join('');
}
const flushed = (text: string, table: string) =>
  edited(text, table, (lines) => lines.filter((line) => !line.startsWith('-A ')));
const deleted = (text: string, table: string) =>
  edited(text, table, (lines) => lines.filter((line) => !/^(?:-A |:KUBE-)/.test(line)));

const cases: readonly Case[] = [
  {
    what: 'the jumps into the chains are gone',
    change: ({ rules }) => ({ rules: withoutLines(rules, /^-A (?:PREROUTING|OUTPUT) .*-j KUBE-SERVICES$/) }),
    told: ['KPR305 critical Node node-a'],
    says: /^3 jumps to kube-proxy's chains are missing on node-a: from filter\/OUTPUT to KUBE-SERVICES, nat\/PREROUTING to KUBE-SERVICES and nat\/OUTPUT to KUBE-SERVICES$/,
  },
  {
    what: 'one jump is gone, of IPv6',
    change: ({ rules6 }) => ({ rules6: withoutLines(rules6, /^-A POSTROUTING .*-j KUBE-POSTROUTING$/) }),
    told: ['KPR305 critical Node node-a'],
    says: /^a jump to kube-proxy's chains is missing on node-a: from nat\/POSTROUTING to KUBE-POSTROUTING \(IPv6\)$/,
  },
  {
    what: 'nat was flushed: the chains are there, empty, in one family',
    change: ({ rules }) => ({ rules: flushed(rules, 'nat') }),
    told: ['KPR206 critical Node node-a'],
    says: /^not one rule of kube-proxy's is in nat \(IPv4\) on node-a: they were flushed, or never written, 3 jumps to its chains included; 25 Services lack rules there$/,
  },
  {
    what: 'nat was flushed and its chains deleted, in both families',
    change: ({ rules, rules6 }) => ({ rules: deleted(rules, 'nat'), rules6: deleted(rules6, 'nat') }),
    told: ['KPR206 critical Node node-a'],
    says: /is in nat \(IPv4 and IPv6\) on node-a/,
  },
  {
    what: 'filter was flushed',
    change: ({ rules, rules6 }) => ({ rules: flushed(rules, 'filter'), rules6: flushed(rules6, 'filter') }),
    told: ['KPR206 critical Node node-a'],
    says: /is in filter \(IPv4 and IPv6\) on node-a/,
  },
  {
    what: 'not one Service was ever written, and the frame is there',
    change: ({ rules, rules6 }) => {
      const own = (text: string) =>
        withoutLines(
          text,
          /^(?:-A KUBE-(?:SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL) (?!.*kubernetes service nodeports)|(?:-A |:)KUBE-(?:SVC|SVL|SEP|EXT|FW)-)/,
        );
      return { rules: own(rules), rules6: own(rules6) };
    },
    told: ['KPR206 critical Node node-a'],
    says: /^not one of \d+ Services has a rule on node-a: kube-proxy never wrote them, or they were flushed$/,
  },
  {
    what: "another program's chain jumps to a chain that kube-proxy has to delete",
    on: () => {
      const node = soundNode();
      const { metadata } = find(node.items, 'Service', 'single');
      return { ...node, items: node.items.filter((item) => item.metadata !== metadata && !ofService(item, 'single')) };
    },
    change: ({ rules }) => ({
      rules: before(
        declared(rules, 'MESH-OUT'),
        'KUBE-SERVICES',
        '-A MESH-OUT -d 10.9.9.9/32 -j KUBE-SVC-LOJOV2FSSLOE7PGI',
      ),
    }),
    told: ['KPR204 critical Node node-a'],
    says: /^nat:\d+ in MESH-OUT on node-a, a rule that is not kube-proxy's, jumps to KUBE-SVC-LOJOV2FSSLOE7PGI, which kube-proxy has to delete: until that rule is gone, nothing more is written to nat; changes to 1 Service are missing \(shop\/single\)$/,
  },
  {
    what: 'the same, and all that changed since is missing: still one cause',
    on: frozenNode,
    change: ({ rules }) => ({
      rules: before(
        declared(rules, 'MESH-OUT'),
        'KUBE-SERVICES',
        '-A MESH-OUT -d 10.9.9.9/32 -j KUBE-SVC-LOJOV2FSSLOE7PGI',
      ),
    }),
    told: ['KPR204 critical Node node-a'],
    says: /until that rule is gone, nothing more is written to nat; changes to 11 Services are missing \(default\/web, /,
  },
  {
    what: "a rule in kube-proxy's chain that is not its own",
    change: ({ rules }) => ({ rules: before(rules, 'KUBE-SERVICES', '-A KUBE-SERVICES -d 10.96.137.5/32 -j ACCEPT') }),
    told: ['KPR306 warning Node node-a'],
    says: /^nat\/KUBE-SERVICES on node-a has a rule that is not kube-proxy's \(line \d+\)$/,
  },
  {
    what: "a rule before kube-proxy's jump takes a Service's connections",
    change: ({ rules }) => ({
      rules: before(
        rules,
        'PREROUTING',
        '-A PREROUTING -d 10.96.137.5/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.9.9.9:80',
      ),
    }),
    told: ['KPR306 warning Service default/web:http'],
    says: /^nat:\d+ in PREROUTING stands before kube-proxy's rules on node-a and takes connections from pods and outside to 10\.96\.137\.5:80, which are for default\/web:http$/,
  },
  {
    what: 'the masquerade mark is another',
    change: ({ rules }) => ({
      rules: replaced(rules, /^-A KUBE-MARK-MASQ .*/m, '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x8000/0x8000'),
    }),
    told: ['KPR403 critical Node node-a'],
    says: /^nat\/KUBE-MARK-MASQ on node-a is not as kube-proxy writes it: connections from outside, from the node and back to the same backend get no answer$/,
  },
  {
    what: 'nothing is masqueraded, in both families',
    change: ({ rules, rules6 }) => ({
      rules: withoutLines(rules, /^-A KUBE-POSTROUTING .*-j MASQUERADE/),
      rules6: withoutLines(rules6, /^-A KUBE-POSTROUTING .*-j MASQUERADE/),
    }),
    told: ['KPR403 critical Node node-a'],
    says: /^nat\/KUBE-POSTROUTING on node-a lacks rules, in both families: connections from outside/,
  },
  {
    what: 'FORWARD drops what was translated',
    change: ({ rules }) => ({ rules: withoutLines(rules, /^-A KUBE-FORWARD .*--mark 0x4000/) }),
    told: ['KPR203 critical Node node-a'],
    says: /^filter\/KUBE-FORWARD on node-a lacks rules: forwarded connections may be dropped/,
  },
  {
    what: 'the mark of one Service is gone',
    change: ({ rules }) => ({ rules: withoutLines(rules, new RegExp(`^-A ${web.service} .*-j KUBE-MARK-MASQ$`)) }),
    told: ['KPR403 critical Service default/web:http'],
    says: /^connections to default\/web:http from outside the cluster are not masqueraded as they should be on node-a$/,
  },
  {
    what: 'a backend does not mark its own connections',
    change: ({ rules }) => ({ rules: withoutLines(rules, new RegExp(`^-A ${web.backend} .*-j KUBE-MARK-MASQ$`)) }),
    told: ['KPR402 warning Service default/web:http'],
    says: /^a backend of default\/web:http that calls its own Service gets no answer on node-a$/,
  },
  {
    what: 'a backend gets another share',
    change: ({ rules }) => ({
      rules: replaced(rules, new RegExp(`(?<=^-A ${web.service} .*--probability )0\\.2500\\d*`, 'm'), '0.75000000000'),
    }),
    told: ['KPR104 warning Service default/web:http'],
    says: /default\/web:http/,
  },
  {
    what: 'the rule for the cluster IP is gone',
    change: ({ rules }) => ({ rules: withoutLines(rules, new RegExp(`^-A KUBE-SERVICES .*-j ${web.service}$`)) }),
    told: ['KPR203 critical Service default/web:http'],
    says: /^no rule on node-a serves default\/web:http/,
  },
  {
    what: 'a Service without endpoints is no longer refused',
    change: ({ rules }) => ({ rules: withoutLines(rules, /^-A KUBE-SERVICES .*shop\/none:http.*-j REJECT/) }),
    told: ['KPR203 critical Service shop/none:http'],
    says: /^no rule on node-a serves shop\/none:http: packets for cluster IP 10\.96\.10\.4:80 leave the node as they are$/,
  },
  {
    what: 'source ranges are not enforced',
    change: ({ rules }) => ({ rules: withoutLines(rules, /^-A KUBE-PROXY-FIREWALL .*edge\/lb:https/) }),
    told: ['KPR203 critical Service edge/lb:https'],
    says: /edge\/lb:https/,
  },
  {
    what: 'a backend that is no more, of two ports of a Service',
    change: ({ rules }) => ({ rules: rules.replaceAll('10.244.1.22:', '10.244.1.99:') }),
    told: ['KPR201 critical Service shop/cart'],
    says: /^10\.244\.1\.99:8080 is still in the rules for shop\/cart:http: no EndpointSlice has it; 33\.3 % of new connections on node-a go there; .*shop\/cart:metrics/,
  },
];

const raised = new Set<string>();

async function ask(node: Node): Promise<DriftDocument> {
  const outcome = await editedRun(args, node);
  const document = driftOf(outcome);
  assert.equal(outcome.exitCode, grave(document).length > 0 ? 1 : 0);
  for (const { code } of document.findings) raised.add(code);
  return document;
}

for (const { what, on = soundNode, change, told, says } of cases) {
  test(what, async () => {
    const node = on();
    const document = await ask({ ...node, ...change(node) });
    assert.deepEqual(grave(document).toSorted(), told.toSorted());
    const [first] = document.findings;
    assert.match(first?.message ?? '', says);
    assert.ok((first?.evidence.length ?? 0) > 0, 'a claim without evidence');
    assert.equal(document.nodes[0]?.state, 'STALE');
  });
}

function ofService(item: Node['items'][number], name: string): boolean {
  return item.metadata.labels?.['kubernetes.io/service-name'] === name;
}

const metrics = (lines: readonly string[]) => lines.map((line) => `kubeproxy_sync_proxy_rules_${line}\n`).join('');

suite('what kube-proxy says of itself', () => {
  // The first change that is missing is of 08:37:50.
  const at = (time: string) => Date.parse(`2026-11-21T${time}Z`) / 1000;

  test('its restores failed: told with the frozen node', async () => {
    const said = metrics([
      `last_timestamp_seconds{ip_family="IPv4"} ${at('08:37:48')}`,
      `last_queued_timestamp_seconds{ip_family="IPv4"} ${at('08:37:51')}`,
      'iptables_restore_failures_total{ip_family="IPv4"} 7',
    ]);
    const document = driftOf(await captured(args, frozenNode(), said));
    for (const { code } of document.findings) raised.add(code);
    assert.deepEqual(grave(document), ['KPR204 critical Node node-a']);
    assert.match(
      document.findings[0]?.message ?? '',
      /kube-proxy has written nothing since; by its own metrics its last sync succeeded at 2026-11-21T08:37:48Z, one was last asked for at 2026-11-21T08:37:51Z and 7 restores failed since it started$/,
    );
  });

  test('nothing was asked of it since before the first change: it is deaf', async () => {
    const said = metrics([
      `last_timestamp_seconds ${at('08:33:00')}`,
      `last_queued_timestamp_seconds ${at('08:33:00')}`,
      'iptables_restore_failures_total 0',
    ]);
    const document = driftOf(await captured(args, frozenNode(), said));
    for (const { code } of document.findings) raised.add(code);
    assert.deepEqual(grave(document), ['KPR212 critical Node node-a']);
    assert.match(document.findings[0]?.message ?? '', /one was last asked for at 2026-11-21T08:33:00Z/);
  });
});

test('two Services with one address: information, whichever rule stands first', async () => {
  const node = soundNode();
  const twin = structuredClone(find(node.items, 'Service', 'extip'));
  const other = find(node.items, 'Service', 'web');
  other.spec.externalIPs = [twin.spec.externalIPs[0]];
  other.spec.ports[0].port = twin.spec.ports[0].port;
  const document = await ask(node);
  const [shared] = document.findings.filter(({ code }) => code === 'KPR105');
  assert.equal(shared?.severity, 'info');
  assert.match(
    shared?.message ?? '',
    /external IP 192\.0\.2\.\d+:8000 is claimed by default\/web:http and edge\/extip:http/,
  );
});

test('a local detection other than the configuration says is a note, and no finding', async () => {
  const config =
    'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: 10.200.0.0/16\n';
  const flags = ['--kube-proxy-config', savedFile(config, 'config.yaml')];
  const outcome = await editedRun([...args, ...flags], soundNode());
  const document = driftOf(outcome);
  assert.equal(outcome.exitCode, 0);
  assert.deepEqual(grave(document), []);
  assert.ok(
    document.meta.notes.some((note) =>
      /^local detection \(IPv4\): pods are 10\.244\.0\.0\/16, by the rules, although --kube-proxy-config says: pods are 10\.200\.0\.0\/16$/.test(
        note,
      ),
    ),
    document.meta.notes.join('\n'),
  );
});

test('every code that drift concludes is raised by a case above', () => {
  assert.deepEqual(
    driftCodes.filter((code) => !raised.has(code)),
    [],
  );
});

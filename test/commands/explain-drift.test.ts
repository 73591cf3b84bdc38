// `explain` beside `drift`: no verdict that all is well stands beside rules that kube-proxy would not have written, and
// whose fault it is follows the finding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, documentOf, recorded } from './cli.ts';
import { driftOf } from './drift-document.ts';
import { editedRun, type Node, recordedNode, replaced, withoutLines } from './edited-run.ts';
import { liveCluster, on } from './live-cluster.ts';

const service = 'KUBE-SVC-CDGGSHYLG3RE2FKL';
const before = (rules: string, chain: string, line: string) =>
  replaced(rules, new RegExp(`(?<=\\*nat[^]*?)(?=-A ${chain} )`), `${line}\n`);

const cases: readonly (readonly [what: string, cause: string, code: string, change: (rules: string) => string])[] = [
  [
    'a mark of its own is gone',
    'kube-proxy',
    'KPR403',
    (rules) => withoutLines(rules, new RegExp(`^-A ${service} .*-j KUBE-MARK-MASQ$`)),
  ],
  [
    'the mark of all is another',
    'kube-proxy',
    'KPR403',
    (rules) => replaced(rules, /^-A KUBE-MARK-MASQ .*/m, '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x8000/0x8000'),
  ],
  ['a backend is of before', 'kube-proxy', 'KPR201', (rules) => rules.replaceAll('10.244.0.3', '10.244.0.99')],
  [
    'a jump is gone',
    'foreign-rule',
    'KPR305',
    (rules) => withoutLines(rules, /^-A POSTROUTING .*-j KUBE-POSTROUTING$/),
  ],
  [
    "another program's rule in its chains",
    'foreign-rule',
    'KPR306',
    (rules) => before(rules, 'KUBE-SERVICES', '-A KUBE-SERVICES -d 10.1.2.3/32 -j ACCEPT'),
  ],
];

for (const [what, cause, code, change] of cases) {
  test(`${what}: not reachable without a word, the cause is ${cause}`, async () => {
    const node: Node = recordedNode('1.36-iptables', 'objects.json');
    const texts = { ...node, rules: change(node.rules) };
    const flags = ['--node-name', 'node-a', '-o', 'json'];
    const outcome = await editedRun(['explain', 'svc/web', ...flags], texts);
    const { verdict, findings } = documentOf(outcome);
    assert.notEqual(verdict?.state, 'reachable');
    assert.equal(verdict?.cause, cause);
    assert.equal(outcome.exitCode, 1);
    assert.ok(
      findings.some((finding) => finding.code === code && finding.severity !== 'info'),
      outcome.stdout,
    );
    const drift = driftOf(await editedRun(['drift', 'svc/web', ...flags], texts));
    assert.ok(drift.findings.some((finding) => finding.code === code));
  });
}

test('live, where one Service is read, the same differences as from the saved text of all', async (context) => {
  const server = await liveCluster(context, {
    exec: ({ command }) => {
      const file = { 'iptables-save': 'iptables-save.txt', 'ip6tables-save': 'ip6tables-save.txt' }[command[0] ?? ''];
      const text =
        file === undefined
          ? ''
          : recordedNode('live-node-a', 'live-node-a/objects.json')[file.startsWith('ip6') ? 'rules6' : 'rules'];
      return file === undefined
        ? { stdout: 'Kubernetes v1.36.1\n' }
        : { stdout: Buffer.from(text.replaceAll('10.244.0.3', '10.244.0.99')) };
    },
  });
  const { rules, rules6 } = recordedNode('live-node-a', 'live-node-a/objects.json');
  const edit = (text: string) => text.replaceAll('10.244.0.3', '10.244.0.99');
  for (const name of ['default/web', 'default/web-np', 'shop/cart']) {
    const live = await cli(['explain', name, ...on(server), '--node', 'node-a', '--source', 'proxy-pod', '-o', 'json']);
    const objects = [
      '--objects',
      recorded('live-node-a/objects.json'),
      '--node-name',
      'node-a',
      '--kube-proxy-version',
      'v1.36.1',
    ];
    const saved = await editedRun(['explain', name, ...objects, '-o', 'json'], {
      rules: edit(rules),
      rules6: edit(rules6),
    });
    const differences = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout).differences;
    assert.deepEqual(differences(live), differences(saved));
    assert.equal(differences(live).length > 0, name !== 'shop/cart', name);
    assert.equal(live.exitCode, saved.exitCode);
  }
});

// The bench is worth as much as its cluster: the text must be what kube-proxy and iptables-save write.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { printRuleset } from '../../src/netfilter/print.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { endpointMap } from '../../src/proxiers/endpoints.ts';
import { compareNode } from '../../src/proxiers/iptables/compare-node.ts';
import { servicePorts } from '../../src/proxiers/service-ports.ts';
import { openNamespace, whyNoNamespace } from '../kernel/namespace.ts';
import { type Change, generate, nodeName, objectsText, rulesText, type Size } from './generate.ts';

const sizes: readonly Size[] = [
  { services: 40, endpoints: 10, comments: true },
  { services: 40, endpoints: 10, comments: false },
  { services: 3, endpoints: 1, comments: true },
];

suite('the generated cluster', () => {
  for (const size of sizes) {
    const name = `${size.services} x ${size.endpoints}, ${size.comments ? 'with' : 'without'} comments`;
    const text = `${[...rulesText(size)].join('\n')}\n`;

    test(`${name}: reads whole and prints the same`, () => {
      const ruleset = parseIptablesSave(text, 'IPv4');
      assert.deepEqual([ruleset.unread, ruleset.defects], [[], []]);
      assert.equal(printRuleset(ruleset), withoutRemarks(text));
    });

    test(`${name}: iptables saves it as it is written`, { skip: whyNoNamespace() ?? false }, () => {
      const namespace = openNamespace();
      try {
        const tested = namespace.run(['iptables-restore', '--test'], text);
        assert.equal(tested.status, 0, tested.stderr);
        const loaded = namespace.run(['iptables-restore'], text);
        assert.equal(loaded.status, 0, loaded.stderr);
        assert.equal(withoutRemarks(namespace.run(['iptables-save']).stdout), withoutRemarks(text));
      } finally {
        namespace.close();
      }
    });
  }

  test('its objects are a list of nodes, Services and EndpointSlices', () => {
    const { items } = JSON.parse([...objectsText({ services: 40, endpoints: 10, comments: true })].join(''));
    const kinds = Object.groupBy(items as { kind: string }[], ({ kind }) => kind);
    assert.deepEqual([kinds.Node?.length, kinds.Service?.length, kinds.EndpointSlice?.length], [4, 40, 40]);
  });

  test('its rules are what kube-proxy would write for its objects, but for what was changed', () => {
    const size: Size = { services: 40, endpoints: 10, comments: true };
    const ruleset = parseIptablesSave(`${[...rulesText(size)].join('\n')}\n`, 'IPv4');
    const differing = (change: Change) => {
      const snapshot = snapshotFromObjects([JSON.parse([...objectsText(size, change)].join(''))]);
      const cluster = { ports: servicePorts(snapshot), endpoints: endpointMap(snapshot) };
      const release = { first: 36, last: 36, from: 'the generator' };
      const [node] = snapshot.nodes;
      const facts = { release, config: undefined, nodeName, node, interfaceAddresses: undefined, sysctls: new Map() };
      const { differences } = compareNode([ruleset], cluster, facts);
      return new Set(differences.map(({ owner }) => (owner?.kind === 'known' ? owner.name.name : ''))).size;
    };
    assert.deepEqual([differing('none'), differing('lost update'), differing({ frozen: 7 })], [0, 1, 7]);
  });

  test('it is the same every time, written or held', () => {
    const size: Size = { services: 5, endpoints: 2, comments: true };
    const folder = mkdtempSync(join(tmpdir(), 'proxyrules-bench-'));
    try {
      const { rules, objects } = generate(size, folder);
      assert.equal(readFileSync(rules, 'utf8'), `${[...rulesText(size)].join('\n')}\n`);
      assert.equal(readFileSync(objects, 'utf8'), [...objectsText(size)].join(''));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The remarks carry times. Tables are saved in an order of iptables' own. */
function withoutRemarks(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
}

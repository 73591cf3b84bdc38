// The bench is worth as much as its cluster: the text must be what kube-proxy and iptables-save write.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { printRuleset } from '../../src/netfilter/print.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { openNamespace, whyNoNamespace } from '../kernel/namespace.ts';
import { generate, objectsText, rulesText, type Size } from './generate.ts';

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

// The rules of releases without recordings, as real iptables takes and prints them: what kube-proxy-rules.md says of
// their form is held against the kernel. As root only.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { oldMinors, oldText } from '../proxiers/iptables/old-releases.ts';
import { openNamespace, whyNoNamespace } from './namespace.ts';

for (const backend of ['nft', 'legacy'] as const) {
  suite(`rules of old releases in iptables-${backend}`, { skip: whyNoNamespace() ?? whyNot(backend) ?? false }, () => {
    for (const minor of oldMinors) {
      test(`1.${minor}`, () => {
        const namespace = openNamespace();
        try {
          const text = oldText(minor);
          const loaded = namespace.run([`iptables-${backend}-restore`, '-w', '10'], text);
          assert.equal(loaded.status, 0, loaded.stderr);
          const saved = namespace.run([`iptables-${backend}-save`]).stdout;
          const ruleset = parseIptablesSave(saved, 'IPv4');
          assert.deepEqual([ruleset.unread, ruleset.defects], [[], []]);
          assert.deepEqual(rulesByChain(saved), rulesByChain(text));
        } finally {
          namespace.close();
        }
      });
    }
  });
}

function whyNot(backend: 'nft' | 'legacy'): string | undefined {
  const namespace = openNamespace();
  const probe = namespace.run([`iptables-${backend}`, '-w', '10', '-t', 'nat', '-S']);
  namespace.close();
  return probe.status === 0 ? undefined : `iptables-${backend} does not work here: ${probe.stderr.trim()}`;
}

/** The order of tables and chains is the printer's own. */
function rulesByChain(text: string): Readonly<Record<string, readonly string[]>> {
  const chains = parseIptablesSave(text, 'IPv4').tables.flatMap((table) =>
    [...table.chains()].map(
      (chain) => [`${table.name}/${chain.name}`, chain.rules().map((rule) => rule.text)] as const,
    ),
  );
  return Object.fromEntries(chains.sort(([a], [b]) => (a < b ? -1 : 1)));
}

// Whatever is changed in a node's rules is reported by name if any packet fares differently, and not if none does.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recordingAt } from '../proxiers/recordings.ts';
import { ruleOutcomes } from './rules-of-recording.ts';
import { sampled, seed } from './sample.ts';
import { tallyOf, tallyText } from './tally.ts';

const tried: readonly { readonly folder: string; readonly most?: number }[] = [
  { folder: '1.25-iptables' },
  { folder: '1.29-iptables' },
  { folder: '1.36-iptables' },
  { folder: '1.36-iptables-bridge' },
  { folder: '1.36-iptables-masqall' },
  { folder: '1.36-iptables-nodeportaddr' },
  // Its chain of 1,100 backends takes a while for each packet.
  { folder: 'large-1.36-iptables', most: 24 },
  { folder: 'random/1.30-6005' },
  { folder: 'random/1.36-6011' },
];

/** Of the mutants whose meaning changed. */
const leastReported = 0.99;

suite(`mutants of rules, seed ${seed}`, () => {
  for (const { folder, most } of tried) {
    test(folder, async (t) => {
      const tally = tallyOf(await ruleOutcomes(recordingAt(folder), (mutants) => sampled(mutants, 2, most)));
      t.diagnostic(tallyText(folder, tally));
      assert.ok(tally.changed > 10 && tally.unchanged > 2, 'mutants of both kinds');
      assert.ok(tally.named >= leastReported * tally.changed, tallyText('too many survive', tally));
      assert.equal(tally.falselyReported, 0, tallyText('reported without a change of meaning', tally));
    });
  }
});

// Whatever is changed in the API's objects while the node's rules stay as they are is reported with its Service if any
// packet would have to fare differently, and not if none would.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recordingAt } from '../proxiers/recordings.ts';
import { objectOutcomes } from './objects-of-recording.ts';
import { sampled, seed } from './sample.ts';
import { tallyOf, tallyText } from './tally.ts';

/** Of the mutants whose meaning changed. */
const leastReported = 0.99;

suite(`mutants of objects, seed ${seed}`, () => {
  for (const folder of ['1.25-iptables', '1.36-iptables', 'random/1.30-6005', 'random/1.36-6011']) {
    test(folder, async (t) => {
      const tally = tallyOf(await objectOutcomes(recordingAt(folder), (mutants) => sampled(mutants, 3)));
      t.diagnostic(tallyText(folder, tally));
      assert.ok(tally.changed > 40 && tally.unchanged > 20, 'mutants of both kinds');
      assert.ok(tally.named >= leastReported * tally.changed, tallyText('too many survive', tally));
      assert.equal(tally.falselyReported, 0, tallyText('reported without a change of meaning', tally));
    });
  }
});

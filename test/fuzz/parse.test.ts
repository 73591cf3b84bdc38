// Random and mutated texts. `npm run fuzz` takes a million of them: PROXYRULES_FUZZ_RUNS says how many.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { assertReadable, passesAsWhole } from './account.ts';
import { anyBytes, dumps, spoiledText } from './mutations.ts';

const runs = Number(process.env.PROXYRULES_FUZZ_RUNS ?? 2000);

suite(`fuzz: ${runs} texts`, () => {
  test('every dump as it is', () => {
    for (const dump of dumps) assertReadable(dump);
  });

  test('no bytes at all crash the reader or lose a line', () => {
    fc.assert(fc.property(anyBytes, assertReadable), { numRuns: Math.ceil(runs / 20) });
  });

  test('no spoiled dump crashes the reader or loses a line', () => {
    fc.assert(fc.property(spoiledText, assertReadable), { numRuns: runs });
  });

  test('no dump that was cut passes as whole', () => {
    const cut = fc.record({ number: fc.nat(dumps.length - 1), at: fc.nat() });
    fc.assert(
      fc.property(cut, ({ number, at }) => {
        const dump = dumps[number] ?? Buffer.alloc(0);
        assertCutIsSeen(dump, at % dump.length);
      }),
      { numRuns: Math.ceil(runs / 10) },
    );
  });

  test('no dump that was cut at the end of a line passes as whole', () => {
    const dump = dumps[0] ?? Buffer.alloc(0);
    for (let at = dump.indexOf('\n'); at >= 0; at = dump.indexOf('\n', at + 1)) {
      assertCutIsSeen(dump, at);
      assertCutIsSeen(dump, at + 1);
    }
  });
});

/** A table may be gone without a trace, but nat and filter are asked for, and no table may lack a part. */
function assertCutIsSeen(dump: Buffer, at: number): void {
  const cut = parseIptablesSave(dump.subarray(0, at), 'IPv4');
  if (!passesAsWhole(cut)) return;
  for (const [index, table] of cut.tables.entries()) {
    const whole = parseIptablesSave(dump, 'IPv4').tables[index];
    assert.deepEqual(
      [table.name, table.chainCount, table.ruleCount, table.committed],
      [whole?.name, whole?.chainCount, whole?.ruleCount, whole?.committed],
    );
  }
}

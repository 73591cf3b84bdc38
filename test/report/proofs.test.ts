// docs/proofs.md is what the cases make, and no code about the node is without a case.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { proofs, proofsPage, proofsPath, toProve } from '../../.build/proofs-page.ts';

test('every code about the node and about others on it has a proof', () => {
  const proven = new Set(proofs.map(({ code }) => code));
  assert.deepEqual(
    toProve.filter((code) => !proven.has(code)),
    [],
  );
});

test('docs/proofs.md is what the cases make', () => {
  assert.equal(readFileSync(proofsPath, 'utf8'), proofsPage(), 'run `node .build/proofs-page.ts`');
});

test('the tests that it names run the cases', () => {
  for (const { file } of proofs) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    assert.match(text, /for \(const each of (foreignCases|nodeCases)\)/);
  }
});

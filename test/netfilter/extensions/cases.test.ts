// Every saved form is read, understood and printed back byte for byte; what iptables refuses is never understood.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { printRule } from '../../../src/netfilter/print.ts';
import { readRuleLine } from '../../../src/parse/rule-line.ts';
import { readCaseFiles } from './cases.ts';

const noChains = () => false;

for (const { name, cases } of readCaseFiles()) {
  suite(name, () => {
    for (const { place, family, table, chain, rule, saved } of cases) {
      const text = `-A ${chain} ${saved ?? rule}`;
      test(`${place} ${text}`, () => {
        const read = readRuleLine(text, noChains);
        assert.ok(read);
        const kinds = [...read.matches, read.target].map(({ kind }) => kind);
        assert.equal(kinds.includes('unknown'), saved === undefined, `read as ${kinds.join(', ')}`);
        const ref = { family, table, chain, index: 1, line: 1 };
        assert.equal(printRule({ ...read, ref }), text);
      });
    }
  });
}

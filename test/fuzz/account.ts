// What must hold of any text whatsoever: it is read without a throw, every line of it is accounted for exactly once,
// and printing what was read and reading that again changes nothing.
import assert from 'node:assert/strict';
import { printRuleset } from '../../src/netfilter/print.ts';
import type { Ruleset } from '../../src/netfilter/ruleset.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';

export function assertReadable(text: Uint8Array): void {
  const ruleset = parseIptablesSave(text, 'IPv4');
  assertAccounted(linesOf(text), ruleset);
  readEverything(ruleset);
  const printed = printRuleset(ruleset);
  assert.equal(
    printRuleset(parseIptablesSave(printed, 'IPv4')),
    printed,
    'printing and reading again changes the text',
  );
}

/** Whether a verdict could be built on the text. */
export function passesAsWhole({ defects, unread, tables }: Ruleset): boolean {
  const names = tables.map(({ name }) => name);
  return defects.length === 0 && unread.length === 0 && names.includes('nat') && names.includes('filter');
}

/** As an editor would number them. */
function linesOf(text: Uint8Array): readonly string[] {
  const lines = new TextDecoder().decode(text).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => line.replace(/\r+$/, ''));
}

function assertAccounted(lines: readonly string[], ruleset: Ruleset): void {
  assert.equal(ruleset.lines, lines.length, 'lines of the text');
  const told = new Map<number, string>();
  const tell = (line: number, text: string) => {
    assert.ok(!told.has(line), `line ${line} is told twice`);
    told.set(line, text);
  };
  for (const { line, text } of ruleset.unread) {
    assert.equal(text, lines[line - 1]?.slice(0, 200), `unread line ${line}`);
    tell(line, lines[line - 1] ?? '');
  }
  for (const table of ruleset.tables) {
    tell(table.line, `*${table.name}`);
    for (const chain of table.chains()) {
      if (chain.declared)
        tell(chain.line, nameOf(lines[chain.line - 1] ?? '', ':') === chain.name ? (lines[chain.line - 1] ?? '') : '');
    }
    for (const { ref, text } of table.rules()) {
      const line = lines[ref.line - 1] ?? '';
      tell(ref.line, line.replace(/^\[\d*:?[\d:]*\] /, '') === text && nameOf(text, '-A ') === ref.chain ? line : text);
    }
  }
  let commits = 0;
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    if (told.has(line)) {
      const whole = text.startsWith('*') ? `*${text.slice(1).trim()}` : text;
      assert.equal(told.get(line), text.startsWith('*') && told.get(line) !== text ? whole : text, `line ${line}`);
    } else if (text === 'COMMIT') commits++;
    else assert.ok(text.startsWith('#') || text.trim() === '', `line ${line} is lost: ${text.slice(0, 200)}`);
  }
  assert.equal(commits, ruleset.tables.filter(({ committed }) => committed).length, 'COMMIT lines');
  for (const { line, text } of ruleset.remarks) assert.ok(lines[line - 1]?.includes(text), `remark of line ${line}`);
}

function nameOf(line: string, start: string): string {
  return line.slice(start.length).split(/[ \t]/, 1)[0] ?? '';
}

function readEverything({ tables }: Ruleset): void {
  for (const table of tables) {
    let count = 0;
    for (const chain of table.chains()) {
      assert.equal(table.chain(chain.name), chain);
      assert.ok(chain.policy === undefined || chain.policy !== '');
      assert.ok(chain.counters === undefined || chain.counters.packets >= 0n);
      const rules = chain.rules();
      assert.equal(rules.length, chain.ruleCount);
      for (const [index, rule] of rules.entries()) {
        assert.equal(rule.ref.index, index + 1);
        assert.ok(Array.isArray(rule.matches));
        assert.equal(typeof rule.target.kind, 'string');
        assert.ok(rule.counters === undefined || rule.counters.packets >= 0n);
      }
      count += rules.length;
    }
    assert.equal(count, table.ruleCount);
  }
}

// Every text that a real iptables-save printed: read to the last line, understood to the last word, printed back.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { printRuleset } from '../../src/netfilter/print.ts';
import type { Ruleset } from '../../src/netfilter/ruleset.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { installed } from '../../src/proxiers/iptables/index.ts';
import { type Dump, dumpAt, dumps, rulesetOf } from '../proxiers/recordings.ts';

test('the recordings are all there', () => {
  assert.equal(dumps.length, 58);
  assert.equal(dumps.filter(({ path }) => path.endsWith('-c.txt')).length, 6);
  assert.ok(dumps.some(({ path }) => path.startsWith('1.36-ipvs/')));
});

for (const dump of dumps) {
  suite(dump.path, () => {
    const ruleset = rulesetOf(dump);

    test('nothing is unread and nothing is wrong with it', () => {
      assert.deepEqual(ruleset.unread, []);
      assert.deepEqual(ruleset.defects, []);
      assert.equal(ruleset.lines, dump.text.split('\n').length - 1);
      assert.equal(ruleset.generatedBy?.program, dump.family === 'IPv4' ? 'iptables-save' : 'ip6tables-save');
    });

    test('no clause is unknown', () => {
      assert.deepEqual(unknownClauses(ruleset), []);
    });

    test('printed, it is the same text', () => {
      assert.equal(printRuleset(ruleset), withoutComments(dump.text));
    });

    test('counters are those of the text', () => {
      const inText = [...dump.text.matchAll(/^\[(\d+):(\d+)\] -A /gm)].map(([, packets, bytes]) => [packets, bytes]);
      const read = rulesOf(ruleset).flatMap(({ counters }) =>
        counters === undefined ? [] : [[String(counters.packets), String(counters.bytes)]],
      );
      assert.deepEqual(read, inText);
      assert.equal(read.length, dump.path.endsWith('-c.txt') ? rulesOf(ruleset).length : 0);
    });

    test('every rule says where it stands', () => {
      const lines = dump.text.split('\n');
      for (const { ref, text } of rulesOf(ruleset)) {
        assert.equal(lines[ref.line - 1]?.replace(/^\[\d+:\d+\] /, ''), text);
        assert.equal(
          ruleset.tables
            .find(({ name }) => name === ref.table)
            ?.chain(ref.chain)
            ?.rules()[ref.index - 1]?.text,
          text,
        );
      }
    });

    test('line ends of Windows, a last line without its end, a byte order mark and bytes change nothing', () => {
      const printed = withoutComments(dump.text);
      for (const variant of [
        dump.text.replaceAll('\n', '\r\n'),
        dump.text.slice(0, -1),
        `\ufeff${dump.text}`,
        Buffer.from(dump.text),
      ]) {
        const read = parseIptablesSave(variant, dump.family);
        assert.deepEqual([read.unread, read.defects, read.lines], [[], [], ruleset.lines]);
        assert.equal(printRuleset(read), printed);
        assert.deepEqual(unknownClauses(read), []);
      }
    });

    test('its tables may stand in any order', () => {
      const parts = dump.text.split(/(?<=^# Completed on .*\n)/m);
      assert.equal(parts.length, ruleset.tables.length);
      const turned = parseIptablesSave([...parts].reverse().join(''), dump.family);
      assert.deepEqual([turned.unread, turned.defects], [[], []]);
      assert.deepEqual(
        turned.tables.map(({ name, chainCount, ruleCount }) => ({ name, chainCount, ruleCount })),
        ruleset.tables.map(({ name, chainCount, ruleCount }) => ({ name, chainCount, ruleCount })).reverse(),
      );
    });
  });
}

suite('a text that was cut', () => {
  for (const path of [
    '1.36-iptables/iptables-save.txt',
    '1.36-iptables/iptables-save-c.txt',
    '1.36-iptables/ip6tables-save.txt',
    '1.36-iptables-legacy/iptables-save.txt',
    'live-node-a/iptables-save.txt',
    '1.25-iptables/iptables-save.txt',
  ]) {
    test(`${path} at every line`, () => assertCutsAreSeen(dumpAt(path)));
  }
});

/**
 * Cut before any line: the text is not taken for whole, or all that kube-proxy wrote is in it to the last rule. A table
 * behind nat and filter may be gone without a trace.
 */
function assertCutsAreSeen(dump: Dump): void {
  const whole = rulesetOf(dump);
  const size = (ruleset: Ruleset, name: string) => {
    const table = ruleset.tables.find((each) => each.name === name);
    return [table?.chainCount, table?.ruleCount];
  };
  let taken = 0;
  let seen = 0;
  for (let at = dump.text.indexOf('\n'); at >= 0; at = dump.text.indexOf('\n', at + 1)) {
    if (at === dump.text.length - 1) break;
    for (const text of [dump.text.slice(0, at + 1), dump.text.slice(0, at)]) {
      const cut = rulesetOf({ text, family: dump.family });
      if (installed([cut]).defects.length > 0) {
        seen++;
        continue;
      }
      taken++;
      for (const name of ['nat', 'filter']) assert.deepEqual(size(cut, name), size(whole, name), `cut at ${at}`);
      assert.match(text, /# Completed on .*\n?$/);
    }
  }
  assert.ok(seen >= 2 * (whole.lines - 2), `${seen} of ${whole.lines} cuts seen`);
  assert.ok(taken <= 2);
}

suite('two texts in one', () => {
  const nft = dumpAt('1.36-iptables/iptables-save.txt').text;
  const legacy = dumpAt('1.36-iptables-legacy/iptables-save.txt').text;

  test('every table that stands twice is told, with both lines', () => {
    const glued = parseIptablesSave(nft + legacy, 'IPv4');
    const twice = glued.defects.filter(({ kind }) => kind === 'table-twice');
    assert.equal(twice.length, parseIptablesSave(legacy, 'IPv4').tables.length);
    assert.equal(twice.length, glued.defects.length);
    const lines = (nft + legacy).split('\n');
    for (const defect of twice) {
      assert.ok(defect.kind === 'table-twice');
      assert.equal(lines[defect.line - 1], `*${defect.table}`);
      assert.equal(lines[defect.firstLine - 1], `*${defect.table}`);
      assert.ok(defect.firstLine < defect.line);
    }
  });

  test('all the same, printing gives both back', () => {
    assert.equal(printRuleset(parseIptablesSave(nft + legacy, 'IPv4')), withoutComments(nft + legacy));
  });

  test('a cut text with a whole one behind it is not whole', () => {
    const half = nft.slice(0, nft.indexOf('\n', nft.length / 2) + 1);
    const kinds = new Set(parseIptablesSave(half + nft, 'IPv4').defects.map(({ kind }) => kind));
    assert.ok(kinds.has('table-not-committed'));
    assert.ok(kinds.has('trailer-missing'));
  });

  test('which backend wrote it is read from the header', () => {
    assert.equal(parseIptablesSave(nft, 'IPv4').generatedBy?.backend, 'nf_tables');
    assert.equal(parseIptablesSave(legacy, 'IPv4').generatedBy?.backend, undefined);
    assert.equal(parseIptablesSave(nft, 'IPv4').generatedBy?.version, '1.8.9');
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/^#.*\n/gm, '');
}

function rulesOf({ tables }: Ruleset) {
  return tables.flatMap((table) => [...table.rules()]);
}

function unknownClauses(ruleset: Ruleset): readonly string[] {
  return rulesOf(ruleset)
    .filter(({ matches, target }) => target.kind === 'unknown' || matches.some(({ kind }) => kind === 'unknown'))
    .map(({ text }) => text);
}

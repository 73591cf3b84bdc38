import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { codesPage, pagePath } from '../../.build/codes-page.ts';
import { hidden } from '../../src/renderers/visible.ts';
import { placeholders } from '../../src/report/catalogue/placeholders.ts';
import {
  catalogue,
  catalogueEntry,
  findingCodes,
  isFindingCode,
  nextFor,
  remedyFor,
} from '../../src/report/catalogue.ts';

/** What this release raises; written out, so that a code neither goes nor comes unseen. */
const released =
  'KPR101 KPR102 KPR103 KPR104 KPR105 KPR107 KPR108 KPR109 KPR110 KPR111 KPR112 KPR113 KPR114 KPR115 KPR116 KPR117 KPR119 KPR120 KPR201 KPR202 KPR203 KPR204 KPR206 KPR212 KPR301 KPR302 KPR303 KPR304 KPR305 KPR306 KPR307 KPR308 KPR309 KPR310 KPR311 KPR312 KPR402 KPR403 KPR404 KPR405 KPR406 KPR409 KPR501 KPR504 KPR505 KPR901 KPR902 KPR903';

const changes =
  /^kubectl (?!get |describe |logs |top |port-forward |exec [^|]*-- iptables(-save$|-save \||\s--version$))/;
const isCommand = (line: string) => line.startsWith('kubectl ');

test('the codes are those of this release, in order', () => {
  assert.deepEqual(findingCodes, released.split(' '));
  assert.deepEqual(Object.keys(catalogue), released.split(' '));
});

test('a code is told from other words', () => {
  assert.ok(isFindingCode('KPR201'));
  for (const word of ['', 'kpr201', 'KPR201 ', 'KPR999', 'toString', '__proto__', 'constructor']) {
    assert.equal(isFindingCode(word), false, word);
  }
});

for (const code of findingCodes) {
  const entry = catalogueEntry(code);
  const { title, meaning, why, byDesign, next, references } = entry;

  test(`${code} is complete and well-formed`, () => {
    assert.match(title, /^(kube-proxy|[A-Z]).*[^.!?\s]$/);
    assert.ok(title.length <= 52, 'a title is a few words');
    for (const text of [meaning, why, ...(byDesign === undefined ? [] : [byDesign])]) {
      assert.match(text, /^(kube-proxy|[A-Z]).{20,}\.$/);
      assert.ok(text.length <= 420, `too long to read at night (${text.length}): ${text}`);
    }
    assert.ok(sentences(meaning) <= 3, 'the meaning is a sentence or two');
    for (const text of [title, meaning, why, ...(byDesign === undefined ? [] : [byDesign]), ...next, ...references]) {
      assert.equal(text.search(hidden), -1, 'nothing that does not print');
      assert.equal(text, text.trim().replace(/ {2,}/g, ' '));
    }
  });

  test(`${code} says what to type next`, () => {
    assert.ok(next.length >= 2);
    assert.ok(isCommand(next[0] ?? ''), 'a command comes first');
    assert.doesNotMatch(next[0] ?? '', changes, 'and changes nothing');
    assert.equal(new Set(next).size, next.length);
    for (const [index, line] of next.entries()) {
      for (const [found] of line.replaceAll('{end}', '').matchAll(/\{[a-z]+\}/gi)) {
        assert.ok((placeholders as readonly string[]).includes(found.slice(1, -1)), `unknown placeholder ${found}`);
      }
      if (isCommand(line)) {
        assert.doesNotMatch(outsideQuotes(line), /['"`;&<>\\]/, 'nothing but words, pipes and $( )');
        assert.doesNotMatch(
          insideQuotes(line),
          placeholderPattern,
          'a quoted placeholder would undo the quotes of its value',
        );
        if (changes.test(line))
          assert.match(next[index - 1] ?? 'kubectl', /^(?!kubectl ).*[.:]$/, `unannounced: ${line}`);
      } else {
        assert.match(line, /^[A-Z].*[.?:]$/);
        assert.doesNotMatch(line, placeholderPattern, 'sentences hold no facts');
      }
    }
  });

  test(`${code} has references`, () => {
    assert.ok(references.length >= 1);
    assert.equal(new Set(references).size, references.length);
    for (const reference of references) {
      const url = new URL(reference);
      assert.equal(url.protocol, 'https:');
      assert.equal(url.href, reference);
    }
  });
}

test('says what house style says, not what it avoids', () => {
  const avoided =
    /\b(VIPs?|upstreams?|dumps?|actual|desired|mismatch|orphan|sticky|loopback|problems?|dead|alive|dying)\b/i;
  for (const code of findingCodes) {
    const { title, meaning, why, byDesign = '', next } = catalogueEntry(code);
    for (const text of [title, meaning, why, byDesign, ...next.filter((line) => !isCommand(line))]) {
      assert.doesNotMatch(text, avoided);
    }
  }
});

test('a remedy is one line, the first to type', () => {
  assert.equal(remedyFor('KPR112', { namespace: 'shop', name: 'web' }), 'kubectl describe service -n shop web');
  assert.equal(remedyFor('KPR112', {}), 'kubectl describe service -n <namespace> <name>');
  assert.equal(
    remedyFor('KPR201', { node: 'ip-10-0-0-1.ec2.internal' }),
    'kubectl get pods -n kube-system -l k8s-app=kube-proxy --field-selector spec.nodeName=ip-10-0-0-1.ec2.internal -o wide',
  );
  for (const code of findingCodes) assert.equal(remedyFor(code, {}), nextFor(code, {})[0]);
});

test('docs/codes.md is what the catalogue makes', () => {
  assert.equal(readFileSync(pagePath, 'utf8'), codesPage(), 'run `node .build/codes-page.ts`');
});

test('every code has its section and its row on the page', () => {
  const page = codesPage();
  for (const code of findingCodes) {
    assert.equal(page.split(`\n## ${code}\n`).length, 2);
    assert.equal(page.split(`\n| [${code}](#${code.toLowerCase()}) |`).length, 2);
  }
});

const placeholderPattern = new RegExp(`\\{(${placeholders.join('|')})\\}`);
const quoted = /'[^']*'/g;

function outsideQuotes(line: string): string {
  return line.replace(quoted, 'Q');
}

function insideQuotes(line: string): string {
  return (line.match(quoted) ?? []).join(' ');
}

function sentences(text: string): number {
  return text.split(/[.?](?: |$)/).length - 1;
}

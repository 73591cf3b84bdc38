// Reports written by an enemy: arbitrary UTF-16, lone surrogates included, wherever a report holds text.
import fc from 'fast-check';
import type { Evidence, Finding } from '../../src/report/finding.ts';
import type { Block, Graph, Report, Suite, Text, Tone } from '../../src/report/report.ts';

const tricks = [
  '\x1b]0;owned\x07',
  '\x1b[2J',
  '\x9b31m',
  '\u202eevil\u2066',
  '\u200b\u200e\ufeff',
  'a\nb\r\tc',
  '\ud800',
  '\udc00x',
  '\u{e0041}',
  '\u2028\u2029\x85\xa0',
  '"]; n0 --> evil; click n0 "javascript:alert(1)"',
  '%%{init: {"securityLevel": "loose"}}%%',
  '</text><script>alert(1)</script>',
  '<img src=x onerror="y">&amp;#34;&lt;',
  '\\"> \\N \\G \\l ]>]] <B> </TABLE>',
  '`code` #quot; end ---\nconfig: {}',
  '日本語 e\u0301 한글 😀',
  '1. a: - b # c',
  '::error file=x::owned',
  '  ::stop-commands::x\n::warning::%0A',
  '##[error]owned',
  ']]> | [a](http://b) ![c](d) **e** @f <!--',
  '../../..',
  'yes',
  '',
];

const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit, maxLength: 10 }),
  fc.string({ maxLength: 30 }),
  fc.array(fc.constantFrom(...tricks), { maxLength: 3 }).map((parts) => parts.join(' ')),
);

const tone = fc.constantFrom<Tone>('good', 'bad', 'doubt', 'quiet', 'strong', 'plain');
const pieces: fc.Arbitrary<Text> = fc.oneof(text, fc.array(fc.record({ text, tone }), { maxLength: 3 }));

const block: fc.Arbitrary<Block> = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.oneof(
    fc.record({ kind: fc.constant('verdict' as const), tone, label: text, sentence: text }),
    fc.record({ kind: fc.constant('heading' as const), text }),
    fc.record({ kind: fc.constant('paragraph' as const), text: pieces }),
    fc.record({ kind: fc.constant('list' as const), items: fc.array(pieces, { maxLength: 3 }) }),
    fc.record({
      kind: fc.constant('table' as const),
      columns: fc.array(
        fc.record(
          { title: text, align: fc.constantFrom('left' as const, 'right' as const), wide: fc.boolean() },
          { requiredKeys: ['title'] },
        ),
        { maxLength: 4 },
      ),
      rows: fc.array(fc.array(pieces, { maxLength: 5 }), { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('rules' as const),
      rules: fc.array(fc.record({ place: text, text }), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('wide' as const), blocks: fc.array(tie('block'), { maxLength: 2 }) }),
  ),
})).block;

const place = { family: text, table: text, chain: text, index: fc.nat(), line: fc.nat(), text };
const evidence: fc.Arbitrary<Evidence> = fc.oneof(
  fc.record({ kind: fc.constant('rule' as const), ...place }),
  fc.record({ kind: fc.constant('object' as const), object: text, says: text }),
  fc.record({ kind: fc.constant('text' as const), line: fc.nat(), text }),
);

const finding: fc.Arbitrary<Finding> = fc.record(
  {
    code: text,
    severity: fc.constantFrom('critical' as const, 'warning' as const, 'info' as const),
    node: text,
    subject: fc.record({ kind: text, namespace: text, name: text, port: text, protocol: text }),
    message: text,
    evidence: fc.array(evidence, { maxLength: 2 }),
    remedy: text,
    suppressed: fc.record({ reason: text, expires: text, by: text }, { requiredKeys: ['reason', 'by'] }),
  },
  { requiredKeys: ['code', 'severity', 'node', 'subject', 'message', 'evidence', 'remedy'] },
);

const suites: fc.Arbitrary<readonly Suite[]> = fc.array(
  fc.record(
    {
      name: text,
      cases: fc.array(
        fc.record(
          {
            group: text,
            name: text,
            outcome: fc.constantFrom('passed' as const, 'failed' as const, 'unknown' as const, 'unsettled' as const),
            findings: fc.array(finding, { maxLength: 2 }),
            reason: text,
          },
          { requiredKeys: ['group', 'name', 'outcome', 'findings'] },
        ),
        { maxLength: 3 },
      ),
      facts: fc.record({ mode: text, release: text, source: text }),
    },
    { requiredKeys: ['name', 'cases'] },
  ),
  { maxLength: 2 },
);

export const graph: fc.Arbitrary<Graph> = fc.uniqueArray(text, { maxLength: 5 }).chain((ids) =>
  fc.record({
    title: text,
    nodes: fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(id),
          label: fc.array(text, { maxLength: 3 }),
          shape: fc.constantFrom(
            'hook' as const,
            'chain' as const,
            'frontend' as const,
            'backend' as const,
            'verdict' as const,
          ),
          tone,
        }),
      ),
    ),
    edges: fc.array(
      fc.record({
        from: fc.constantFrom('elsewhere', ...ids),
        to: fc.constantFrom('elsewhere', ...ids),
        label: text,
        tone,
      }),
      { maxLength: 6 },
    ),
  }),
);

export const report: fc.Arbitrary<Report> = fc.record(
  {
    kind: text,
    meta: fc.record({ tool: text, notes: fc.array(text, { maxLength: 2 }) }),
    data: fc.dictionary(
      text,
      fc
        .jsonValue({ maxDepth: 3 })
        .chain((value) =>
          fc.oneof(fc.constant(value), text, fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }) })),
        ),
      { maxKeys: 4 },
    ),
    findings: fc.array(finding, { maxLength: 2 }),
    blocks: fc.array(block, { maxLength: 5 }),
    graph,
    suites,
    texts: fc.array(fc.record({ node: text, family: fc.constantFrom('IPv4' as const, 'IPv6' as const), path: text }), {
      maxLength: 1,
    }),
  },
  { requiredKeys: ['kind', 'meta', 'data', 'findings', 'blocks', 'graph', 'suites', 'texts'] },
);

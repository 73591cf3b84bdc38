// Annotations and the summary of a GitHub Actions step, and that no text of a cluster is a command or markup in either.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { github } from '../../src/renderers/github.ts';
import { formats, rendererOf } from '../../src/renderers/index.ts';
import { stepSummary } from '../../src/renderers/step-summary.ts';
import { visible } from '../../src/renderers/visible.ts';
import { withoutCommands, workflowCommand } from '../../src/renderers/workflow-command.ts';
import type { Finding } from '../../src/report/finding.ts';
import type { Report } from '../../src/report/report.ts';
import { annotationsOf } from './annotations.ts';
import * as hostile from './hostile.ts';
import { empty, sample } from './sample.ts';

const style = { width: undefined, color: false, wide: false };
const print = (report: Report) => String(github.render(report, style));
const [finding] = sample.findings as readonly [Finding];

test('what a command carries is what the runner reads', () => {
  fc.assert(
    fc.property(hostile.text, hostile.text, fc.array(hostile.text, { maxLength: 3 }), (file, title, lines) => {
      const command = workflowCommand('error', { file, title, line: 3 }, lines.join('\n'));
      assert.ok(!/[\r\n]/.test(command));
      const properties = { file: visible(file), title: visible(title), line: '3' };
      const given = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== ''));
      assert.deepEqual(annotationsOf(command), [
        { name: 'error', properties: given, text: lines.join('\n').split('\n').map(visible).join('\n') },
      ]);
    }),
  );
});

test('a finding is one annotation at its place', () => {
  const [first, second] = annotationsOf(print(sample));
  assert.deepEqual(first, {
    name: 'error',
    properties: { file: 'captures/node 3/iptables-save.txt', line: '1204', title: 'KPR201 Stale endpoint' },
    text: `${finding.message}\nNext: ${finding.remedy}`,
  });
  assert.deepEqual([second?.name, second?.properties.file], ['warning', 'nodes/node-3/ip6tables-save.txt']);
});

test('at most ten of a kind, and the last tells of the rest', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at): Finding => ({ ...finding, code: at % 2 ? 'KPR201' : 'KPR202' }));
  const errors = (count: number) =>
    annotationsOf(print({ ...empty, findings: many(count) })).filter(({ name }) => name === 'error');
  assert.equal(errors(10).length, 10);
  assert.equal(errors(10)[9]?.properties.title?.slice(0, 6), 'KPR201');
  assert.equal(errors(31).length, 10);
  assert.equal(errors(31)[9]?.properties.title, '22 more');
  assert.match(errors(31)[9]?.text ?? '', /11 KPR201 Stale endpoint, 11 KPR202 /);
});

test('what is suppressed is counted and not annotated; what was not judged is', () => {
  const known = { ...finding, suppressed: { reason: 'known', by: '--suppress' } };
  assert.equal(print({ ...empty, findings: [known] }), 'kubectl proxyrules: Drift: 1 suppressed\n');
  assert.equal(print(empty), 'kubectl proxyrules: Drift: nothing found\n');
  const judged = annotationsOf(print({ ...sample, findings: [] }));
  assert.deepEqual(judged, [
    { name: 'warning', properties: { title: 'Not judged' }, text: 'node-4: 1 of 1 not judged: its text was cut' },
  ]);
});

test('a run without an answer is one error', () => {
  const output = print({ ...empty, failure: { code: 'API_UNREACHABLE', message: 'no route: 50%', hint: 'Try,again' } });
  assert.equal(
    output,
    '::error title=API_UNREACHABLE::no route: 50%25%0ATry,again\nkubectl proxyrules: Drift: no answer\n',
  );
});

for (const format of formats.filter((each) => each !== 'github')) {
  test(`${format}: in the log of a step no text of a cluster is a command`, async () => {
    const renderer = await rendererOf(format);
    await fc.assert(
      fc.asyncProperty(hostile.report, async (report) => {
        const output = withoutCommands(await renderer.render(report, style), format);
        assert.deepEqual(annotationsOf(output), []);
      }),
      { numRuns: 100 },
    );
  });
}

test('a command that is none any more is the same value to a reader', async () => {
  const data = { a: '##[error]x', b: '::error::x', c: 'x\n::error::y\n', '##[k': 1 };
  for (const format of ['json', 'yaml'] as const) {
    const output = await (await rendererOf(format)).render({ ...empty, data }, style);
    const { a, b, c, '##[k': key } = parse(withoutCommands(output, format));
    assert.deepEqual({ a, b, c, '##[k': key }, data, format);
  }
});

test('the summary holds no markup but its own', () => {
  const ours =
    /^(?:### kubectl proxyrules: |\*\*(?:No answer\.|Not judged|Suppressed)\*\*|\|(?:---\|)+|\| .* \||- |\d+ |nothing found\.|$)/;
  fc.assert(
    fc.property(hostile.report, (report) => {
      const summary = stepSummary(report);
      for (const line of summary.split('\n')) {
        assert.match(line, ours);
        const rest = line
          .replace(/^### kubectl proxyrules: |\*\*[A-Z][a-z. ]*\*\*|^- |^\|(?:---\|)+$/g, '')
          .replace(/^\| | \|$| \| /g, ' ');
        // With every escaped character gone, nothing is left that Markdown or HTML reads.
        assert.doesNotMatch(rest.replace(/\\[!-/:-@[-`{-~]/g, ''), /[!-+/:-@[-`{-~]|(?<!\d)-/, line);
      }
    }),
    { numRuns: 300 },
  );
});

test('the summary of a large run stays far below what GitHub takes', () => {
  const message = 'x'.repeat(5000);
  const findings = Array.from({ length: 5000 }, (): Finding => ({ ...finding, message }));
  const summary = stepSummary({ ...empty, findings });
  assert.ok(summary.length < 200_000);
  assert.match(summary, /\n4900 more are not shown here\.\n/);
});

test('the whole of both', (t) => {
  const known = { ...finding, suppressed: { reason: 'moves in May', expires: '2026-05-31', by: 'known.yaml line 3' } };
  const report = { ...sample, findings: [...sample.findings, known] };
  const shown = `${print(report)}\n${stepSummary(report)}`;
  t.assert.fileSnapshot(shown, new URL('./golden/sample.github.txt', import.meta.url).pathname, {
    serializers: [String],
  });
});

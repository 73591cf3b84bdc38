// What a GitHub Actions step shows on the page of its run ($GITHUB_STEP_SUMMARY): GitHub flavoured Markdown. No text of a
// cluster can be markup in it: every character that Markdown or HTML could read is escaped.
import { catalogueEntry, isFindingCode } from '../report/catalogue.ts';
import type { Finding } from '../report/finding.ts';
import type { Report, Suite } from '../report/report.ts';
import { gravestFirst } from '../report/severity.ts';
import { subjectText } from '../report/subject-text.ts';
import { cutText } from './cut-text.ts';
import { tally } from './finding-tally.ts';
import { visible } from './visible.ts';

/** Ends with an empty line, so that the next step's begins anew. Far below the 1 MiB that GitHub takes of a step. */
export function stepSummary({ kind, findings, suites = [], failure }: Report): string {
  const open = gravestFirst(findings.filter(({ suppressed }) => suppressed === undefined));
  const known = gravestFirst(findings.filter(({ suppressed }) => suppressed !== undefined));
  const unknown = failure === undefined ? suites.flatMap(notJudged) : [];
  const blocks = [
    `### kubectl proxyrules: ${markdown(kind)}`,
    failure === undefined ? `${tally(findings)}.` : `**No answer.** ${markdown(failure.message)}`,
    failure?.hint === undefined ? '' : markdown(failure.hint),
    suites.length === 0 || failure !== undefined ? '' : checked(suites),
    table(['severity', 'code', 'subject', 'node', 'finding'], open, ({ severity, code, subject, node, message }) => [
      severity,
      codeAndTitle(code),
      markdown(subjectText(subject)),
      markdown(node),
      markdown(message),
    ]),
    unknown.length === 0 ? '' : ['**Not judged**', '', ...unknown.map((line) => `- ${markdown(line)}`)].join('\n'),
    known.length === 0 ? '' : '**Suppressed**',
    table(['code', 'subject', 'node', 'reason', 'by', 'until'], known, ({ code, subject, node, suppressed }) => [
      codeAndTitle(code),
      markdown(subjectText(subject)),
      markdown(node),
      ...[suppressed?.reason, suppressed?.by, suppressed?.expires].map((text = '') => markdown(text)),
    ]),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n\n`;
}

const mostRows = 100;
const longestCell = 600;

function table(
  titles: readonly string[],
  findings: readonly Finding[],
  cells: (finding: Finding) => readonly string[],
): string {
  if (findings.length === 0) return '';
  const row = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const shown = findings.slice(0, mostRows).map((finding) => row(cells(finding)));
  const left = findings.length - shown.length;
  const more = left === 0 ? [] : ['', `${left} more are not shown here.`];
  return [row(titles), `|${'---|'.repeat(titles.length)}`, ...shown, ...more].join('\n');
}

function codeAndTitle(code: string): string {
  return isFindingCode(code) ? `${code} ${markdown(catalogueEntry(code).title)}` : markdown(code);
}

function checked(suites: readonly Suite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  const passed = cases.filter(({ outcome }) => outcome === 'passed').length;
  return `${passed} of ${cases.length} checks passed on ${suites.length} ${suites.length === 1 ? 'node' : 'nodes'}.`;
}

function notJudged({ name, cases }: Suite): readonly string[] {
  const unknown = cases.filter(({ outcome }) => outcome === 'unknown');
  const reason = unknown[0]?.reason ?? 'no reason is known';
  return unknown.length === 0 ? [] : [`${name}: ${unknown.length} of ${cases.length}: ${reason}`];
}

/** CommonMark lets a backslash stand before every ASCII punctuation; `@` and `#` could otherwise become links. */
function markdown(text: string): string {
  return cutText(visible(text), longestCell).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

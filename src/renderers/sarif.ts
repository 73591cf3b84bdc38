// `-o sarif`: SARIF 2.1.0 (OASIS) as GitHub's code scanning takes it. A result stands on the line of the node's saved
// text that proves it.
import { findingCodes, isFindingCode } from '../report/catalogue.ts';
import type { Finding } from '../report/finding.ts';
import type { Case, Failure, Report, TextPlace } from '../report/report.ts';
import { gravestFirst } from '../report/severity.ts';
import { subjectText } from '../report/subject-text.ts';
import { cutText } from './cut-text.ts';
import { placeOf } from './finding-place.ts';
import { fingerprints } from './fingerprint.ts';
import type { Renderer } from './renderer.ts';
import { levels, sarifRules } from './sarif-rules.ts';
import { visible, visibleAll } from './visible.ts';

export const sarif: Renderer = {
  format: 'sarif',
  part: 'findings',
  render: (report) => {
    const log = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [runOf(report)],
    };
    return `${JSON.stringify(log, undefined, 2)}\n`;
  },
};

/** A run with more results is rejected whole; of these, code scanning shows the 5,000 gravest. */
const mostResults = 25_000;
const longestMessage = 1024;

function runOf({ kind, meta, findings, texts = [], suites = [], failure }: Report) {
  const sorted = gravestFirst(findings);
  const prints = fingerprints(sorted);
  const left = Math.max(0, sorted.length - mostResults);
  const unknown = failure === undefined ? suites.flatMap(({ name, cases }) => unknownOf(name, cases)) : [];
  const notes = [
    ...(failure === undefined ? [] : [notification('error', failureText(failure), failure.code)]),
    ...unknown.map((text) => notification('warning', text)),
    ...(left === 0
      ? []
      : [notification('warning', `${left} more results are left out: a run may hold ${mostResults}`)]),
    ...meta.notes.map((note) => notification('note', note)),
  ];
  return {
    tool: { driver: { name: 'kubectl-proxyrules', version: visible(meta.tool), rules: sarifRules } },
    // One category a question: another upload of the same question replaces its alerts.
    automationDetails: { id: `kubectl-proxyrules/${visible(kind).toLowerCase()}/` },
    invocations: [
      {
        executionSuccessful: failure === undefined,
        ...(notes.length === 0 ? {} : { toolExecutionNotifications: notes }),
      },
    ],
    columnKind: 'utf16CodeUnits',
    results: sorted
      .slice(0, mostResults)
      .map((finding, at) => resultOf(visibleAll(finding), prints[at] ?? '', visibleAll(texts))),
  };
}

function resultOf(finding: Finding, fingerprint: string, texts: readonly TextPlace[]) {
  const { code, severity, node, subject, message, remedy, suppressed } = finding;
  const rule = isFindingCode(code) ? findingCodes.indexOf(code) : -1;
  const { path, line, text } = placeOf(finding, texts);
  return {
    ruleId: code === '' ? 'unknown' : code,
    ...(rule < 0 ? {} : { ruleIndex: rule }),
    level: levels[severity],
    message: { text: messageText(message === '' ? subjectText(subject) : message) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path) },
          region: {
            startLine: line,
            startColumn: 1,
            endLine: line,
            endColumn: (text?.length ?? 0) + 1,
            ...(text === undefined ? {} : { snippet: { text } }),
          },
        },
        logicalLocations: [{ name: subject.name, fullyQualifiedName: subjectText(subject), kind: 'resource' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: fingerprint },
    ...(suppressed === undefined
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: justification(suppressed) }] }),
    properties: { node, remedy },
  };
}

function justification({ reason, expires, by }: NonNullable<Finding['suppressed']>): string {
  return `${reason} (${by}${expires === undefined ? '' : `, until ${expires}`})`;
}

/** One sentence a reason: three hundred service ports of an unreadable node are one thing to know. */
function unknownOf(node: string, cases: readonly Case[]): readonly string[] {
  const reasons = Map.groupBy(
    cases.filter(({ outcome }) => outcome === 'unknown'),
    ({ reason = 'no reason is known' }) => reason,
  );
  return Array.from(reasons, ([reason, some]) => `${node}: ${some.length} of ${cases.length} not judged: ${reason}`);
}

function failureText({ message, hint }: Failure): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}

function notification(level: 'error' | 'warning' | 'note', text: string, code?: string) {
  return {
    level,
    message: { text: messageText(visible(text)) },
    ...(code === undefined ? {} : { descriptor: { id: visible(code) } }),
  };
}

/** Message strings have placeholders in braces and links of the form `[text](where)` (3.11.5, 3.11.6): ours have none. */
function messageText(text: string): string {
  const shown = text === '' ? 'no message' : text;
  return cutText(shown, longestMessage).replaceAll('](', '] (').replace(/[{}]/g, '$&$&');
}

/** RFC 3986, relative, no scheme: code scanning takes it from the top of the repository. */
function uriOf(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
}

// Findings that the user knows and accepts: they are printed, and do not count against the node. Pure: the time is handed in.
import type { Finding } from '../report/finding.ts';
import type { Report, Suite } from '../report/report.ts';

/** One thing known. In each part `*` stands for any text, none included. */
export interface Suppression {
  /** `KPR201`, `KPR2*`. */
  readonly code: string;
  /** `Service/shop/web`; `Node/node-a` for what has no namespace. */
  readonly subject: string;
  /** On these nodes only. */
  readonly node?: string;
  readonly reason: string;
  /** A date, `2026-12-31`: its whole day counts, in UTC. Or RFC 3339. */
  readonly expires?: string;
  /** Where it was said: `--suppress`, or a file and its line. */
  readonly by: string;
}

/** `notes` tell which suppressions have run out, and which matched nothing. `now` in milliseconds since 1970, UTC. */
export function suppress(report: Report, suppressions: readonly Suppression[], now: number): Report {
  if (suppressions.length === 0) return report;
  const marked = (finding: Finding) => mark(finding, suppressions, now);
  const notes = suppressions.flatMap((each) => noteOn(each, report.findings, now));
  return {
    ...report,
    meta: { ...report.meta, notes: [...report.meta.notes, ...notes] },
    findings: report.findings.map(marked),
    ...(report.suites === undefined ? {} : { suites: report.suites.map((suite) => markSuite(suite, marked)) }),
  };
}

/** The moment from which it no longer suppresses; `undefined` of a text that is no time. */
export function endOf(expires: string): number | undefined {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)([Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))?$/.exec(expires) ?? [];
  if (date === undefined) return undefined;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // 30 February would be taken for 2 March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  if (time === undefined) return midnight + 86_400_000;
  const moment = Date.parse(expires.toUpperCase());
  return Number.isNaN(moment) ? undefined : moment;
}

function mark(finding: Finding, suppressions: readonly Suppression[], now: number): Finding {
  const by = suppressions.find((each) => !hasEnded(each, now) && isAbout(each, finding));
  if (by === undefined) return finding;
  const { reason, expires } = by;
  return { ...finding, suppressed: { reason, ...(expires === undefined ? {} : { expires }), by: by.by } };
}

function markSuite(suite: Suite, marked: (finding: Finding) => Finding): Suite {
  return { ...suite, cases: suite.cases.map((one) => ({ ...one, findings: one.findings.map(marked) })) };
}

function noteOn(suppression: Suppression, findings: readonly Finding[], now: number): readonly string[] {
  const { code, subject, by, expires } = suppression;
  const found = findings.some((finding) => isAbout(suppression, finding));
  const what = `${code} for ${subject}`;
  if (hasEnded(suppression, now)) {
    return [
      `suppression of ${what} expired on ${expires} (${by}): it ${found ? 'counts again' : 'matches nothing now'}`,
    ];
  }
  return found ? [] : [`suppression of ${what} (${by}) matched no finding`];
}

function hasEnded({ expires }: Suppression, now: number): boolean {
  if (expires === undefined) return false;
  const end = endOf(expires);
  // What cannot be read must not hide a finding.
  return end === undefined || now >= end;
}

function isAbout({ code, subject, node = '*' }: Suppression, finding: Finding): boolean {
  const { kind, namespace, name } = finding.subject;
  const parts = subject.split('/');
  const [kinds = '', namespaces = '', names = ''] = parts.length === 2 ? [parts[0], '', parts[1]] : parts;
  return (
    parts.length <= 3 &&
    matches(code, finding.code) &&
    matches(node, finding.node) &&
    matches(kinds, kind) &&
    matches(namespaces, namespace) &&
    matches(names, name)
  );
}

/** In time of pattern times text, whatever the pattern: each piece is taken where it is found first. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

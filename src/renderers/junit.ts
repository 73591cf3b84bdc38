// `-o junit`: JUnit XML as Ant's task writes it and Jenkins, GitLab and others read it. A suite is a node, a case one
// service port on it. No times: nobody measured the cases one by one.
import { catalogueEntry, isFindingCode } from '../report/catalogue.ts';
import type { Finding } from '../report/finding.ts';
import type { Case, Report, Suite } from '../report/report.ts';
import { gravestFirst } from '../report/severity.ts';
import { subjectText } from '../report/subject-text.ts';
import { evidenceText } from './evidence-text.ts';
import type { Renderer } from './renderer.ts';
import { visible } from './visible.ts';

export const junit: Renderer = {
  format: 'junit',
  part: 'suites',
  render: ({ kind, meta, suites = [] }) => {
    const printed = suites.map((suite) => printSuite(suite, meta));
    const all = total(printed.map(({ counts }) => counts));
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites${attributes({ name: `kubectl proxyrules: ${kind}`, ...all })}>`,
      ...printed.flatMap(({ lines }) => lines.map((line) => `  ${line}`)),
      '</testsuites>\n',
    ].join('\n');
  },
};

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

interface Printed {
  readonly counts: Counts;
  readonly lines: readonly string[];
}

function printSuite({ name, cases, facts }: Suite, meta: Report['meta']): Printed {
  const printed = cases.map(printCase);
  const counts = total(printed.map(({ counts }) => counts));
  const properties = Object.entries({ tool: meta.tool, ...(facts ?? factsOf(meta)) });
  return {
    counts,
    lines: [
      `<testsuite${attributes({ name, ...counts })}>`,
      '  <properties>',
      ...properties.map(([name, value]) => `    <property${attributes({ name, value })}/>`),
      '  </properties>',
      ...printed.flatMap(({ lines }) => lines.map((line) => `  ${line}`)),
      '</testsuite>',
    ],
  };
}

function factsOf(meta: Report['meta']): { readonly [name: string]: string } {
  const known = ['mode', 'release', 'source'].map((name) => [name, meta[name]] as const);
  return Object.fromEntries(known.filter((fact): fact is readonly [string, string] => typeof fact[1] === 'string'));
}

function printCase(one: Case): Printed {
  const head = attributes({ classname: one.group, name: one.name });
  const result = resultOf(one);
  if (result === undefined) return { counts: { ...none, tests: 1 }, lines: [`<testcase${head}/>`] };
  const { counted, element, body, ...words } = result;
  const inner = body === '' ? '/>' : `>${xml(body)}</${element}>`;
  return {
    counts: { ...none, tests: 1, [counted]: 1 },
    lines: [`<testcase${head}>`, `  <${element}${attributes(words)}${inner}`, '</testcase>'],
  };
}

interface Result {
  readonly element: 'failure' | 'error' | 'skipped';
  readonly counted: keyof Counts;
  readonly message: string;
  readonly type?: string;
  /** Lines, not yet escaped. */
  readonly body: string;
}

/** `undefined` for a case that passed. */
function resultOf({ outcome, findings, reason }: Case): Result | undefined {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  switch (outcome) {
    case 'passed':
      return undefined;
    case 'failed': {
      const known = findings[0]?.suppressed;
      if (open.length === 0 && known !== undefined) {
        const codes = findings.map(({ code }) => code).join(', ');
        return { element: 'skipped', counted: 'skipped', message: `suppressed: ${codes}: ${known.reason}`, body: '' };
      }
      // Jenkins keeps one failure of a case: the gravest stands for all, and the text holds them.
      const [first] = gravestFirst(open);
      const more = open.length > 1 ? ` (and ${open.length - 1} more)` : '';
      return {
        element: 'failure',
        counted: 'failures',
        message: `${first?.message ?? reason ?? 'not as it should be'}${more}`,
        type: first?.code ?? 'failed',
        body: open.map(findingText).join('\n\n'),
      };
    }
    case 'unknown':
      return {
        element: 'error',
        counted: 'errors',
        message: reason ?? 'could not be judged',
        type: 'unknown',
        body: open.map(findingText).join('\n\n'),
      };
    case 'unsettled':
      return { element: 'skipped', counted: 'skipped', message: reason ?? 'it changed while it was read', body: '' };
    default:
      return outcome satisfies never;
  }
}

function findingText({ code, severity, subject, node, message, evidence, remedy }: Finding): string {
  const title = isFindingCode(code) ? `: ${catalogueEntry(code).title}` : '';
  const lines = [
    `${code} ${severity}${title}`,
    [subjectText(subject), node === '' ? '' : `on ${node}`].filter((part) => part !== '').join(' '),
    message,
    ...evidence.map((each) => `  ${evidenceText(each)}`),
    remedy === '' ? '' : `remedy: ${remedy}`,
  ];
  return lines
    .filter((line) => line !== '')
    .map(visible)
    .join('\n');
}

const none: Counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };

function total(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (sum, { tests, failures, errors, skipped }) => ({
      tests: sum.tests + tests,
      failures: sum.failures + failures,
      errors: sum.errors + errors,
      skipped: sum.skipped + skipped,
    }),
    none,
  );
}

function attributes(values: { readonly [name: string]: string | number }): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(visible(String(value)))}"`)
    .join('');
}

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Of visible text: what XML 1.0 forbids is spelled out already. */
function xml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

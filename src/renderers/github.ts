// `-o github`: annotations of GitHub Actions, one a finding. Of each kind GitHub shows ten a step ("Workflow commands" in
// its documentation), so the tenth tells how many more there are, and of what.
import { catalogueEntry, isFindingCode } from '../report/catalogue.ts';
import type { Finding } from '../report/finding.ts';
import type { Suite, TextPlace } from '../report/report.ts';
import { placeOf } from './finding-place.ts';
import { tally } from './finding-tally.ts';
import type { Renderer } from './renderer.ts';
import { visible } from './visible.ts';
import { withoutCommands, workflowCommand } from './workflow-command.ts';

export const github: Renderer = {
  format: 'github',
  part: 'findings',
  render: ({ kind, findings, texts = [], suites = [], failure }) => {
    const open = findings.filter(({ suppressed }) => suppressed === undefined);
    const annotations: readonly Annotation[] = [
      ...(failure === undefined
        ? []
        : [{ name: 'error', title: failure.code, text: lines(failure.message, failure.hint) } as const]),
      ...open.map((finding) => annotationOf(finding, texts)),
      // Of a failed run there is nothing else to tell.
      ...(failure === undefined ? suites.flatMap(notJudged) : []),
    ];
    const printed = (['error', 'warning', 'notice'] as const).flatMap((name) =>
      printKind(
        name,
        annotations.filter((each) => each.name === name),
      ),
    );
    const ending = failure === undefined ? tally(findings) : 'no answer';
    // The last line is for whoever reads the log.
    return [...printed, withoutCommands(`kubectl proxyrules: ${visible(kind)}: ${ending}`, 'table'), ''].join('\n');
  },
};

interface Annotation {
  readonly name: 'error' | 'warning' | 'notice';
  /** What it is counted under where it is not shown. */
  readonly title: string;
  readonly file?: string;
  readonly line?: number;
  /** Lines. */
  readonly text: string;
}

const names = { critical: 'error', warning: 'warning', info: 'notice' } as const;

function annotationOf(finding: Finding, texts: readonly TextPlace[]): Annotation {
  const { code, severity, message, remedy } = finding;
  const { path, line } = placeOf(finding, texts);
  return {
    name: names[severity],
    title: isFindingCode(code) ? `${code} ${catalogueEntry(code).title}` : code,
    file: path,
    line,
    text: lines(message, remedy === '' ? undefined : `Next: ${remedy}`),
  };
}

/** What nobody judged must not look like a pass. */
function notJudged({ name, cases }: Suite): readonly Annotation[] {
  const unknown = cases.filter(({ outcome }) => outcome === 'unknown');
  const [first] = unknown;
  // A case that has findings is annotated by them.
  if (first === undefined || unknown.some(({ findings }) => findings.length > 0)) return [];
  const text = `${name}: ${unknown.length} of ${cases.length} not judged: ${first.reason ?? 'no reason is known'}`;
  return [{ name: 'warning', title: 'Not judged', text: visible(text) }];
}

const mostShown = 10;

function printKind(name: Annotation['name'], annotations: readonly Annotation[]): readonly string[] {
  const shown = annotations.length <= mostShown ? annotations : annotations.slice(0, mostShown - 1);
  const rest = annotations.slice(shown.length);
  const counts = Array.from(
    Map.groupBy(rest, ({ title }) => title),
    ([title, some]) => `${some.length} ${visible(title)}`,
  );
  return [
    ...shown.map(({ title, file, line, text }) => workflowCommand(name, { file, line, title }, text)),
    ...(rest.length === 0
      ? []
      : [workflowCommand(name, { title: `${rest.length} more` }, `GitHub shows no more here: ${counts.join(', ')}`)]),
  ];
}

function lines(...texts: readonly (string | undefined)[]): string {
  return texts
    .filter((text) => text !== undefined)
    .map(visible)
    .join('\n');
}

// The answer for a person at a terminal: the verdict first, then the blocks in their order, then what was found.
import type { Evidence, Finding, Severity, Suppressed } from '../report/finding.ts';
import type { Block, Report, Text, Tone } from '../report/report.ts';
import { subjectText } from '../report/subject-text.ts';
import { printColumns, type Write, writePlain } from './columns.ts';
import { type Line, lineOf, type Paint, painter, plain, sliceLine, trimLine } from './line.ts';
import type { Renderer, Style } from './renderer.ts';
import { visibleAll } from './visible.ts';
import { widthOf } from './width.ts';
import { wrapProse, wrapRule } from './wrap.ts';

/** kubectl's default: fits a terminal. */
export const table: Renderer = { format: 'table', part: 'blocks', render };

/** The same with every block and column. */
export const wide: Renderer = {
  format: 'wide',
  part: 'blocks',
  render: (report, style) => render(report, { ...style, wide: true }),
};

interface Page {
  readonly room: number | undefined;
  readonly wide: boolean;
  readonly paint: Paint;
  readonly write: Write;
}

/** Lines that stand together. A `tight` group follows the one before it without an empty line. */
interface Group {
  readonly tight: boolean;
  readonly lines: readonly string[];
}

// Narrower than this no layout is legible; wider than this no sentence is.
const narrowestPage = 40;
const widestProse = 100;
const narrowestRule = 24;

async function render(report: Report, style: Style): Promise<string> {
  const write = style.width === undefined ? writePlain : (await import('./cli-table.ts')).writeWithCliTable;
  return print(report, style, write);
}

function print(report: Report, { width, color, wide }: Style, write: Write): string {
  const { blocks, findings } = visibleAll({ blocks: report.blocks, findings: report.findings });
  const page: Page = {
    room: width === undefined ? undefined : Math.max(narrowestPage, width),
    wide,
    paint: painter(color),
    write,
  };
  const placed: readonly Block[] = blocks.some(placesFindings) ? blocks : [...blocks, { kind: 'findings' }];
  const groups = blockGroups(placed, findings, page).filter(({ lines }) => lines.length > 0);
  const lines = groups.flatMap(({ tight, lines }, at) => (tight || at === 0 ? lines : ['', ...lines]));
  const text = lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
  return text === '' ? 'nothing found\n' : `${text}\n`;
}

function blockGroups(blocks: readonly Block[], findings: readonly Finding[], page: Page): readonly Group[] {
  const shown = blocks.flatMap((block) => opened(block, page));
  let indent = '';
  return shown.flatMap((block, at): readonly Group[] | Group => {
    if (block.kind === 'findings') return findingGroups(findings, page);
    if (block.kind === 'heading') {
      indent = '  ';
      return { tight: false, lines: [page.paint(trimLine([{ text: block.text, tone: 'strong' }]))] };
    }
    return { tight: shown[at - 1]?.kind === 'heading', lines: printBlock(block, page, indent) };
  });
}

function placesFindings(block: Block): boolean {
  return 'blocks' in block ? block.blocks.some(placesFindings) : block.kind === 'findings';
}

/** A block that is never a container: what `wide` and `narrow` mark is taken out of it, or dropped. */
type PlainBlock = Exclude<Block, { readonly blocks: readonly Block[] }>;

function opened(block: Block, page: Page): readonly PlainBlock[] {
  if (!('blocks' in block)) return [block];
  return page.wide === (block.kind === 'wide') ? block.blocks.flatMap((inner) => opened(inner, page)) : [];
}

function printBlock(
  block: Exclude<PlainBlock, { kind: 'heading' | 'findings' }>,
  page: Page,
  indent: string,
): readonly string[] {
  switch (block.kind) {
    case 'verdict':
      return printProse([...label(block.label, block.tone), ...lineOf(block.sentence)], page, indent, `${indent}  `);
    case 'paragraph':
      return printProse(block.text, page, indent, indent);
    case 'list':
      if (block.items.length === 0) return printNone(page, indent);
      return block.items.flatMap((item) => printProse([...lineOf('- '), ...lineOf(item)], page, indent, `${indent}  `));
    case 'table': {
      if (block.rows.length === 0) return printNone(page, indent);
      const shown = block.columns.flatMap((column, at) => (column.wide && !page.wide ? [] : [at]));
      const columns = block.columns.filter((_, at) => shown.includes(at));
      const rows = block.rows.map((row) => shown.map((at) => lineOf(row[at] ?? '')));
      const room = page.room === undefined ? undefined : page.room - indent.length;
      return printColumns(columns, rows, room, page.paint, page.write).map((line) =>
        line === '' ? '' : indent + line,
      );
    }
    case 'rules':
      if (block.rules.length === 0) return printNone(page, indent);
      return printRules(block.rules, page, indent);
    default:
      return block satisfies never;
  }
}

/** Nothing where something could be is said, not left to be noticed. */
function printNone(page: Page, indent: string): readonly string[] {
  return [indent + page.paint([{ text: 'none', tone: 'quiet' }])];
}

function label(text: string, tone: Tone): Line {
  return text === ''
    ? []
    : [
        { text, tone },
        { text: ': ', tone },
      ];
}

/** One line per text when piped, so that grep finds the whole of it. */
function printProse(text: Text, page: Page, first: string, next: string): readonly string[] {
  const line = trimLine(lineOf(text));
  if (line.length === 0) return [];
  if (page.room === undefined) return [first + page.paint(line)];
  const room = Math.min(page.room, widestProse) - next.length;
  return wrapProse(plain(line), room).map(
    (range, at) => (at === 0 ? first : next) + page.paint(sliceLine(line, range)),
  );
}

interface PlacedRule {
  readonly place: string;
  readonly text: string;
}

/** Rules one below the other, their places a column of its own. */
function printRules(rules: readonly PlacedRule[], page: Page, indent: string): readonly string[] {
  const placeWidth = rules.reduce((most, { place }) => Math.max(most, widthOf(place)), 0);
  const margin = placeWidth === 0 ? 0 : placeWidth + 2;
  return rules.flatMap(({ place, text }) => {
    // What is set in stays so where it is broken.
    const inset = /^ */.exec(text)?.[0] ?? '';
    const lead = indent + ' '.repeat(margin) + inset;
    const [first = [], ...rest] = ruleLines(
      text.slice(inset.length),
      page.room === undefined ? undefined : Math.max(narrowestRule, page.room - lead.length),
    );
    const head = page.paint(trimLine([{ text: place, tone: 'quiet' }])) + ' '.repeat(margin - widthOf(place.trimEnd()));
    return [indent + head + inset + page.paint(first), ...rest.map((line) => lead + page.paint(line))];
  });
}

function ruleLines(text: string, room: number | undefined): readonly Line[] {
  const line = lineOf(text);
  return room === undefined ? [line] : wrapRule(text, room).map((range) => sliceLine(line, range));
}

const mostEvidence = 4;
const mostObjects = 12;

const tones: { readonly [severity in Severity]: Tone } = { critical: 'bad', warning: 'doubt', info: 'quiet' };

function findingGroups(findings: readonly Finding[], page: Page): readonly Group[] {
  if (findings.length === 0) return [];
  const heading: Group = { tight: false, lines: [page.paint([{ text: 'Findings', tone: 'strong' }])] };
  return [heading, ...findings.map((finding, at) => ({ tight: at === 0, lines: printFinding(finding, page) }))];
}

function printFinding(finding: Finding, page: Page): readonly string[] {
  const { code, severity, message, evidence, remedy, suppressed } = finding;
  const where = finding.node === '' || finding.node === finding.subject.name ? '' : `on ${finding.node}`;
  const about = [subjectText(finding.subject), where].filter((part) => part !== '');
  const title: Line = [
    { text: `${code} ${severity}`, tone: suppressed === undefined ? tones[severity] : 'quiet' },
    ...lineOf(about.length === 0 ? '' : `  ${about.join(' ')}`),
    ...(suppressed === undefined ? [] : [{ text: '  (suppressed)', tone: 'quiet' } as const]),
  ];
  // A thousand rules prove no more than the first few.
  const shown = page.wide ? evidence : shownEvidence(evidence);
  const hiddenCount = evidence.length - shown.length;
  const more: Line = [
    { text: `${hiddenCount} more ${hiddenCount === 1 ? 'piece' : 'pieces'} of evidence: -o wide`, tone: 'quiet' },
  ];
  const next: Line = [{ text: 'remedy: ', tone: 'quiet' }, ...lineOf(remedy)];
  return [
    ...printProse(title, page, '  ', '    '),
    ...(suppressed === undefined ? [] : printProse(suppression(suppressed), page, '    ', '      ')),
    ...printProse(message, page, '    ', '    '),
    ...shown.flatMap((one) => printEvidence(one, page)),
    ...(shown.length < evidence.length ? printProse(more, page, '      ', '      ') : []),
    ...(remedy === '' ? [] : printProse(next, page, '    ', '      ')),
  ];
}

/** The first few of each sort: what the objects say is a line each. */
function shownEvidence(evidence: readonly Evidence[]): readonly Evidence[] {
  const [objects, others] = [evidence.filter(isObject), evidence.filter((each) => !isObject(each))];
  const kept = new Set([
    ...objects.slice(0, mostObjects),
    ...others.slice(0, objects.length > mostEvidence ? 0 : mostEvidence),
  ]);
  return evidence.filter((each) => kept.has(each));
}

function isObject({ kind }: Evidence): boolean {
  return kind === 'object';
}

function suppression({ reason, expires, by }: Suppressed): Line {
  const until = expires === undefined ? '' : ` until ${expires}`;
  return [{ text: `suppressed${until} by ${by}: ${reason}`, tone: 'quiet' }];
}

function printEvidence(evidence: Evidence, page: Page): readonly string[] {
  switch (evidence.kind) {
    case 'rule': {
      const place = `${evidence.family === 'IPv4' ? '' : `${evidence.family} `}${evidence.table}:${evidence.line}`;
      return printRules([{ place, text: evidence.text }], page, '      ');
    }
    case 'diff': {
      const where = `${evidence.family === 'IPv4' ? '' : `${evidence.family} `}${evidence.table}/${evidence.chain}`;
      const at = evidence.line === 0 ? '' : `, line ${evidence.line}`;
      return [
        ...printProse([{ text: `${where}${at}`, tone: 'quiet' }], page, '      ', '        '),
        ...evidence.lines.flatMap((line) =>
          printRules([{ place: line.slice(0, 1), text: line.slice(2) }], page, '        '),
        ),
      ];
    }
    case 'object':
      return printProse(
        [{ text: evidence.object, tone: 'quiet' }, ...lineOf(`  ${evidence.says}`)],
        page,
        '      ',
        '        ',
      );
    case 'text':
      return printRules([{ place: `line ${evidence.line}`, text: evidence.text }], page, '      ');
    default:
      return evidence satisfies never;
  }
}

// `capture`: what the nodes and the API said, saved for later and for others.
import type { Capture, Section } from '../capture/capture.ts';
import { saveCaptures } from '../capture/save.ts';
import { objectsJson, slimObjects } from '../cluster/slim.ts';
import { SourceError } from '../errors.ts';
import { visible } from '../renderers/visible.ts';
import type { Report, Text } from '../report/report.ts';
import type { Io } from './io.ts';
import { type NodeOutcome, openLive } from './live.ts';
import type { LiveOptions } from './live-options.ts';
import type { OutputOptions } from './options.ts';
import { printReport } from './print.ts';
import { version } from './version.ts';

export interface CaptureOptions extends LiveOptions, OutputOptions {
  readonly out?: string;
  readonly redact?: boolean;
  readonly cluster?: string;
}

/** Exit code 3 where a node or a part of its rules could not be read: the rest is saved. */
export async function runCapture(io: Io, options: CaptureOptions): Promise<number> {
  const live = await openLive(io, options, { wanted: { services: 'all', pods: 'all', nodes: 'all' }, beside: true });
  try {
    const outcomes = await live.eachNode((capture) => capture);
    const moved = await live.moved();
    const objects = [{ file: 'objects.json', text: objectsJson(slimObjects(live.read.objects)) }];
    const read = outcomes.flatMap((each) => ('answer' in each ? [{ ...each.answer, objects }] : []));
    if (read.length === 0) throw new SourceError('NO_NODE_READ', 'no node could be read: there is nothing to save', {});
    const captures = options.redact === true ? await redacted(read) : read;
    const [path = ''] = await saveCaptures(captures, options.out ?? outFor(captures));
    const notes = [
      ...live.notes,
      ...(moved.length === 0 ? [] : ['the cluster changed while the nodes were read: look at the findings with care']),
    ];
    for (const note of notes) io.stderr(`note: ${visible(note)}\n`);
    await printReport(io, options, report(path, outcomes, captures, notes));
    const whole = outcomes.every((each) => 'answer' in each && each.answer.sections.every(isWhole));
    return whole && live.read.forbidden.length === 0 ? 0 : 3;
  } finally {
    await live.close();
  }
}

async function redacted(captures: readonly Capture[]): Promise<readonly Capture[]> {
  const { redactCaptures } = await import('../proxiers/redact.ts');
  return (await redactCaptures(captures)).captures;
}

/** `proxyrules-node-a-20261121T144500Z.tgz` */
function outFor([first, ...more]: readonly Capture[]): string {
  const taken = (first?.taken ?? '').replace(/[-:]|\.\d+/g, '');
  const of = more.length === 0 ? (first?.node ?? 'node') : `${more.length + 1}-nodes`;
  return `proxyrules-${of}-${taken}.tgz`;
}

function isWhole({ name, reading }: Section): boolean {
  return !name.includes('-save') || reading === undefined || reading.completeness.state === 'whole';
}

function report(
  path: string,
  outcomes: readonly NodeOutcome<Capture>[],
  captures: readonly Capture[],
  notes: readonly string[],
): Report {
  const nodes = captures.map(({ node = '', source, where = '', sections, gaps = [] }) => ({
    node,
    source,
    where,
    sections: sections.map(({ name, command, text, reading }) => ({
      name,
      command,
      bytes: text.length,
      completeness: reading?.completeness.state ?? 'whole',
    })),
    gaps,
  }));
  const unreadable = outcomes.flatMap((each) =>
    'unreadable' in each ? [{ node: each.node, reason: each.unreadable }] : [],
  );
  const rows = nodes.flatMap(({ node, sections, gaps }) => [
    ...sections.map(({ name, bytes, completeness, command }): Text[] => [
      node,
      name,
      [{ text: completeness, tone: completeness === 'whole' ? 'good' : 'bad' }],
      String(bytes),
      command,
    ]),
    ...gaps.map(({ section, reason }): Text[] => [node, section, [{ text: 'not read', tone: 'quiet' }], '', reason]),
  ]);
  return {
    kind: 'Capture',
    meta: { tool: version, notes },
    data: { path, nodes, unreadable },
    findings: [],
    blocks: [
      { kind: 'paragraph', text: `Saved: ${path}` },
      {
        kind: 'table',
        columns: [
          { title: 'NODE' },
          { title: 'SECTION' },
          { title: 'STATE' },
          { title: 'BYTES', align: 'right' },
          { title: 'COMMAND, OR WHY NOT' },
        ],
        rows: [...rows, ...unreadable.map(({ node, reason }) => [node, '', [badly('unreadable')], '', reason])],
      },
      { kind: 'paragraph', text: `Read it again with kubectl proxyrules explain TARGET --capture ${path}` },
    ],
  };
}

const badly = (text: string) => ({ text, tone: 'bad' }) as const;

// What the document of several nodes says of itself: what holds for one node only goes with that node.
import type { Meta, Report } from '../report/report.ts';

/** Notes that all share stand once, the others behind their node's name. */
export function mergedMeta(reports: readonly Report[]): Meta {
  const { node: _, mode: __, release: ___, source: ____, ...meta } = reports[0]?.meta ?? { tool: '', notes: [] };
  const own = reports.flatMap((report) =>
    ownNotes(report, reports).map((note) => `${String(report.meta.node ?? '')}: ${note}`),
  );
  return { ...meta, tool: meta.tool, notes: [...sharedNotes(reports), ...own] };
}

/** The notes that not every report has. */
export function ownNotes(report: Report, reports: readonly Report[]): readonly string[] {
  const shared = new Set(sharedNotes(reports));
  return report.meta.notes.filter((note) => !shared.has(note));
}

function sharedNotes([first, ...others]: readonly Report[]): readonly string[] {
  const all = [...new Set(first?.meta.notes ?? [])];
  return all.filter((note) => others.every(({ meta }) => meta.notes.includes(note)));
}

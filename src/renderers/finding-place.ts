// Where a finding stands: a line of a node's saved text. Code scanning and annotations show nothing that has no file.
import type { Finding } from '../report/finding.ts';
import type { TextPlace } from '../report/report.ts';
import { visible } from './visible.ts';

export interface FindingPlace {
  /** Relative, with slashes, never above its start. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The line itself; `undefined` where the finding cites none. */
  readonly text: string | undefined;
}

/**
 * The line that the evidence cites first, in the file that `texts` names. Of a node without a file it is the file that
 * `capture --all-nodes --out nodes` would write: the path of an alert must be the same in every run.
 */
export function placeOf(finding: Pick<Finding, 'node' | 'evidence'>, texts: readonly TextPlace[]): FindingPlace {
  const cited = finding.evidence.find((each) => each.kind !== 'object');
  const family = cited !== undefined && cited.kind !== 'text' && cited.family === 'IPv6' ? 'IPv6' : 'IPv4';
  const saved = texts.find((text) => text.node === finding.node && text.family === family);
  const file = family === 'IPv6' ? 'ip6tables-save.txt' : 'iptables-save.txt';
  return {
    path: saved?.path ?? `nodes/${folderOf(finding.node)}/${file}`,
    line: Math.max(1, cited?.line ?? 1),
    text: cited?.kind === 'diff' ? cited.lines.join('\n') : cited?.text,
  };
}

/** Nodes are named as DNS subdomains are; any other name must not lead elsewhere. */
function folderOf(node: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(node)
    ? node
    : encodeURIComponent(visible(node)).replace(/^\.*$/, 'unnamed');
}

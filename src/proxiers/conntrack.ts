// The node's connection tracking: how full its table is, what it failed at since the node started, and the translated UDP
// connections it holds. Counts of sysctl(8), `conntrack -S` (or the kernel's /proc/net/stat/nf_conntrack), `conntrack -L`.
import { type Capture, type SectionName, sectionOf } from '../capture/capture.ts';
import { type Connection, parseConnections } from '../parse/conntrack.ts';
import { sysctlsOf } from './proxy-facts.ts';

export type { Connection } from '../parse/conntrack.ts';

export interface Conntrack {
  /** Entries now, and how many fit; `undefined` where it is not known. */
  readonly count: number | undefined;
  readonly max: number | undefined;
  /** New connections lost since the node started, since two took the same tuple, or since the table was full. */
  readonly insertFailed: number | undefined;
  readonly dropped: number | undefined;
  /** `undefined` where the table was not read. */
  readonly connections: readonly Connection[] | undefined;
}

export function conntrackOf(capture: Capture): Conntrack {
  const sysctls = sysctlsOf(capture);
  const number = (key: string) => {
    const text = sysctls.get(`net.netfilter.${key}`);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const stats = textOf(capture, 'conntrack-stats');
  const table = textOf(capture, 'conntrack');
  return {
    count: number('nf_conntrack_count'),
    max: number('nf_conntrack_max'),
    insertFailed: stats === undefined ? undefined : sumOf(stats, 'insert_failed'),
    dropped: stats === undefined ? undefined : sumOf(stats, 'drop'),
    connections: table === undefined ? undefined : parseConnections(table),
  };
}

function textOf(capture: Capture, name: SectionName): string | undefined {
  const section = sectionOf(capture, name);
  return section === undefined ? undefined : new TextDecoder().decode(section.text);
}

// cpu=0   	found=0 invalid=3 insert=0 insert_failed=12 drop=12 early_drop=0 ...
// entries  clashres found new invalid ... insert insert_failed drop early_drop icmp_error ...   (hexadecimal below)
function sumOf(text: string, key: string): number | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [head = '', ...rows] = lines;
  if (head.includes('=')) {
    const values = [...text.matchAll(new RegExp(`(?:^|\\s)${key}=(\\d+)`, 'gm'))].map(([, value]) => Number(value));
    return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0);
  }
  const at = head.trim().split(/\s+/).indexOf(key);
  if (at < 0 || rows.length === 0) return undefined;
  const values = rows.map((row) => Number.parseInt(row.trim().split(/\s+/)[at] ?? '', 16));
  return values.some(Number.isNaN) ? undefined : values.reduce((a, b) => a + b, 0);
}

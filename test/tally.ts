// A reporter for node's test runner: what was skipped and why, and the counts, as lines of JSON for run.ts.
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export type Tallied =
  | { readonly kind: 'skipped'; readonly test: string; readonly reason: string }
  | { readonly kind: 'count'; readonly text: string };

export async function* tally(events: AsyncIterable<TestEvent>): AsyncIterable<string> {
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.skip !== undefined && data.skip !== false) {
      const file = data.file === undefined ? '' : `${relative('', data.file)}: `;
      yield line({
        kind: 'skipped',
        test: file + data.name,
        reason: data.skip === true ? 'no reason given' : data.skip,
      });
    }
    if (type === 'test:diagnostic' && data.nesting === 0 && /^[a-z_]+ [\d.]+$/.test(data.message)) {
      yield line({ kind: 'count', text: data.message });
    }
  }
}

function line(tallied: Tallied): string {
  return `${JSON.stringify(tallied)}\n`;
}

// biome-ignore lint/style/noDefaultExport: the runner asks a reporter for one.
export { tally as default };

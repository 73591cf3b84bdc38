// `version`
import type { Io } from './io.ts';
import { printReport } from './print.ts';
import { version } from './version.ts';

export async function runVersion(io: Io, output: 'table' | 'json' | 'yaml'): Promise<number> {
  if (output === 'table') {
    io.stdout(`${version}\n`);
    return 0;
  }
  const data = { version, node: process.version, platform: `${process.platform}-${process.arch}` };
  await printReport(
    io,
    { output, color: 'never' },
    { kind: 'Version', meta: { tool: version, notes: [] }, data, findings: [], blocks: [] },
  );
  return 0;
}

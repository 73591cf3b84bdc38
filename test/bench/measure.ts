// Times whole processes. Everything is told as a ratio to a baseline of the same run: milliseconds of one machine, on
// one day, say nothing.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  /** A file for its standard input. */
  readonly input?: string;
  /** Its argv begins with node, and its peak memory is asked for. */
  readonly peak?: boolean;
}

export interface Timing {
  readonly name: string;
  /** Median of the rounds, in milliseconds. */
  readonly ms: number;
  /** What it printed in the last round. */
  readonly stdout: string;
  readonly status: number;
  /** In bytes, of the round that took most; `undefined` where it was not asked for. */
  readonly rss: number | undefined;
}

/** Runs the commands in turn, round after round, so that a busy minute hits them all. The first round only warms up. */
export function measure(commands: readonly Command[], rounds: number): readonly Timing[] {
  const all = commands.map((command) => ({
    command,
    times: [] as number[],
    stdout: '',
    status: 0,
    rss: [] as number[],
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const each of all) {
      const { ms, stdout, status, rss } = once(each.command);
      each.stdout = stdout;
      each.status = status;
      if (rss !== undefined) each.rss.push(rss);
      if (round > 0 || rounds === 0) each.times.push(ms);
    }
  }
  return all.map(({ command, times, stdout, status, rss }) => ({
    name: command.name,
    ms: median(times),
    stdout,
    status,
    rss: rss.length === 0 ? undefined : Math.max(...rss),
  }));
}

function once({ name, argv, input, peak }: Command): Omit<Timing, 'name'> {
  const [program = '', ...own] = argv;
  const rest = peak === true ? ['--require', peakProbe, ...own] : own;
  if (peak === true) mkdirSync('.bench', { recursive: true });
  const stdin = input === undefined ? undefined : openSync(input, 'r');
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, rest, {
    env: { ...environment(), ...(peak === true && { PROXYRULES_PEAK: peakFile }) },
    stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 30,
  });
  const ms = performance.now() - start;
  if (stdin !== undefined) closeSync(stdin);
  // 1 means findings.
  if (error !== undefined || status === null || status > 1) {
    throw new Error(`${name} ended with ${status ?? error?.message}\n${stderr}`);
  }
  const rss = peak === true ? Number(readFileSync(peakFile, 'utf8')) : undefined;
  return { ms, stdout: stdout.toString(), status, rss };
}

const peakProbe = join(import.meta.dirname, 'peak.cjs');
const peakFile = join('.bench', 'peak');

/** Certificates of the machine cost the older nodes 40 ms at every start. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, NODE_V8_COVERAGE: ___, ...rest } = process.env;
  return rest;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

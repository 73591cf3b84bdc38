// The sysctls in one form, whichever program read them: `net.ipv4.ip_forward = 1`.
import type { Output } from '../source.ts';
import { sysctlFiles } from './commands.ts';

/** `undefined` where the program's output does not say which value belongs to which key. */
export function sysctlText(program: string, { stdout, stderr }: Output): string | undefined {
  const lines = new TextDecoder()
    .decode(stdout)
    .split('\n')
    .filter((line) => line !== '');
  const pairs = program === 'grep' ? grepPairs(lines) : program === 'cat' ? catPairs(lines, stderr) : equalPairs(lines);
  if (pairs === undefined || pairs.length === 0) return undefined;
  return pairs.map(([key, value]) => `${key} = ${value}\n`).join('');
}

type Pair = readonly [key: string, value: string];

// net.ipv4.ip_forward = 1
function equalPairs(lines: readonly string[]): readonly Pair[] {
  return lines.flatMap((line) => {
    const [, key, value] = /^([\w./-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, tidy(value)] as const];
  });
}

// /proc/sys/net/ipv4/ip_forward:1
function grepPairs(lines: readonly string[]): readonly Pair[] {
  return lines.flatMap((line) => {
    const [, path, value] = /^(\/proc\/sys\/[\w/.-]+):(.*)$/.exec(line) ?? [];
    return path === undefined || value === undefined ? [] : [[keyOf(path), tidy(value)] as const];
  });
}

/** cat gives values alone, one line a file, and names on standard error the files it could not read. */
function catPairs(lines: readonly string[], stderr: string): readonly Pair[] | undefined {
  const read = sysctlFiles.filter((file) => !stderr.includes(`${file}:`));
  if (read.length !== lines.length) return undefined;
  return read.map((file, index) => [keyOf(file), tidy(lines[index] ?? '')]);
}

function keyOf(path: string): string {
  return path.replace('/proc/sys/', '').replaceAll('/', '.');
}

function tidy(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

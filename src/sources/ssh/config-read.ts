// Which lines of the user's and the machine's configuration hold for one host: Host, Match and Include as
// ssh_config(5) has them. Judged in the tests by `ssh -G`.
import { globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { SourceError } from '../../errors.ts';
import { type ConfigLine, parseConfigLines } from './config-lines.ts';
import { matchesList, matchesPattern } from './known-hosts.ts';

export interface ConfigFile {
  readonly file: string;
  /** The folder that a relative Include starts from. */
  readonly includes: string;
}

export interface MatchFacts {
  /** As it was asked for. */
  readonly originalHost: string;
  readonly localUser: string;
  /** Whether this is the second reading, for `Match final`. */
  readonly final: boolean;
  /** As far as the lines before have it. */
  host(): string;
  user(): string;
}

export interface Reading {
  readonly facts: MatchFacts;
  /** Called with each line that holds, in order. */
  take(line: ConfigLine, file: string): void;
  /** Whether a `Match final` was met: the files are then read twice. */
  sawFinal: boolean;
}

/** A file that is not there holds nothing. Throws SourceError SSH_CONFIG. */
export function readConfig({ file, includes }: ConfigFile, reading: Reading): void {
  readFile(file, includes, reading, true, 0);
}

function readFile(file: string, base: string, reading: Reading, outer: boolean, depth: number): void {
  if (depth > 16) throw new SourceError('SSH_CONFIG', `${file} is included too deeply; does it include itself?`);
  let active = outer;
  for (const line of parseConfigLines(textOf(file))) {
    const at = `${file}:${line.line}`;
    if (!('keyword' in line))
      throw new SourceError('SSH_CONFIG', `${at} is not a line of an SSH configuration: ${line.text}`);
    if (line.keyword === 'host') active = outer && matchesHost(line.words, reading.facts.originalHost);
    // Read where it cannot hold, too: `final` must be noticed.
    else if (line.keyword === 'match') active = matches(line.words, reading, at) && outer;
    else if (line.keyword !== 'include') {
      if (active) reading.take(line, file);
    } else if (active)
      for (const word of line.words) {
        const pattern = word.replace(/^~(?=\/)/, homedir());
        const files = globSync(isAbsolute(pattern) ? pattern : join(base, pattern));
        for (const found of files.toSorted()) readFile(found, base, reading, active, depth + 1);
      }
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new SourceError('SSH_CONFIG', `${file} cannot be read.`, { cause: error });
  }
}

function matchesHost(patterns: readonly string[], host: string): boolean {
  if (patterns.some((p) => p.startsWith('!') && matchesPattern(host, p.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(host, pattern));
}

/** A condition that is not understood decides nothing: it is an error where all the others hold. */
function matches(words: readonly string[], reading: Reading, at: string): boolean {
  const { facts } = reading;
  const rest = words.flatMap((word) => /^(!?[a-z]+)=(.*)$/i.exec(word)?.slice(1) ?? [word]);
  let unread: string | undefined;
  let holds = true;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const negated = word.startsWith('!');
    const name = word.slice(negated ? 1 : 0).toLowerCase();
    const list = ['all', 'canonical', 'final'].includes(name) ? '' : (rest.shift() ?? '');
    if (name === 'final') reading.sawFinal = true;
    const one = condition(name, list, facts);
    if (one === undefined) unread ??= name;
    else if (one === negated) holds = false;
  }
  if (holds && unread !== undefined)
    throw new SourceError(
      'SSH_CONFIG',
      `${at} has \`Match ${unread}\`, which the built-in SSH client does not understand.`,
      {
        hint: 'Use --ssh-client system.',
      },
    );
  return holds;
}

function condition(name: string, list: string, facts: MatchFacts): boolean | undefined {
  switch (name) {
    case 'all':
      return true;
    // Canonical names are refused elsewhere; what is left of it is the second reading.
    case 'canonical':
    case 'final':
      return facts.final;
    case 'host':
      return matchesList(facts.host().toLowerCase(), list.toLowerCase());
    case 'originalhost':
      return matchesList(facts.originalHost.toLowerCase(), list.toLowerCase());
    case 'user':
      return matchesList(facts.user(), list);
    case 'localuser':
      return matchesList(facts.localUser, list);
    default:
      return undefined;
  }
}

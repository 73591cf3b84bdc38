// One `-A` line of iptables-save: words, quotes, `!`, `-m`, `-j`. The words of an extension go to its own reader.

import type { Word } from '../netfilter/extensions/extension.ts';
import { readMatch, readTarget } from '../netfilter/extensions/index.ts';
import type { HeaderMatch, Match, Target, UnknownClause } from '../netfilter/ruleset.ts';

export interface RuleLine {
  readonly chain: string;
  readonly matches: readonly Match[];
  readonly target: Target;
}

/**
 * Reads `-A CHAIN ...` without its counters. A clause that no reader knows is kept as `unknown`. `undefined` where the
 * line does not begin with `-A CHAIN` or a quote is left open.
 */
export function readRuleLine(text: string, isChain: (name: string) => boolean): RuleLine | undefined {
  const chain = /^-A ([^ \t]+)/.exec(text)?.[1];
  if (chain === undefined) return undefined;
  const words = splitWords(text, '-A '.length + chain.length);
  if (words === undefined) return undefined;
  const matches: Match[] = [];
  let target: Target | undefined;
  for (let at = 0; at < words.length; ) {
    // iptables-save writes the target last. What stands behind it is of another line that lost its newline.
    if (target !== undefined) return { chain, matches: [verbatim('', text, words)], target: { kind: 'none' } };
    const start = at;
    const negated = isOption(words[at], '!');
    if (negated) at++;
    const option = words[at]?.text ?? '';
    const end = clauseEnd(words, at + 1);
    const rest = words.slice(at + 1, end);
    at = end;
    const name = rest[0]?.quoted ? undefined : rest[0]?.text;
    if (!negated && option === '-m' && name !== undefined) {
      const match = readMatch(name, rest.slice(1));
      matches.push(match.kind === 'unknown' ? verbatim(name, text, rest.slice(1)) : match);
    } else if (!negated && (option === '-j' || option === '-g') && name !== undefined) {
      target = option === '-g' ? readGoto(text, rest) : readJump(rest, isChain);
      if (target.kind === 'unknown' && option === '-j') target = verbatim(name, text, rest.slice(1));
    } else {
      matches.push(readHeader(option, negated, rest) ?? verbatim('', text, words.slice(start, end)));
    }
  }
  return { chain, matches, target: target ?? { kind: 'none' } };
}

/** A word and where it stands in the line. */
interface PlacedWord extends Word {
  readonly start: number;
  readonly end: number;
}

/** What is not understood is kept as it stood, to the last space. */
function verbatim(name: string, text: string, words: readonly PlacedWord[]): UnknownClause {
  const first = words[0];
  const last = words.at(-1);
  return { kind: 'unknown', name, words: first && last ? text.slice(first.start, last.end) : '' };
}

/** The options that begin a clause; everything up to the next one, or to the `!` before it, belongs to the clause. */
const openers = new Set(['-m', '-j', '-g', '-s', '-d', '-i', '-o', '-p', '-f']);

function clauseEnd(words: readonly Word[], from: number): number {
  for (let at = from; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || word.quoted) continue;
    if (openers.has(word.text)) return at;
    const next = words[at + 1];
    if (word.text === '!' && next !== undefined && !next.quoted && openers.has(next.text)) return at;
  }
  return words.length;
}

function readHeader(option: string, before: boolean, rest: readonly Word[]): HeaderMatch | undefined {
  if (option === '-f') return rest.length === 0 ? { kind: 'fragment', negated: before } : undefined;
  // Very old releases print `-s ! 10.0.0.0/8`.
  const after = isOption(rest[0], '!');
  const word = rest[after ? 1 : 0];
  if (word === undefined || word.quoted || rest.length !== (after ? 2 : 1)) return undefined;
  const value = word.text;
  const negated = before || after;
  switch (option) {
    case '-s':
      return { kind: 'source', negated, prefix: value };
    case '-d':
      return { kind: 'destination', negated, prefix: value };
    case '-i':
      return { kind: 'in-interface', negated, name: value };
    case '-o':
      return { kind: 'out-interface', negated, name: value };
    case '-p':
      return { kind: 'protocol', negated, protocol: value };
    default:
      return undefined;
  }
}

function readJump(rest: readonly Word[], isChain: (name: string) => boolean): Target {
  const name = rest[0]?.text ?? '';
  if (rest.length === 1) {
    if (name === 'ACCEPT' || name === 'DROP' || name === 'QUEUE') return { kind: 'verdict', verdict: name };
    if (name === 'RETURN') return { kind: 'return' };
    if (isChain(name)) return { kind: 'jump', chain: name };
  }
  return readTarget(name, rest.slice(1));
}

function readGoto(text: string, rest: readonly PlacedWord[]): Target {
  const [chain, ...more] = rest;
  if (chain !== undefined && more.length === 0) return { kind: 'goto', chain: chain.text };
  return verbatim('-g', text, rest);
}

function isOption(word: Word | undefined, text: string): boolean {
  return word !== undefined && !word.quoted && word.text === text;
}

/**
 * Words are parted by spaces and tabs. A quoted word may hold them; a backslash takes the next character as it is:
 *
 *     --comment "dnat name: \"lab\""
 *               ^ quoted           ^ end
 */
export function splitWords(text: string, from = 0): PlacedWord[] | undefined {
  const words: PlacedWord[] = [];
  for (let at = from; at < text.length; ) {
    if (text[at] === ' ' || text[at] === '\t') {
      at++;
    } else if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return undefined;
      const inner = text.slice(at + 1, end);
      const word = inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner;
      words.push({ text: word, quoted: true, start: at, end: end + 1 });
      at = end + 1;
    } else {
      const space = text.indexOf(' ', at);
      const upToSpace = text.slice(at, space < 0 ? text.length : space);
      const word = upToSpace.includes('\t') ? upToSpace.slice(0, upToSpace.indexOf('\t')) : upToSpace;
      const end = at + word.length;
      words.push({ text: word, quoted: false, start: at, end });
      at = end;
    }
  }
  return words;
}

function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}

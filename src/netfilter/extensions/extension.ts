// How one netfilter extension is described: its options as iptables-extensions(8) lists them, and what it means for a
// packet. Reading and printing follow from the option table, so an extension cannot print what it could not read.
import type { Packet } from '../packet.ts';
import {
  type Clause,
  type Option,
  type Options,
  type OptionTable,
  type PrintOption,
  readOptions,
  type Word,
} from './clause.ts';

export type { Clause, Option, Options, OptionTable, Word } from './clause.ts';

/** Three-valued truth: `undefined` where the packet or the extension leaves it open. */
export type Tri = boolean | undefined;

export interface MatchExtension<Name extends string = string, T extends OptionTable = OptionTable> {
  /** The name after `-m`. */
  readonly name: Name;
  readonly options: T;
  readonly printOption?: PrintOption;
  /** Whether the packet fits. Every part of a packet may be unknown; then so is the answer, unless another part decides. */
  readonly matches: (options: Options<T>, packet: Packet) => Tri;
}

/**
 * What a target does to the walk through the chain: `ends` it with a verdict or a rewrite that is one, or lets the
 * packet go on to the next rule (`continues`).
 */
export type TargetFlow = 'ends' | 'continues';

export interface TargetExtension<Name extends string = string, T extends OptionTable = OptionTable> {
  /** The name after `-j`. */
  readonly name: Name;
  readonly options: T;
  readonly flow: TargetFlow;
  readonly printOption?: PrintOption;
}

/** Reads the words after the extension's name; see `readOptions`. */
export interface Reader<Name extends string, T extends OptionTable> {
  readonly read: (words: readonly Word[]) => Clause<Name, T> | undefined;
}

export function defineMatch<const Name extends string, const T extends OptionTable>(
  extension: MatchExtension<Name, T>,
): MatchExtension<Name, T> & Reader<Name, T> {
  return { ...extension, read: (words) => readClause(extension, words) };
}

export function defineTarget<const Name extends string, const T extends OptionTable>(
  extension: TargetExtension<Name, T>,
): TargetExtension<Name, T> & Reader<Name, T> {
  return { ...extension, read: (words) => readClause(extension, words) };
}

function readClause<Name extends string, T extends OptionTable>(
  extension: { readonly name: Name; readonly options: T },
  words: readonly Word[],
): Clause<Name, T> | undefined {
  const options = readOptions(extension.options, words);
  return options && { kind: extension.name, options };
}

/** Three-valued `and`: false beats unknown. */
export function all(...parts: readonly Tri[]): Tri {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

/** Three-valued `or`: true beats unknown. */
export function any(...parts: readonly Tri[]): Tri {
  if (parts.includes(true)) return true;
  return parts.includes(undefined) ? undefined : false;
}

/** The answer in every case that is still possible: unknown where they differ. */
export function agree(...cases: readonly Tri[]): Tri {
  return cases.every((answer) => answer === cases[0]) ? cases[0] : undefined;
}

/** Applies an option's `!`. */
export function negate(negated: boolean, truth: Tri): Tri {
  return truth === undefined ? undefined : truth !== negated;
}

/** The truth of one option, `true` where the rule does not use it. */
export function when(option: Option | undefined, test: (value: string, second: string) => Tri): Tri {
  if (option === undefined) return true;
  return negate(option.negated, test(option.values[0] ?? '', option.values[1] ?? ''));
}

// The chains of a walk, read once, and the stack of chains that have jumped to each other. Equal stacks are one and the
// same, so that a place in a chain can be compared.
import type { Rule, Ruleset, Table } from './ruleset.ts';

export interface Frame {
  readonly id: number;
  readonly chain: WalkedChain;
  /** The built-in chain that all this began in: a goto from it comes back to its policy. */
  readonly base: { readonly name: string; readonly policy: string | undefined };
  /** Where the walk goes on behind the chain. A built-in chain has no caller. */
  readonly caller: { readonly frame: Frame; readonly at: number } | undefined;
  readonly depth: number;
  readonly table: Table;
}

export interface WalkedChain {
  readonly name: string;
  readonly rules: readonly Rule[];
}

export class Frames {
  readonly #rulesets: readonly Ruleset[];
  readonly #chains = new Map<Table, Map<string, WalkedChain | undefined>>();
  readonly #frames = new Map<string, Frame>();

  constructor(rulesets: readonly Ruleset[]) {
    this.#rulesets = rulesets;
  }

  hasTable(name: string): boolean {
    return this.#rulesets.some(({ tables }) => tables.some((table) => table.name === name));
  }

  /** The chain of a hook; `undefined` where the ruleset has none. */
  base(ruleset: number, tableName: string, hook: string): Frame | undefined {
    const table = this.#rulesets[ruleset]?.tables.find(({ name }) => name === tableName);
    const chain = table && this.#chain(table, hook);
    if (table === undefined || chain === undefined) return undefined;
    const base = { name: hook, policy: table.chain(hook)?.policy };
    return this.#intern(`${ruleset} ${tableName} ${hook}`, { chain, base, table, caller: undefined, depth: 0 });
  }

  /** The chain that a rule of `from` leads to, or why it cannot be entered. `at` is where the walk would go on. */
  enter(from: Frame, at: number, name: string, how: 'jump' | 'goto'): Frame | string {
    const { table } = from;
    const chain = this.#chain(table, name);
    if (chain === undefined) return `the chain ${name} is not in the text`;
    const depth = from.depth + 1;
    if (depth > table.chainCount) return `the chains of table ${table.name} lead round in a loop`;
    const caller = how === 'jump' ? { frame: from, at } : from.caller;
    const key = `${table.name} ${name} ${caller?.frame.id ?? `${from.id}`} ${caller?.at ?? ''} ${depth}`;
    return this.#intern(key, { chain, base: from.base, table, caller, depth });
  }

  #intern(key: string, frame: Omit<Frame, 'id'>): Frame {
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const made = { id: this.#frames.size, ...frame };
    this.#frames.set(key, made);
    return made;
  }

  #chain(table: Table, name: string): WalkedChain | undefined {
    const chains = this.#chains.get(table) ?? new Map<string, WalkedChain | undefined>();
    this.#chains.set(table, chains);
    if (chains.has(name)) return chains.get(name);
    const chain = table.chain(name);
    const walked = chain && { name, rules: chain.rules().map(readOnce) };
    chains.set(name, walked);
    return walked;
  }
}

/** A rule whose clauses are read when they are first asked for, and then kept. */
function readOnce(rule: Rule): Rule {
  let matches: Rule['matches'] | undefined;
  let target: Rule['target'] | undefined;
  return {
    ref: rule.ref,
    text: rule.text,
    counters: rule.counters,
    get matches() {
      matches ??= rule.matches;
      return matches;
    },
    get target() {
      target ??= rule.target;
      return target;
    },
  };
}

// One table of a ruleset as places in the text. Chains and rules are made when asked for, so that a table of a million
// rules costs a few bytes each.
import type { Family } from '../address.ts';
import type { Chain, Counters, Match, Rule, RuleRef, Table, Target } from '../netfilter/ruleset.ts';
import { doubled, NameTable } from './name-table.ts';
import { readRuleLine } from './rule-line.ts';

const newline = 10;
const carriageReturn = 13;
const space = 32;

export class TableText implements Table {
  readonly name: string;
  readonly line: number;
  committed = false;

  readonly #bytes: Buffer;
  readonly #family: Family;
  readonly #names: NameTable;
  /** By a chain's number: where its declaration stands plus one (0: nowhere), and its line or that of its first rule. */
  #chainStart = new Uint32Array(16);
  #chainLine = new Uint32Array(16);
  /** Made on demand. */
  readonly #chains: (ChainText | undefined)[] = [];
  #ruleCount = 0;
  #ruleStart = new Uint32Array(16);
  #ruleLine = new Uint32Array(16);
  #ruleChain = new Uint32Array(16);
  /** Rule numbers grouped by chain, and where each chain's group begins. Filled by `seal`. */
  #byChain = new Uint32Array(0);
  #groupStart = new Uint32Array(1);
  /** The chain of the rule before, and where its name stood: rules come grouped. */
  #lastChain = -1;
  #lastName = 0;
  #lastLength = 0;

  constructor(bytes: Buffer, family: Family, name: string, line: number) {
    this.#bytes = bytes;
    this.#family = family;
    this.#names = new NameTable(bytes);
    this.name = name;
    this.line = line;
  }

  get chainCount(): number {
    return this.#names.count;
  }

  get ruleCount(): number {
    return this.#ruleCount;
  }

  chain(name: string): Chain | undefined {
    const id = this.#names.find(name);
    return id === undefined ? undefined : this.#chainAt(id);
  }

  *chains(): Iterable<Chain> {
    for (let id = 0; id < this.#names.count; id++) yield this.#chainAt(id);
  }

  *chainNames(prefixes?: readonly string[]): Iterable<string> {
    for (let id = 0; id < this.#names.count; id++) {
      if (prefixes === undefined || this.#names.begins(id, prefixes)) yield this.#names.name(id);
    }
  }

  numberOf(chain: string): number | undefined {
    return this.#names.find(chain);
  }

  nameOf(number: number): string {
    return this.#names.name(number);
  }

  reads(number: number, lines: string): boolean {
    const first = this.#groupStart[number] ?? 0;
    const end = this.#groupStart[number + 1] ?? first;
    const start = (slot: number) => this.#ruleStart[this.#byChain[slot] ?? 0] ?? 0;
    if (first === end) return lines === '';
    // Usually all its rules stand together, and nothing else is among them.
    const from = start(first);
    const to = from + lines.length;
    if (start(end - 1) < to && this.#bytes.toString('utf8', from, to) === lines) return true;
    let at = 0;
    for (let slot = first; slot < end && at >= 0; slot++) at = this.#endOfSame(start(slot), lines, at);
    return at === lines.length;
  }

  *rules(): Iterable<Rule> {
    const positions = new Uint32Array(this.#names.count);
    for (let rule = 0; rule < this.#ruleCount; rule++) {
      const chain = this.#ruleChain[rule] ?? 0;
      const position = (positions[chain] ?? 0) + 1;
      positions[chain] = position;
      yield this.#ruleAt(rule, this.#chainAt(chain).name, position);
    }
  }

  /** Adds the chain whose line starts at `start`, its name from there plus one to `nameEnd`. False where it is known already. */
  addChain(start: number, nameEnd: number, line: number): boolean {
    const before = this.#names.count;
    const id = this.#names.add(start + 1, nameEnd);
    if (id < before) return false;
    this.#newChain(id, start + 1, line);
    return true;
  }

  /** Adds the rule whose line starts at `start` and whose chain's name stands from `name` to `nameEnd`. False at the first rule of an undeclared chain. */
  addRule(start: number, line: number, name: number, nameEnd: number): boolean {
    let declared = true;
    if (!this.#isLastChain(name, nameEnd)) {
      const before = this.#names.count;
      const id = this.#names.add(name, nameEnd);
      declared = id < before;
      if (!declared) this.#newChain(id, 0, line);
      this.#lastChain = id;
      this.#lastName = name;
      this.#lastLength = nameEnd - name;
    }
    const rule = this.#ruleCount++;
    if (rule === this.#ruleStart.length) {
      this.#ruleStart = doubled(this.#ruleStart);
      this.#ruleLine = doubled(this.#ruleLine);
      this.#ruleChain = doubled(this.#ruleChain);
    }
    this.#ruleStart[rule] = start;
    this.#ruleLine[rule] = line;
    this.#ruleChain[rule] = this.#lastChain;
    return declared;
  }

  /** Groups the rules by chain: a counting sort, so that order within a chain stays. */
  seal(): void {
    const starts = new Uint32Array(this.#names.count + 1);
    for (let rule = 0; rule < this.#ruleCount; rule++) {
      const slot = (this.#ruleChain[rule] ?? 0) + 1;
      starts[slot] = (starts[slot] ?? 0) + 1;
    }
    for (let chain = 1; chain < starts.length; chain++) {
      starts[chain] = (starts[chain] ?? 0) + (starts[chain - 1] ?? 0);
    }
    this.#groupStart = starts;
    this.#byChain = new Uint32Array(this.#ruleCount);
    const next = starts.slice();
    for (let rule = 0; rule < this.#ruleCount; rule++) {
      const chain = this.#ruleChain[rule] ?? 0;
      const slot = next[chain] ?? 0;
      this.#byChain[slot] = rule;
      next[chain] = slot + 1;
    }
  }

  rulesOf(chain: number, name: string): readonly Rule[] {
    const first = this.#groupStart[chain] ?? 0;
    const end = this.#groupStart[chain + 1] ?? first;
    return Array.from({ length: end - first }, (_, index) =>
      this.#ruleAt(this.#byChain[first + index] ?? 0, name, index + 1),
    );
  }

  ruleCountOf(chain: number): number {
    return (this.#groupStart[chain + 1] ?? 0) - (this.#groupStart[chain] ?? 0);
  }

  lineAt(start: number): string {
    const found = this.#bytes.indexOf(newline, start);
    let end = found < 0 ? this.#bytes.length : found;
    while (this.#bytes[end - 1] === carriageReturn) end--;
    return this.#bytes.toString('utf8', start, end);
  }

  /** Where the line of `lines` that begins at `at` ends, if the one in the text at `start` is the same; or -1. */
  #endOfSame(start: number, lines: string, at: number): number {
    const bytes = this.#bytes;
    let place = bytes[start] === 91 /* [ */ ? bytes.indexOf(space, start) + 1 : start;
    for (let next = at; next < lines.length; next++, place++) {
      const code = lines.charCodeAt(next);
      const byte = bytes[place];
      if (code === newline) {
        return byte === undefined || byte === newline || byte === carriageReturn ? next + 1 : -1;
      }
      // Beyond ASCII a character is not a byte.
      if (byte !== code || code > 127) return -1;
    }
    return -1;
  }

  #ruleAt(rule: number, chain: string, index: number): Rule {
    const ref = { family: this.#family, table: this.name, chain, index, line: this.#ruleLine[rule] ?? 0 };
    return new RuleText(this, ref, this.#ruleStart[rule] ?? 0);
  }

  #chainAt(id: number): ChainText {
    const known = this.#chains[id];
    if (known !== undefined) return known;
    const start = (this.#chainStart[id] ?? 0) - 1;
    const chain = new ChainText(this, id, this.#names.name(id), start, this.#chainLine[id] ?? 0);
    this.#chains[id] = chain;
    return chain;
  }

  #newChain(id: number, start: number, line: number): void {
    if (id === this.#chainStart.length) {
      this.#chainStart = doubled(this.#chainStart);
      this.#chainLine = doubled(this.#chainLine);
    }
    this.#chainStart[id] = start;
    this.#chainLine[id] = line;
  }

  #isLastChain(name: number, nameEnd: number): boolean {
    if (this.#lastChain < 0 || nameEnd - name !== this.#lastLength) return false;
    const bytes = this.#bytes;
    // From the end: names of one kind differ there.
    for (let at = this.#lastLength - 1; at >= 0; at--) {
      if (bytes[name + at] !== bytes[this.#lastName + at]) return false;
    }
    return true;
  }
}

class ChainText implements Chain {
  readonly name: string;
  readonly line: number;
  readonly #table: TableText;
  readonly #id: number;
  /** Where `:NAME policy [p:b]` stands, or -1. */
  readonly #start: number;

  constructor(table: TableText, id: number, name: string, start: number, line: number) {
    this.#table = table;
    this.#id = id;
    this.name = name;
    this.#start = start;
    this.line = line;
  }

  get table(): string {
    return this.#table.name;
  }

  get declared(): boolean {
    return this.#start >= 0;
  }

  get policy(): string | undefined {
    const policy = this.#declaration()[1];
    return policy === '-' ? undefined : policy;
  }

  get counters(): Counters | undefined {
    return readCounters(this.#declaration()[2]);
  }

  get ruleCount(): number {
    return this.#table.ruleCountOf(this.#id);
  }

  rules(): readonly Rule[] {
    return this.#table.rulesOf(this.#id, this.name);
  }

  #declaration(): readonly string[] {
    return this.#start < 0 ? [] : this.#table.lineAt(this.#start).split(' ');
  }
}

class RuleText implements Rule {
  readonly ref: RuleRef;
  readonly #table: TableText;
  readonly #start: number;
  #clauses: { readonly matches: readonly Match[]; readonly target: Target } | undefined;

  constructor(table: TableText, ref: RuleRef, start: number) {
    this.#table = table;
    this.ref = ref;
    this.#start = start;
  }

  get text(): string {
    const line = this.#table.lineAt(this.#start);
    return line.startsWith('[') ? line.slice(line.indexOf('] ') + 2) : line;
  }

  get counters(): Counters | undefined {
    const line = this.#table.lineAt(this.#start);
    return line.startsWith('[') ? readCounters(line.slice(0, line.indexOf(']') + 1)) : undefined;
  }

  get matches(): readonly Match[] {
    return this.#read().matches;
  }

  get target(): Target {
    return this.#read().target;
  }

  #read(): { readonly matches: readonly Match[]; readonly target: Target } {
    this.#clauses ??= readRuleLine(this.text, (name) => this.#table.numberOf(name) !== undefined) ?? {
      matches: [{ kind: 'unknown', name: '', words: this.text.slice('-A '.length + this.ref.chain.length).trim() }],
      target: { kind: 'none' },
    };
    return this.#clauses;
  }
}

function readCounters(text: string | undefined): Counters | undefined {
  const counters = /^\[(\d+):(\d+)\]$/.exec(text ?? '');
  return counters === null ? undefined : { packets: BigInt(counters[1] ?? 0), bytes: BigInt(counters[2] ?? 0) };
}

// The chains of one table that are expected, by number where they are installed: a large node has hundreds of thousands.
import type { Table } from '../../../netfilter/ruleset.ts';

export class KnownChains {
  readonly #table: Table | undefined;
  readonly #numbers: Uint8Array;
  /** Those that are not installed. */
  readonly #absent = new Set<string>();

  constructor(table: Table | undefined) {
    this.#table = table;
    this.#numbers = new Uint8Array(table?.chainCount ?? 0);
  }

  add(chain: string): void {
    const number = this.#table?.numberOf(chain);
    if (number === undefined) this.#absent.add(chain);
    else this.addNumber(number);
  }

  has(chain: string): boolean {
    const number = this.#table?.numberOf(chain);
    return number === undefined ? this.#absent.has(chain) : this.hasNumber(number);
  }

  addNumber(number: number): void {
    this.#numbers[number] = 1;
  }

  hasNumber(number: number): boolean {
    return this.#numbers[number] === 1;
  }
}

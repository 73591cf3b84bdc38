// What the tool says when it cannot go on, and the exit code each kind of failure has (contract: exit codes).
// Only main prints these; only main sets the exit code.

export interface Explanation {
  /** The next command to type, or what to change. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failure of the world, not of this program. `code` is stable and greppable. */
export abstract class ProxyrulesError extends Error {
  static readonly brand: string = 'ProxyrulesError';
  abstract readonly exitCode: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, sentence: string, { hint, cause }: Explanation = {}) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }

  /** By brand: the files of the bundle have a copy of these classes each. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    for (let each = value; typeof each === 'object' && each !== null; each = Object.getPrototypeOf(each)) {
      const { constructor: kind } = each;
      if (
        Object.hasOwn(each, 'constructor') &&
        Object.hasOwn(kind, 'brand') &&
        'brand' in kind &&
        // biome-ignore lint/complexity/noThisInStatic: a subclass asks for itself
        kind.brand === this.brand
      )
        return true;
    }
    return false;
  }
}

/** Wrong usage: an unknown flag or value, a format the verb cannot make, a target nothing matches. */
export class UsageError extends ProxyrulesError {
  static override readonly brand: string = 'UsageError';
  readonly exitCode = 2;
}

/** A node's text could not be fetched. */
export class SourceError extends ProxyrulesError {
  static override readonly brand: string = 'SourceError';
  readonly exitCode = 3;
}

/** The API server cannot be reached, or forbids it. */
export class ClusterError extends ProxyrulesError {
  static override readonly brand: string = 'ClusterError';
  readonly exitCode = 4;
}

/** An input file is not what it claims to be. */
export class InputError extends ProxyrulesError {
  static override readonly brand: string = 'InputError';
  readonly exitCode = 5;
}

/** There is no kube-proxy on the nodes asked about. */
export class NotApplicableError extends ProxyrulesError {
  static override readonly brand: string = 'NotApplicableError';
  readonly exitCode = 6;
}

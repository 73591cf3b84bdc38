// Runs read commands on one node within one deadline, and tells an absent program from a program that failed.
import { ProxyrulesError } from '../../errors.ts';
import type { Exec, Output, RunOptions } from '../source.ts';

/** One way to read a text: argv, never a shell. */
export type Command = readonly string[];

export type Answer =
  | { readonly kind: 'output'; readonly command: Command; readonly output: Output }
  | { readonly kind: 'absent'; readonly command: Command; readonly reason: string };

export class Asker {
  readonly #exec: Exec;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: number | undefined;
  readonly #log: (line: string) => void;

  constructor(exec: Exec, { signal, timeoutMs }: RunOptions, log: (line: string) => void) {
    this.#exec = exec;
    this.#signal = signal;
    this.#deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    this.#log = log;
  }

  /** Throws where the connection to the node is lost, or the caller gave up; never because of the command. */
  async run(command: Command, atMostMs?: number): Promise<Answer> {
    this.#signal?.throwIfAborted();
    const timeoutMs = this.#remaining(atMostMs);
    const started = performance.now();
    const answer = await this.#run(command, timeoutMs);
    this.#log(`${command.join(' ')}: ${told(answer)}, ${Math.round(performance.now() - started)} ms`);
    return answer;
  }

  /** False once the node's time is used up: nothing more is worth asking. */
  get hasTime(): boolean {
    return this.#deadline === undefined || performance.now() < this.#deadline;
  }

  /** Something that is no command, within the same deadline. */
  bounded<T>(ask: (options: RunOptions) => Promise<T>, atMostMs: number): Promise<T> {
    return ask(this.#options(this.#remaining(atMostMs)));
  }

  #options(timeoutMs: number | undefined): RunOptions {
    return {
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
  }

  async #run(command: Command, timeoutMs: number | undefined): Promise<Answer> {
    try {
      const output = await this.#exec.run(command, this.#options(timeoutMs));
      if (output.status !== 127) return { kind: 'output', command, output };
      return { kind: 'absent', command, reason: `${command[0]} is not there` };
    } catch (error) {
      this.#signal?.throwIfAborted();
      // A transport may refuse what its own list of commands lacks: another way of asking may be on it.
      if (error instanceof ProxyrulesError || !(error instanceof Error)) throw error;
      return { kind: 'absent', command, reason: error.message };
    }
  }

  #remaining(atMostMs: number | undefined): number | undefined {
    if (this.#deadline === undefined) return atMostMs;
    return Math.max(1, Math.min(atMostMs ?? Number.POSITIVE_INFINITY, Math.ceil(this.#deadline - performance.now())));
  }
}

function told(answer: Answer): string {
  if (answer.kind === 'absent') return answer.reason;
  const { status, stdout, broken } = answer.output;
  return `status ${status ?? 'never came'}, ${stdout.length} bytes${broken === undefined ? '' : `, ${broken}`}`;
}

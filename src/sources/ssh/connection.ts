// What the two SSH clients have in common: where they go, and what an open connection can do.
import type { Output, RunOptions } from '../source.ts';

export interface Destination {
  /** An address, or an alias of the user's SSH configuration. */
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** Private key files, tried before the configuration's own. */
  readonly identities: readonly string[];
  /** `[user@]host[:port]`, several separated by commas; wins over the configuration's ProxyJump. */
  readonly jump: string | undefined;
  /** In place of the configuration's UserKnownHostsFile, for every hop. */
  readonly knownHosts: readonly string[];
  readonly connectTimeoutMs: number;
  /** How often a silent peer is asked for a sign of life; whole seconds. */
  readonly aliveEveryMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In place of `~/.ssh/config`. */
  readonly configFile: string | undefined;
  /** Asks the person at the terminal; absent where there is none. */
  readonly prompt: Prompt | undefined;
}

export type Prompt = (text: string) => Promise<string>;

export interface Connection {
  /** Who we are on the node: 0 is root. */
  readonly uid: number;
  /** One command line for the login shell there. */
  run(line: string, options: RunOptions): Promise<Output>;
  /** Never throws. */
  close(): Promise<void>;
}

/** A dead peer is noticed after this many silent probes. */
export const aliveMisses = 3;

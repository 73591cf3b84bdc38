// What a command may touch of the world. Handed in, so that whole commands run in tests without a process.

export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** All of standard input. */
  readonly stdin: () => Promise<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  /** Columns of the terminal; `undefined` when piped. */
  readonly width: number | undefined;
  /** Whether standard error is a terminal: progress is shown there, and nowhere else. */
  readonly isErrorTerminal?: boolean;
  /** Aborted at Ctrl-C and SIGTERM. */
  readonly interrupted?: AbortSignal;
  /** Milliseconds since 1970, UTC: the process's own clock without. */
  readonly now?: () => number;
  /** The folder the package is in: the demo lies there. */
  readonly root: string;
}

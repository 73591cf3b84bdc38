// How text leaves a node. A source opens a node and gives an `Exec`; what is run through it is the same for all.
import type { SourceName } from '../capture/capture.ts';

/** Runs one command on the node: argv, never a shell, never anything that changes the node. */
export interface Exec {
  run(argv: readonly string[], options?: RunOptions): Promise<Output>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface Output {
  /** `undefined` where the command's end was never told. 127 is a command that is not there. */
  readonly status: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Why the output may lack its end, in words; `undefined` where the transport saw it end as it should. */
  readonly broken: string | undefined;
}

export interface NodeTarget {
  readonly name: string;
  /** As the Node object lists them; empty where it is not known. */
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  /** `v1.36.1`, from the Node's kubelet. */
  readonly kubeletVersion: string | undefined;
}

export interface OpenNode {
  readonly exec: Exec;
  /** Where the commands run, in words: `pod kube-system/kube-proxy-x7k2 on node-a`. */
  readonly where: string;
  /** Removes whatever opening has made. Called on success, error and interruption; never throws. */
  close(): Promise<void>;
}

export interface Source {
  readonly name: SourceName;
  /** Throws SourceError with the reason and the next command to type. */
  open(node: NodeTarget, options: RunOptions): Promise<OpenNode>;
}

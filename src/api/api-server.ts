// The API server as this tool uses it: raw JSON in and out, lists by pages, exec over a websocket. One connection for
// everything one command asks.

export interface ApiServer {
  /** `https://10.0.0.1:6443`, for sentences. */
  readonly url: string;
  /** The namespace of the kubeconfig's context, `default` without one. */
  readonly namespace: string;
  /** Throws ApiError where the server answers with a Status, ClusterError where there is no answer. */
  get(path: string, query?: Query, options?: RequestOptions): Promise<unknown>;
  /** All pages; an expired continue token starts the list again, once. `items` as the server wrote them. */
  list(path: string, query?: Query, options?: RequestOptions): Promise<ObjectList>;
  create(path: string, object: object, options?: RequestOptions): Promise<unknown>;
  delete(path: string, query?: Query, options?: RequestOptions): Promise<void>;
  /** Runs a command in a container. `stdin` keeps standard input open until `close`. */
  exec(target: ExecTarget, options?: RequestOptions): Promise<ExecOutput>;
  close(): Promise<void>;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface ObjectList {
  readonly items: readonly unknown[];
  /** Of the first page: what the list is consistent with. */
  readonly resourceVersion: string | undefined;
}

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** argv; no shell. */
  readonly command: readonly string[];
}

export interface ExecOutput {
  /** From the status channel; `undefined` where it never arrived. */
  readonly status: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Why the output may lack its end, in words; `undefined` where the stream ended as it should. */
  readonly broken: string | undefined;
}

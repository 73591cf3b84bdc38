// The API server as this tool uses it: raw JSON in and out, lists by pages, exec over a websocket. One connection for
// everything one command asks.

export interface ApiServer {
  /** `https://10.0.0.1:6443`, for sentences. */
  readonly url: string;
  /** Of --namespace, else of the kubeconfig's context, else `default`. */
  readonly namespace: string;
  /** Throws ApiError where the server answers with a Status, ClusterError where there is no answer. */
  get(path: string, query?: Query, options?: RequestOptions): Promise<unknown>;
  /** All pages; an expired continue token starts the list again, once. `items` as the server wrote them. */
  list(path: string, query?: Query, options?: RequestOptions): Promise<ObjectList>;
  create(path: string, object: object, options?: RequestOptions): Promise<unknown>;
  delete(path: string, query?: Query, options?: RequestOptions): Promise<void>;
  /**
   * Runs a command in a container. Throws as `get` where the command does not begin; once it runs, what goes wrong is in
   * `broken`, with the output so far.
   */
  exec(target: ExecTarget, options?: ExecOptions): Promise<ExecOutput>;
  /** The line that asks the cluster whether a permission is there, with the flags of this run. */
  canI(permission: Permission): string;
  /** Ends everything under way. */
  close(): Promise<void>;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface ExecOptions extends RequestOptions {
  /** Longest wait for the first byte of output or the end; default 60 s. */
  readonly firstByteMs?: number | undefined;
  /** Longest silence after output began and before the exit status; default 20 s. */
  readonly silenceMs?: number | undefined;
}

export interface Permission {
  readonly verb: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  /** Empty for the core group. */
  readonly group: string;
  /** `undefined` is the whole cluster. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** As the API's own lists, so that it can be read as one: `ServiceList` of `v1`. */
export interface ObjectList {
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
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
  /** Gives the command a standard input that stays open and empty until it ends. Default none. */
  readonly stdin?: boolean;
}

export interface ExecOutput {
  /** From the status channel; `undefined` where it never arrived. 127: there is no such program; 126: it may not run. */
  readonly status: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Why the output may lack its end, in words; `undefined` where the stream ended as it should. */
  readonly broken: string | undefined;
}

// The answer to a question as plain data. `data` is the JSON contract; `blocks` is what a person reads, top to bottom;
// `graph` is the picture. Renderers print one part each and know no kind of report.
import type { Finding } from './finding.ts';

export interface Report {
  readonly kind: string;
  readonly meta: Meta;
  /** The fields of the JSON document beside `apiVersion`, `kind` and `meta`. Plain JSON values only. */
  readonly data: { readonly [field: string]: unknown };
  readonly findings: readonly Finding[];
  readonly blocks: readonly Block[];
  readonly graph?: Graph;
  /** What was checked, for formats that count cases: a suite per node, a case per service port and one for the node. */
  readonly suites?: readonly Suite[];
  /** Where the texts of the nodes lie as files. Without an entry a finding is placed where `capture` would save its text. */
  readonly texts?: readonly TextPlace[];
  /** Present where the run ended without an answer; then nothing was found, and nothing was cleared. */
  readonly failure?: Failure;
}

export interface Suite {
  /** The node's name. */
  readonly name: string;
  readonly cases: readonly Case[];
  /** What the answers rest on, such as `mode`, `release` and `source`; those of `meta` without. */
  readonly facts?: { readonly [name: string]: string };
}

export interface Case {
  /** `namespace/service`. */
  readonly group: string;
  /** `port/protocol/family`, or `rules of the node`. */
  readonly name: string;
  /** `unsettled`: it moved while it was read, so nobody is blamed. */
  readonly outcome: 'passed' | 'failed' | 'unknown' | 'unsettled';
  readonly findings: readonly Finding[];
  /** For `unknown` and `unsettled`: why it could not be judged. */
  readonly reason?: string;
}

export interface TextPlace {
  readonly node: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Relative to where the run was started, without a scheme, with slashes. */
  readonly path: string;
}

export interface Failure {
  /** `API_UNREACHABLE`. */
  readonly code: string;
  readonly message: string;
  /** The next command to type, or what to change. */
  readonly hint?: string;
}

export interface Meta {
  /** Version of this tool. */
  readonly tool: string;
  /** What the answer was made from and what had to be assumed, one sentence each. */
  readonly notes: readonly string[];
  readonly [field: string]: unknown;
}

/** What a word means, for colour: renderers choose the colour, never an analysis. */
export type Tone = 'good' | 'bad' | 'doubt' | 'quiet' | 'strong' | 'plain';

/** Text in pieces, each with its tone. A plain string is one piece of tone `plain`. */
export type Text = string | readonly Piece[];
export interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

export type Block =
  /** The first line of the answer. */
  | { readonly kind: 'verdict'; readonly tone: Tone; readonly label: string; readonly sentence: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'table'; readonly columns: readonly Column[]; readonly rows: readonly (readonly Text[])[] }
  /** Rule lines, verbatim, each with its place. */
  | { readonly kind: 'rules'; readonly rules: readonly { readonly place: string; readonly text: string }[] }
  /** Where the findings stand; behind everything else in a report without this block. */
  | { readonly kind: 'findings' }
  /** Shown by `-o wide` only, or by all but `-o wide`. */
  | { readonly kind: 'wide' | 'narrow'; readonly blocks: readonly Block[] };

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Shown by `-o wide` only. */
  readonly wide?: boolean;
}

/** A directed graph, small enough to read. */
export interface Graph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  /** Unique in the graph; may hold any text. */
  readonly id: string;
  /** Lines of the label, the first is the name. */
  readonly label: readonly string[];
  readonly shape: 'hook' | 'chain' | 'frontend' | 'backend' | 'verdict';
  readonly tone: Tone;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly tone: Tone;
}

// Nodes without an answer: each is a row of its own in every answer about several nodes.

/** A node that could not be read. */
export interface UnreadableNode {
  readonly node: string;
  readonly reason: string;
  readonly hint: string | undefined;
  /** False where it was read and no kube-proxy is there. */
  readonly applicable: boolean;
}

/** A node that was read, and that has nothing of the name asked for: a chain that other nodes have. */
export interface AbsentNode {
  readonly node: string;
  readonly reason: string;
}

/** The answers of several nodes to one question, and the nodes that gave none. */
export interface NodeAnswers<Answer> {
  /** One a node, by its name. */
  readonly reports: readonly Answer[];
  readonly unreadable: readonly UnreadableNode[];
  readonly absent: readonly AbsentNode[];
}

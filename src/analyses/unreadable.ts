// A node that could not be read: a row of its own in every answer about several nodes.

export interface UnreadableNode {
  readonly node: string;
  readonly reason: string;
  readonly hint: string | undefined;
}

// The text as read from one node at one time, and where it came from.

/** What is asked of a node. Each proxy mode says which of these it needs. */
export type SectionName = 'iptables-save' | 'ip6tables-save' | 'kube-proxy-config';

/** How text leaves a node. */
export type SourceName = 'proxy-pod' | 'debug-pod' | 'ssh';

export interface Section {
  readonly name: SectionName;
  /** What produced the text: a command line, or the file it was read from. */
  readonly command: string;
  /** Exit status of the command; `undefined` where the text came from a file. */
  readonly status: number | undefined;
  readonly text: Uint8Array;
}

/** The API objects of that moment: JSON or YAML as kubectl prints it. */
export interface ObjectsText {
  /** Where it was read from, for errors. */
  readonly file: string;
  readonly text: string;
}

export interface Capture {
  /** The node's name, where the capture knows it. */
  readonly node: string | undefined;
  /** kube-proxy's release, `v1.36.1`, where the capture knows it. */
  readonly kubeProxyVersion: string | undefined;
  /** RFC 3339; `undefined` for loose files. */
  readonly taken: string | undefined;
  /** How the text left the node, in words: `files`, `demo`. */
  readonly source: string;
  readonly sections: readonly Section[];
  readonly objects: readonly ObjectsText[];
}

export function sectionOf(capture: Capture, name: SectionName): Section | undefined {
  return capture.sections.find((section) => section.name === name);
}

// The text as read from one node at one time, and where it came from.

/**
 * What is asked of a node. Each proxy mode says which of these it needs. `-other` is the backend (nft or legacy) that
 * kube-proxy does not use, where it holds tables too.
 */
export type SectionName =
  | 'iptables-save'
  | 'ip6tables-save'
  | 'iptables-save-other'
  | 'ip6tables-save-other'
  | 'kube-proxy-config'
  | BesideName;

/** What is read beside the rules, where it can be. Absent is normal: `Capture.gaps` says why. */
export type BesideName =
  /** JSON of ip(8); where there is no ip, the kernel's /proc/net files as they are. `command` tells which. */
  | 'ip-addr'
  | 'ip-route'
  | 'ip-route6'
  | 'ip-rule'
  | 'ip-rule6'
  /** Ports of bridges with their settings, JSON of ip(8). */
  | 'ip-link'
  /** `ipset save`, where a rule asks a set. */
  | 'ipset'
  /** `net.ipv4.ip_forward = 1`, one a line, whichever program read it. */
  | 'sysctl'
  | 'conntrack-stats'
  /** Tracked UDP connections that are translated, as `conntrack -L` prints them. */
  | 'conntrack'
  | 'iptables-version'
  | 'kube-proxy-version'
  | 'proxy-mode'
  | 'configz'
  | 'healthz'
  | 'metrics';

/** How text leaves a node. */
export type SourceName = 'proxy-pod' | 'debug-pod' | 'ssh';

export interface Section {
  readonly name: SectionName;
  /** What produced the text: a command line, or the file it was read from. */
  readonly command: string;
  /** Exit status of the command; `undefined` where the text came from a file. */
  readonly status: number | undefined;
  readonly text: Uint8Array;
  /** Absent where the text came from a file. */
  readonly reading?: Reading;
}

/** How the reading of a live node went. */
export interface Reading {
  readonly stderr: string;
  readonly bytes: number;
  /** How often the command was run until its text was whole, or we gave up. */
  readonly attempts: number;
  readonly completeness: Completeness;
  /** Who wrote the text, from its own first line. */
  readonly program: Program | undefined;
}

/** `failed` is a command that said so itself; `cut` is a text without its end, whatever the command said. */
export type Completeness =
  | { readonly state: 'whole' }
  | { readonly state: 'empty' }
  | { readonly state: 'cut'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string };

export interface Program {
  /** `iptables-save`: the name it was called by. */
  readonly name: string;
  readonly version: string;
  readonly backend: 'nf_tables' | 'legacy';
}

/** A section that could not be read, in words. */
export interface Gap {
  readonly section: SectionName;
  readonly reason: string;
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
  /** How the text left the node, in words: `files`, `demo`, `proxy-pod`. */
  readonly source: string;
  /** Where its commands ran: `pod kube-system/kube-proxy-x7k2 on node-a`. Absent for saved text. */
  readonly where?: string;
  readonly sections: readonly Section[];
  /** What was asked of the node and not got. Absent for saved text. */
  readonly gaps?: readonly Gap[];
  readonly objects: readonly ObjectsText[];
}

export function sectionOf(capture: Capture, name: SectionName): Section | undefined {
  return capture.sections.find((section) => section.name === name);
}

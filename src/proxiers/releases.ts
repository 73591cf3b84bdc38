// kube-proxy's releases as minors of 1: what is known of the one that wrote the rules, and how it came to be known.

/** Releases `1.first` to `1.last`; open ends are `undefined`. */
export interface ReleaseRange {
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** In words: `--kube-proxy-version`, `the rules count node port traffic to localhost`. */
  readonly from: string;
}

/** `v1.36.1`, `1.36`, `v1.34.2+k3s1` to 36 and so on; `undefined` where it is no release of 1. */
export function minorOf(version: string): number | undefined {
  const minor = /^v?1\.(\d{1,3})(?:[.+-]|$)/.exec(version.trim())?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** `1.31 or newer`, `1.25 to 1.30`, `1.36`. */
export function rangeText({ first, last }: Pick<ReleaseRange, 'first' | 'last'>): string {
  if (first !== undefined && first === last) return `1.${first}`;
  if (first === undefined && last === undefined) return 'unknown';
  if (last === undefined) return `1.${first} or newer`;
  return first === undefined ? `1.${last} or older` : `1.${first} to 1.${last}`;
}

/** Whether the release may be, and whether it must be, `1.minor` or newer. */
export function mayBeFrom({ last }: ReleaseRange, minor: number): boolean {
  return last === undefined || last >= minor;
}

export function mustBeFrom({ first }: ReleaseRange, minor: number): boolean {
  return first !== undefined && first >= minor;
}

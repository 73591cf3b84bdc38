// What holds for one host, once the command line and the configuration have spoken.
import type { Jump } from './jumps.ts';

export interface HostSettings {
  /** As it was asked for: the alias. */
  readonly alias: string;
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  /** As written; `undefined` where none is named, and the usual ones are tried. */
  readonly identityFiles: readonly string[] | undefined;
  readonly identitiesOnly: boolean;
  /** As written: a path, `none`, `SSH_AUTH_SOCK` or `$NAME`. */
  readonly identityAgent: string | undefined;
  readonly jumps: readonly Jump[];
  readonly userKnownHosts: readonly string[];
  readonly globalKnownHosts: readonly string[];
  readonly hostKeyAlias: string | undefined;
}

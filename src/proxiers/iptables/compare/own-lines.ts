// One service port's rules as lines of text, a chain of its own as one piece: so a large cluster's are laid beside the
// installed ones without a rule of either being read.
import type { Endpoint } from '../../endpoints.ts';
import type { ServicePort } from '../../service-ports.ts';
import type { ExpectedRule, TableName } from '../expect/expected.ts';
import { writePort } from '../expect/index.ts';
import type { Settings } from '../settings.ts';

export interface PortLines {
  readonly rules: number;
  /** The port's chains by their names, in the order they are written. */
  readonly own: ReadonlyMap<string, OwnLines>;
  /** Its rules in the chains that all ports share. */
  readonly shared: readonly ExpectedRule[];
}

export interface OwnLines {
  readonly table: TableName;
  /** Each with a newline behind it. */
  readonly lines: string;
  /** Whether the other size of cluster writes them with other comments. */
  readonly commentVaries: boolean;
}

/** `isShared` tells the chains of all ports. `large`: as a large cluster has them, see `ExpectedRule.commentVaries`. */
export function portLines(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  settings: Settings,
  large: boolean,
  isShared: (table: TableName, chain: string) => boolean,
): PortLines {
  const own = new Map<string, Draft>();
  const shared: ExpectedRule[] = [];
  let rules = 0;
  let last: Draft | undefined;
  writePort(port, endpoints, settings, large, (table, chain, rest, commentVaries = false) => {
    rules++;
    if (last?.chain !== chain) {
      if (isShared(table, chain)) {
        shared.push({ table, chain, text: `-A ${chain}${rest}`, port, commentVaries });
        return;
      }
      last = own.get(chain) ?? { table, chain, lines: '', commentVaries: false };
      own.set(chain, last);
    }
    last.lines += `-A ${chain}${rest}\n`;
    last.commentVaries ||= commentVaries;
  });
  return { rules, own, shared };
}

interface Draft {
  readonly table: TableName;
  readonly chain: string;
  lines: string;
  commentVaries: boolean;
}

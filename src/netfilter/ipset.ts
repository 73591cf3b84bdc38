// Membership in an ipset, after ipset(8): a set's type names the parts of an element, and a match names for each part
// which end of the packet it is held against.
import { contains } from '../address.ts';
import { all, any, type Tri } from './extensions/extension.ts';
import { isProtocol } from './extensions/protocol.ts';
import type { Packet } from './packet.ts';

export interface SetMembers {
  /** `hash:ip,port`, as `ipset save` prints it. */
  readonly type: string;
  /** `10.0.0.1,tcp:80`: elements without their options. */
  readonly members: readonly string[];
  /** Elements with `nomatch`: what they hold is not in the set. */
  readonly exceptions?: readonly string[];
  /** Whether elements have options that decide (`netmask`, `timeout`...), or the list is not whole. */
  readonly uncertain?: boolean;
}

type Direction = 'src' | 'dst';

/** Whether the packet is in the set. `undefined` where the set's type or the packet leaves it open. */
export function isMember(set: SetMembers, packet: Packet, directions: readonly Direction[]): Tri {
  const parts = set.type.slice(set.type.indexOf(':') + 1).split(',');
  if (set.uncertain || !parts.every(isPart)) return undefined;
  // The kernel takes a match that names fewer directions than the set has parts to fit nothing, or refuses it.
  if (directions.length < parts.length) return undefined;
  const fits = (element: string): Tri => {
    const words = element.split(',');
    if (words.length !== parts.length) return undefined;
    return all(...parts.map((part, index) => fitsPart(part, words[index] ?? '', packet, directions[index] ?? 'src')));
  };
  const { exceptions = [] } = set;
  if (exceptions.some((element) => fits(element) !== false)) {
    // The longest net that holds the address decides, whichever it is (hash_net_test).
    return set.type === 'hash:net' ? isLonger(longest(set.members, fits), longest(exceptions, fits)) : undefined;
  }
  return any(...set.members.map(fits));
}

/** The prefix length of the longest net that holds the address; -1 for none. */
function longest(nets: readonly string[], fits: (element: string) => Tri): number | undefined {
  const held = nets.map((net) => ({ net, fit: fits(net) }));
  if (held.some(({ fit }) => fit === undefined)) return undefined;
  // A net without a length is one address.
  return Math.max(-1, ...held.filter(({ fit }) => fit === true).map(({ net }) => Number(net.split('/')[1] ?? 128)));
}

function isLonger(members: number | undefined, exceptions: number | undefined): Tri {
  return members === undefined || exceptions === undefined ? undefined : members > exceptions;
}

const partNames = ['ip', 'net', 'port'] as const;
type Part = (typeof partNames)[number];

function isPart(name: string): name is Part {
  return partNames.some((part) => part === name);
}

function fitsPart(part: Part, word: string, packet: Packet, direction: Direction): Tri {
  if (part === 'port') return fitsPort(word, packet, direction);
  const address = direction === 'src' ? packet.source : packet.destination;
  return address === undefined ? undefined : contains(word, address);
}

/** `tcp:80`, or `80` in a set of ports alone, which is of any protocol that has ports. */
function fitsPort(word: string, packet: Packet, direction: Direction): Tri {
  const [, protocol, port] = /^(?:([a-z0-9-]+):)?(\d+)$/.exec(word) ?? [];
  const own = direction === 'src' ? packet.sourcePort : packet.destinationPort;
  if (port === undefined) return undefined;
  return all(
    protocol === undefined || isProtocol(packet, protocol),
    own === undefined ? undefined : own === Number(port),
  );
}

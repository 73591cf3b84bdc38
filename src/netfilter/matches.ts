// Whether a packet fits one match of a rule: the header's own (`-s -d -i -o -p -f`) here, the rest by its extension.
import { contains } from '../address.ts';
import { negate, type Tri } from './extensions/extension.ts';
import { matchesClause } from './extensions/index.ts';
import { isProtocol } from './extensions/protocol.ts';
import type { Interface, Packet } from './packet.ts';
import type { Match } from './ruleset.ts';

/** `undefined` where the packet leaves it open, or the match is not understood. */
export function matches(match: Match, packet: Packet): Tri {
  switch (match.kind) {
    case 'source':
      return negate(match.negated, inPrefix(match.prefix, packet.source));
    case 'destination':
      return negate(match.negated, inPrefix(match.prefix, packet.destination));
    case 'in-interface':
      return negate(match.negated, isInterface(match.name, packet.inInterface));
    case 'out-interface':
      return negate(match.negated, isInterface(match.name, packet.outInterface));
    case 'protocol':
      return negate(match.negated, isProtocol(packet, match.protocol));
    case 'fragment':
      return negate(match.negated, packet.fragment);
    case 'unknown':
      return undefined;
    default:
      return matchesClause(match, packet);
  }
}

function inPrefix(prefix: string, address: string | undefined): Tri {
  return address === undefined ? undefined : contains(prefix, address);
}

/** `veth+` is every name that begins with `veth`. */
export function isInterface(pattern: string, name: Interface | undefined): Tri {
  if (name === undefined) return undefined;
  if (name === null) return false;
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

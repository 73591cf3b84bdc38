// In words, what would tell whether a packet fits a match that the walk cannot decide.
import type { Packet } from './packet.ts';
import type { Match } from './ruleset.ts';

/** A noun phrase: `the members of ipset "blocked"`. */
export function missingFact(match: Match, packet: Packet): string {
  switch (match.kind) {
    case 'source':
      return 'the source of the packet';
    case 'destination':
      return 'the destination of the packet';
    case 'in-interface':
      return 'the interface the packet comes in by';
    case 'out-interface':
      return 'the interface the packet leaves by';
    case 'protocol':
      return 'the protocol of the packet';
    case 'fragment':
      return 'whether the packet is a fragment';
    case 'unknown':
      return match.name === '' ? `what "${match.words}" means` : `what the match "${match.name}" says of the packet`;
    case 'set':
      return `the members of ipset "${match.options['match-set']?.values[0] ?? ''}"`;
    case 'addrtype':
      return "which addresses are the node's own";
    case 'mark':
      return 'the mark of the packet';
    case 'connmark':
      return 'the mark of the connection';
    case 'recent':
      return `the recent list "${match.options.name?.values[0] ?? 'DEFAULT'}"`;
    case 'statistic':
      return 'how many packets the rule has counted';
    case 'limit':
    case 'hashlimit':
    case 'connlimit':
    case 'quota':
      return `how much traffic the match "${match.kind}" has seen`;
    case 'tcp':
    case 'udp':
    case 'sctp':
    case 'multiport':
      return packet.protocol === undefined ? 'the protocol of the packet' : 'the ports and header of the packet';
    case 'rpfilter':
      return 'the way back to the source of the packet';
    default:
      return `what the match "${match.kind}" says of the packet`;
  }
}

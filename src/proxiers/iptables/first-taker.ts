// Whether a new connection gets as far as kube-proxy's own rule for it: rules of other programs, and other rules of
// kube-proxy's, stand before it in the chains of nat.
import type { Ruleset } from '../../netfilter/ruleset.ts';
import { type End, traverse } from '../../netfilter/traverse.ts';
import type { Client, FirstTaker, Frontend } from '../dispatch.ts';
import { clientPacket, type LocalDetector, strangerOf } from './local-detector.ts';

/** `node` is an address of the node, for node ports; any will do where node ports are open on all. */
export function firstTaker(
  ruleset: Ruleset,
  detector: LocalDetector,
  frontend: Frontend,
  client: Client,
  node: string | undefined,
): FirstTaker {
  const nat = ruleset.tables.find(({ name }) => name === 'nat');
  const hook = nat?.chain(client === 'node' ? 'OUTPUT' : 'PREROUTING');
  if (nat === undefined || hook === undefined) return { kind: 'own' };
  const local = frontend.address === undefined;
  // A node port whose node is not known: any address that is nobody else's will do.
  const destination = frontend.address ?? node ?? strangerOf(ruleset.family);
  const packet = {
    ...clientPacket(client, ruleset.family, detector, frontend.sourceRanges, frontend.address),
    protocol: frontend.protocol.toLowerCase(),
    destinationPort: frontend.port,
    destinationType: local ? ('LOCAL' as const) : ('UNICAST' as const),
    destination,
  };
  for (const end of traverse(nat, hook, packet, (chain) => chain === frontend.chain)) {
    const taker = takerOf(end, frontend);
    if (taker !== undefined) return taker;
  }
  return { kind: 'own' };
}

/** `undefined` for an end that is as it should be: at the frontend's own chain, or past all rules for a refused one. */
function takerOf({ kind, rule }: End, frontend: Frontend): FirstTaker | undefined {
  if (kind === 'stopped') return undefined;
  if (kind === 'fell-through') return frontend.chain === undefined ? undefined : { kind: 'passed-by' };
  if (rule === undefined) return undefined;
  return kind === 'undecided' ? { kind: 'perhaps', rule } : { kind: 'other', rule };
}

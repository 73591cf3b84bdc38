// The packet that a question means, and in words who sends it to whom.
import type { Address, Family } from '../../address.ts';
import type { Pod } from '../../cluster/snapshot.ts';
import type { NodeFacts } from '../../netfilter/node-facts.ts';
import type { Packet } from '../../netfilter/packet.ts';
import { lookUp } from '../../netfilter/routes.ts';
import type { NodeView } from '../node-view.ts';
import { knownKernel } from './known-kernel.ts';
import type { TraceQuestion } from './question.ts';
import type { Receiver } from './receiver.ts';
import { resolveFrom, type Sender } from './resolve-from.ts';
import { resolveTo } from './resolve-to.ts';

export interface Journey {
  readonly packet: Packet;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly facts: NodeFacts;
  /** What was assumed or chosen, one sentence each. */
  readonly notes: readonly string[];
  /** The pod behind the source, where it runs on this node. */
  readonly pod: Pod | undefined;
}

/** Throws UsageError where there is no such sender or receiver, or no way between them that starts at this node. */
export function journeyOf(view: NodeView, question: TraceQuestion): Journey {
  const receiver = resolveTo(view, question);
  const { family } = receiver;
  const { facts, assumed } = knownKernel(view, family);
  const sender = resolveFrom(view, question.from, receiver, facts);
  const inInterface = interfaceOf(question, sender, facts, family);
  const notes = [...receiver.notes, ...sender.notes, ...inInterface.notes, ...assumed];
  const packet = packetOf(receiver, sender.address, inInterface.name);
  return { packet, sender, receiver, facts, notes, pod: sender.pod };
}

/** `null`: a process of the node itself sends it. */
function interfaceOf(
  { inInterface: given }: TraceQuestion,
  { kind, address, text }: Sender,
  facts: NodeFacts,
  family: Family,
): { readonly name: string | null | undefined; readonly notes: readonly string[] } {
  if (given !== undefined) return { name: given, notes: [] };
  if (kind === 'own' || address === undefined) return { name: null, notes: [] };
  const back = lookUp(facts, { family, destination: address, source: undefined, mark: 0, inInterface: null });
  const name = back.kind === 'route' ? back.route?.interface : undefined;
  if (name === undefined) {
    return { name: undefined, notes: [`which interface ${text} comes in by is not known: give --in-interface NAME`] };
  }
  return { name, notes: kind === 'pod' ? [] : [`${text} is taken to come in by ${name}, the way back to it`] };
}

function packetOf(
  { family, protocol, address, port }: Receiver,
  source: Address | undefined,
  inInterface: string | null | undefined,
): Packet {
  const icmp = protocol === 'icmp';
  return {
    family,
    protocol: icmp && family === 'IPv6' ? 'ipv6-icmp' : protocol,
    ...(source !== undefined && { source }),
    destination: address,
    ...(port !== undefined && { destinationPort: port }),
    ...(inInterface !== undefined && { inInterface }),
    ...(protocol === 'tcp' && { tcpFlags: ['SYN'] }),
    ...(icmp && { icmp: { type: family === 'IPv4' ? 8 : 128, code: 0 } }),
    mark: 0,
    fragment: false,
  };
}

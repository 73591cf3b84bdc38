// A packet and its connection after one end was given another address, as the matches will see them.
import type { Address } from '../address.ts';
import { any, type Tri } from './extensions/extension.ts';
import { type Packet, withFields } from './packet.ts';
import type { Endpoint } from './step.ts';
import { endOf } from './translate.ts';
import type { WalkState } from './walk-state.ts';

type End = 'source' | 'destination';

/** A translation to what it was already is none: `--ctstate DNAT` does not fit it (IPS_DST_NAT, nf_nat_setup_info). */
export function rewritten(state: WalkState, end: End, to: Endpoint): WalkState {
  const before = endOf(state, end);
  const { [end]: was, ...other } = state.packet.translated ?? {};
  const translatedEnd: Tri = any(
    was ?? false,
    differs(before.address, to.address),
    to.port !== before.port && differs(before.port, to.port),
  );
  const translated = { ...other, ...(translatedEnd !== undefined && { [end]: translatedEnd }) };
  const packet = withReply({ ...moved(state.packet, end, to), translated }, end, to);
  return { ...state, packet, asked: { ...state.asked, [end]: true } };
}

/** The packet alone, its connection left as it is. */
export function moved(packet: Packet, end: End, { address, port }: Endpoint): Packet {
  return end === 'source'
    ? withFields(packet, { source: address, sourcePort: port, sourceType: undefined })
    : withFields(packet, { destination: address, destinationPort: port, destinationType: undefined });
}

function differs<T extends Address | number>(before: T | undefined, after: T | undefined): Tri {
  return before === undefined || after === undefined ? undefined : before !== after;
}

/** Whom the reply comes from is who it was sent to, and the other way round. */
function withReply(packet: Packet, end: End, { address, port }: Endpoint): Packet {
  const part =
    end === 'source' ? { destination: address, destinationPort: port } : { source: address, sourcePort: port };
  const reply = Object.entries({ ...packet.reply, ...part }).filter(([, value]) => value !== undefined);
  return { ...packet, reply: Object.fromEntries(reply) };
}

// A pod that reaches itself through its own Service: where the bridge calls the rules (br_nf_pre_routing_finish,
// net/bridge/br_netfilter_hooks.c), the frame would leave by the bridge port that it came in by, which a bridge does for
// ports in hairpin mode alone (should_deliver, net/bridge/br_forward.c).
import type { BridgePort } from '../../netfilter/bridge-port.ts';
import { settingOf } from '../../netfilter/node-facts.ts';
import type { Ending, Outcome } from '../../netfilter/trace.ts';
import type { Journey } from './journey.ts';

/** The outcome as it stands, or open where nothing tells the mode of the pod's port, or dropped where it is off. */
export function withHairpin(
  outcome: Outcome,
  { sender, packet, facts }: Journey,
  ports: readonly BridgePort[] | undefined,
): Outcome {
  const { fate, destination, interface: name } = outcome;
  const isHairpin =
    sender.kind === 'pod' &&
    fate === 'accepted' &&
    destination === sender.address &&
    name !== undefined &&
    name === packet.inInterface;
  if (!isHairpin) return outcome;
  // A pod with a device of its own is no bridge's: what the node sends to it arrives.
  if (ports?.every(({ bridge }) => bridge !== name)) return outcome;
  // Without the bridge's call of the rules the packet is routed, and comes to its port from the node.
  const setting = `net.bridge.bridge-nf-call-ip${packet.family === 'IPv6' ? '6' : ''}tables`;
  const called = settingOf(facts, setting);
  if (called === 0) return outcome;
  const modes = new Set((ports ?? []).filter(({ bridge }) => bridge === name).map(({ hairpin }) => hairpin));
  if (modes.size === 1 && modes.has(true)) return outcome;
  const reason = `hairpin mode is off on the ports of ${name}`;
  const dropped: Ending = {
    ...outcome,
    fate: 'dropped',
    delivered: undefined,
    interface: undefined,
    rule: undefined,
    reason,
  };
  const isOff = modes.size === 1;
  if (isOff && called !== undefined) return { ...dropped, probability: outcome.probability, open: undefined };
  const missing = [
    ...(called === undefined ? [setting] : []),
    ...(isOff ? [] : [`whether ${name} is a bridge, and the pod's port of it in hairpin mode`]),
  ];
  return {
    ...dropped,
    fate: 'undetermined',
    reason: missing.join(' and '),
    probability: outcome.probability,
    open: { facts: [...(outcome.open?.facts ?? []), ...missing], endings: [outcome, dropped] },
  };
}

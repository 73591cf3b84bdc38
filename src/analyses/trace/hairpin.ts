// A pod that reaches itself through its own Service: the frame would leave by the bridge port that it came in by, which a
// bridge does for ports in hairpin mode alone (should_deliver, net/bridge/br_forward.c).
import type { BridgePort } from '../../netfilter/bridge-port.ts';
import type { Ending, Outcome } from '../../netfilter/trace.ts';
import type { Journey } from './journey.ts';

/** The outcome as it stands, or open where nothing tells the mode of the pod's port, or dropped where it is off. */
export function withHairpin(
  outcome: Outcome,
  { sender, packet }: Journey,
  ports: readonly BridgePort[] | undefined,
): Outcome {
  const { fate, destination, interface: name, steps } = outcome;
  const isHairpin =
    sender.kind === 'pod' &&
    fate === 'accepted' &&
    destination === sender.address &&
    name !== undefined &&
    name === packet.inInterface;
  if (!isHairpin) return outcome;
  // A pod with a device of its own is no bridge's: what the node sends to it arrives.
  if (ports?.every(({ bridge }) => bridge !== name)) return outcome;
  const modes = new Set((ports ?? []).filter(({ bridge }) => bridge === name).map(({ hairpin }) => hairpin));
  if (modes.size === 1 && modes.has(true)) return outcome;
  const reason = `hairpin mode is off on the ports of ${name}`;
  const dropped: Ending = {
    ...outcome,
    steps,
    fate: 'dropped',
    delivered: undefined,
    interface: undefined,
    rule: undefined,
    reason,
  };
  if (modes.size === 1) return { ...dropped, probability: outcome.probability, open: undefined };
  const fact = `whether ${name} is a bridge, and the pod's port of it in hairpin mode`;
  return {
    ...dropped,
    fate: 'undetermined',
    reason: fact,
    probability: outcome.probability,
    open: { facts: [...(outcome.open?.facts ?? []), fact], endings: [{ ...outcome, steps }, dropped] },
  };
}

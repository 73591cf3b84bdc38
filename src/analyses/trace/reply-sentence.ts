// Whether the answer comes back, in one sentence, and why not.
import { contains } from '../../address.ts';
import { settingOf } from '../../netfilter/node-facts.ts';
import type { NodeView } from '../node-view.ts';
import type { Walked } from './walked.ts';

export function replySentence({ kernel }: NodeView, { reply, journey }: Walked): readonly string[] {
  if (reply === undefined) return [];
  const { outcome, fate, reason, translated } = reply;
  const { packet, facts, sender } = journey;
  // On one link the receiver answers the sender without the node, unless the bridge hands frames to the rules.
  const sameLink =
    translated.destination &&
    !translated.source &&
    outcome.interface !== undefined &&
    outcome.interface === packet.inInterface &&
    isOnLink(journey, outcome.interface);
  if (sameLink) {
    const six = packet.family === 'IPv6' ? '6' : '';
    const setting = `net.bridge.bridge-nf-call-ip${six}tables`;
    const value = settingOf(facts, setting);
    const isBridge = kernel.bridgePorts?.some(({ bridge }) => bridge === outcome.interface);
    const bridge = isBridge === true ? outcome.interface : `${outcome.interface}, if it is a bridge,`;
    if (value === 0) {
      return [
        `The answer does not come back: ${setting} is 0, so ${bridge} takes it to the sender without its translation, from an address the sender did not ask.`,
      ];
    }
    if (value === undefined && isBridge !== false) {
      return [
        `The answer comes back if ${setting} is 1, or ${outcome.interface} is no bridge: \`sysctl ${setting}\` tells.`,
      ];
    }
  }
  // Behind another node, and for a client that can be reached without this one, nothing brings the answer back here.
  const goesOn = outcome.end.state.out?.gateway !== undefined || outcome.interface === packet.inInterface;
  if (fate === 'accepted' && translated.destination && !translated.source && sender.kind === 'outside' && goesOn) {
    return [
      `Whether the answer comes back is not known: the source is not rewritten, so who gets the packet may answer ${packet.source} directly, from an address it did not ask.`,
    ];
  }
  if (fate === 'accepted') {
    const undone = translated.source || translated.destination;
    return [
      undone
        ? 'The answer comes back the same way, and the translation is undone.'
        : 'The answer comes back the same way.',
    ];
  }
  if (fate === 'undetermined')
    return [`Whether the answer comes back is not decided here: ${reason ?? 'facts are missing'}.`];
  return [`The answer does not come back: it is ${fate}${reason === undefined ? '' : `, ${reason}`}.`];
}

/** Whether sender and receiver share a network of that interface. */
function isOnLink({ facts, packet }: Walked['journey'], name: string): boolean {
  const { source } = packet;
  return (facts.routes ?? []).some(
    ({ interface: own, gateway, prefix }) =>
      own === name &&
      gateway === undefined &&
      source !== undefined &&
      contains(prefix, source) === true &&
      !prefix.endsWith('/0'),
  );
}

// ipt_REJECT and ip6t_REJECT: drops the packet and tells the sender.
import { defineTarget, type Options } from './extension.ts';

const table = { 'reject-with': 'word' } as const;

export const reject = defineTarget({ name: 'REJECT', options: table, flow: 'ends' });

/** What the sender is told. iptables-save always prints it, in these spellings. */
export const rejectTypes = [
  'tcp-reset',
  'icmp-net-unreachable',
  'icmp-host-unreachable',
  'icmp-proto-unreachable',
  'icmp-port-unreachable',
  'icmp-net-prohibited',
  'icmp-host-prohibited',
  'icmp-admin-prohibited',
  'icmp6-no-route',
  'icmp6-adm-prohibited',
  'icmp6-addr-unreachable',
  'icmp6-port-unreachable',
  'icmp6-policy-fail',
  'icmp6-reject-route',
] as const;

export type RejectType = (typeof rejectTypes)[number];

/** `undefined` where the rule does not say, or says something else. */
export function rejectType(options: Options<typeof table>): RejectType | undefined {
  return rejectTypes.find((type) => type === options['reject-with']?.values[0]);
}

// The rules that are there without any Service: marking, masquerading, forwarding, and the way to node ports.
// pkg/proxy/iptables/proxier.go syncProxyRules, v1.36.
import { contains, type Family } from '../../../address.ts';
import { markMasqChain, nodePortsChain, postroutingChain, servicesChain } from '../chain-names.ts';
import { holds } from '../releases.ts';
import type { Settings } from '../settings.ts';
import type { TableName } from './expected.ts';
import { comment, countedBy, destination, markText } from './printed.ts';

/** What follows `-A CHAIN`. In KUBE-SERVICES of nat these are the last rules. */
export function staticRules(table: TableName, chain: string, settings: Settings): readonly string[] {
  return rules[`${table}/${chain}`]?.(settings) ?? [];
}

const loopback: Readonly<Record<Family, string>> = { IPv4: '127.0.0.0/8', IPv6: '::1/128' };

const rules: Readonly<Record<string, (settings: Settings) => readonly string[]>> = {
  [`nat/${markMasqChain}`]: (settings) => [` -j MARK --set-xmark ${ownMark(settings)}`],
  [`nat/${postroutingChain}`]: (settings) => [
    ` -m mark ! --mark ${ownMark(settings)} -j RETURN`,
    // Off again, so that a packet that passes twice is not masqueraded twice.
    ` -j MARK --set-xmark ${markText(settings.masqueradeBit)}/0x0`,
    `${comment('kubernetes service traffic requiring SNAT')} -j MASQUERADE${settings.randomFully ? ' --random-fully' : ''}`,
  ],
  [`nat/${servicesChain}`]: nodePortRules,
  'filter/KUBE-FIREWALL': (settings) =>
    ownsFirewallRule(settings)
      ? [
          ` ! -s ${loopback.IPv4} -d ${loopback.IPv4}${comment('block incoming localnet connections')} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
        ]
      : [],
  'filter/KUBE-FORWARD': (settings) => [
    ...invalidDrop(settings),
    `${comment('kubernetes forwarding rules')} -m mark --mark ${ownMark(settings)} -j ACCEPT`,
    `${comment('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  ],
};

/** Whoever opens localhost to the node's network keeps others out of it. */
export function ownsFirewallRule({ family, localhostNodePorts }: Settings): boolean {
  return family === 'IPv4' && localhostNodePorts;
}

function ownMark({ masqueradeBit }: Settings): string {
  const mark = markText(masqueradeBit);
  return `${mark}/${mark}`;
}

function invalidDrop({ minor, dropInvalid, counters }: Settings): readonly string[] {
  if (!dropInvalid && holds('liberal conntrack', minor)) return [];
  const counted = counters && holds('nfacct counters', minor) ? countedBy('ct_state_invalid_dropped_pkts') : '';
  return [` -m conntrack --ctstate INVALID${counted} -j DROP`];
}

/** One rule for all addresses, or one for each; none at all where no address of the node is meant. */
function nodePortRules({ family, minor, nodePortAddresses, localhostNodePorts }: Settings): readonly string[] {
  const words = comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain');
  // For IPv6 there is no way to route ::1, so localhost is never served from 1.26 on.
  const closed = holds('localhost node ports', minor) && (family === 'IPv6' || !localhostNodePorts);
  if (nodePortAddresses === 'any') {
    return [`${closed ? ` ! -d ${loopback[family]}` : ''}${words} -m addrtype --dst-type LOCAL -j ${nodePortsChain}`];
  }
  return nodePortAddresses
    .filter((address) => !closed || contains(loopback[family], address) !== true)
    .map((address) => `${destination(address)}${words} -j ${nodePortsChain}`);
}

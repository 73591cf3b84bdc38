// One rule of a chain that dispatches by address and port: what it matches, taken apart.
import { type Address, canonicalPrefix } from '../../address.ts';
import type { Protocol } from '../../cluster/snapshot.ts';
import { readNatRange } from '../../netfilter/extensions/nat-range.ts';
import { firstValue, matchOf, type Rule } from '../../netfilter/ruleset.ts';
import type { ServicePortName } from '../service-ports.ts';

export interface ServiceRule {
  readonly rule: Rule;
  /** `-d ADDRESS/32`; `undefined` where the rule takes other destinations, too. */
  readonly address: Address | undefined;
  /** `-d 127.0.0.0/8`: the twin of a node port rule that only counts. */
  readonly loopback: boolean;
  /** `-m addrtype --dst-type LOCAL`. */
  readonly localDestination: boolean;
  readonly protocol: Protocol;
  readonly port: number;
  readonly comment: string | undefined;
}

/** `undefined` for a rule that is not for one protocol and one port. */
export function readServiceRule(rule: Rule): ServiceRule | undefined {
  const protocol = protocolOf(rule);
  const port = protocol && destinationPort(rule);
  if (protocol === undefined || port === undefined) return undefined;
  const destination = matchOf(rule, 'destination');
  const address = destination && !destination.negated ? soleAddress(destination.prefix) : undefined;
  return {
    rule,
    address,
    loopback: destination?.prefix === '127.0.0.0/8' && !destination.negated,
    localDestination: firstValue(matchOf(rule, 'addrtype')?.options['dst-type']) === 'LOCAL',
    protocol,
    port,
    comment: commentOf(rule),
  };
}

export function commentOf(rule: Rule): string | undefined {
  return firstValue(matchOf(rule, 'comment')?.options.comment);
}

/** The one address and port that a DNAT rule sends to. `undefined` for any other rule, and for a range. */
export function dnatEndpoint({ target }: Rule): { readonly address: Address; readonly port: number } | undefined {
  if (target.kind !== 'DNAT') return undefined;
  const range = readNatRange(firstValue(target.options['to-destination']) ?? '');
  if (range?.from === undefined || range.portFrom === undefined) return undefined;
  if ((range.to ?? range.from) !== range.from || (range.portTo ?? range.portFrom) !== range.portFrom) return undefined;
  return { address: range.from, port: range.portFrom };
}

/** The one address of `10.96.0.1/32` or `fd00::1/128`. */
export function soleAddress(prefix: string): Address | undefined {
  const canonical = canonicalPrefix(prefix);
  if (canonical === undefined) return undefined;
  const slash = canonical.indexOf('/');
  const length = canonical.slice(slash + 1);
  return length === (canonical.includes(':') ? '128' : '32') ? canonical.slice(0, slash) : undefined;
}

function protocolOf(rule: Rule): Protocol | undefined {
  const match = matchOf(rule, 'protocol');
  if (match === undefined || match.negated) return undefined;
  const name = match.protocol.toUpperCase();
  return name === 'TCP' || name === 'UDP' || name === 'SCTP' ? name : undefined;
}

function destinationPort(rule: Rule): number | undefined {
  for (const match of rule.matches) {
    if (match.kind !== 'tcp' && match.kind !== 'udp' && match.kind !== 'sctp') continue;
    const { dport } = match.options;
    if (dport === undefined) continue;
    const port = dport.negated ? Number.NaN : Number(dport.values[0]);
    return Number.isInteger(port) ? port : undefined;
  }
  return undefined;
}

/** What kube-proxy writes behind `namespace/name:port`, per release. */
const commentTails =
  / (?:cluster IP|external IP|loadbalancer IP|has no endpoints|has no local endpoints|health check node port|external destinations|-> \S+|traffic not accepted by \S+|will be dropped by KUBE-PROXY-FIREWALL)$/;
const commentHeads =
  /^(?:masquerade traffic for|pod traffic for|masquerade LOCAL traffic for|route LOCAL traffic for|other traffic to|Balancing rule \d+ for) /;
/** RFC 1123 names; a service port's name is one, too. Older releases left a colon behind an unnamed port. */
const nameInComment = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)\/([a-z0-9]([-a-z0-9]*[a-z0-9])?)(?::([a-z0-9][-a-z0-9]*)?)?$/;

/**
 * The service port that a comment names, without its protocol: `edge/lb:https loadbalancer IP` is `edge/lb:https`.
 * A comment is a witness, no proof: check it against the chain's name.
 */
export function nameInServiceComment(comment: string): Omit<ServicePortName, 'protocol'> | undefined {
  let text = comment.replace(commentHeads, '');
  // `... for NS/NAME:PORT external destinations`, `... for NS/NAME:PORT LB IP` (to 1.23).
  text = text.replace(commentTails, '').replace(/ (?:LB IP|LB IP to service chain|external destinations)$/, '');
  const parts = nameInComment.exec(text);
  const [namespace, name] = [parts?.[1], parts?.[3]];
  return namespace === undefined || name === undefined ? undefined : { namespace, name, port: parts?.[5] ?? '' };
}

// Who gets the packet, and how one is made of a way to a Service or of a bare address.
import { type Address, type Family, familyOf, hostPort } from '../../address.ts';
import type { Protocol } from '../../cluster/snapshot.ts';
import { UsageError } from '../../errors.ts';
import type { NodeView } from '../node-view.ts';
import { typeName } from '../words.ts';
import type { TraceQuestion } from './question.ts';
import type { ServiceWay } from './service-ways.ts';

export interface Receiver {
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly address: Address;
  /** `undefined` for ICMP. */
  readonly port: number | undefined;
  /** `cluster IP 10.96.0.10:53/UDP of kube-system/kube-dns:dns`. */
  readonly text: string;
  readonly way: ServiceWay['type'] | 'address';
  readonly notes: readonly string[];
}

export function receiverOf(
  view: NodeView,
  way: ServiceWay,
  question: TraceQuestion,
  notes: readonly string[],
): Receiver {
  const { family, name, type, port } = way;
  const address = way.address ?? ownAddress(view, family);
  const service = `${name.namespace}/${name.name}${name.port === '' ? '' : `:${name.port}`}`;
  const text = `${typeName(type)} ${hostPort(address, port)}/${name.protocol} of ${service}`;
  return { family, protocol: question.protocol ?? lower(name.protocol), address, port, text, way: type, notes };
}

export function plain(
  address: Address,
  port: number | undefined,
  question: TraceQuestion,
  known: Protocol | undefined,
  textOf: (at: string) => string,
): Receiver {
  const family = familyOf(address) ?? 'IPv4';
  const protocol = question.protocol ?? (known === undefined ? 'tcp' : lower(known));
  if (protocol === 'icmp') {
    return {
      family,
      protocol,
      address,
      port: undefined,
      text: `${textOf(address)}, an ICMP echo`,
      way: 'address',
      notes: [],
    };
  }
  if (port === undefined) {
    throw new UsageError('NO_PORT', `a port of ${textOf(address)} is needed`, {
      hint: `Give --to ${hostPort(address, 80)}, or --proto icmp`,
    });
  }
  const text = textOf(`${hostPort(address, port)}/${upper(protocol)}`);
  return { family, protocol, address, port, text, way: 'address', notes: [] };
}

/** The node's address that clients know it by. Throws UsageError where nothing tells one. */
export function ownAddress(view: NodeView, family: Family): Address {
  const ofObject = (view.cluster?.node?.addresses ?? []).filter(({ address }) => familyOf(address) === family);
  const own = ofObject.find(({ type }) => type === 'InternalIP') ?? ofObject[0];
  const captured = view.kernel
    .facts(family)
    .addresses?.find(({ address, scope }) => scope === 'global' && familyOf(address) === family);
  const address = own?.address ?? captured?.address;
  if (address !== undefined) return address;
  throw new UsageError('NODE_ADDRESS', `no ${family} address of the node is known`, {
    hint: 'Give --to IP:PORT, or --node-name with the Node object in --objects',
  });
}

export function familyWanted({ family, from }: TraceQuestion): Family | undefined {
  return family ?? (from.kind === 'address' ? familyOf(from.address) : undefined);
}

/** Those of the family that is wanted, or of the first. */
export function inFamily(ways: readonly ServiceWay[], question: TraceQuestion, text: string): readonly ServiceWay[] {
  const family = familyWanted(question) ?? ways[0]?.family;
  const found = ways.filter((way) => way.family === family);
  if (found.length === 0 && family !== undefined) throw otherFamily(text, family);
  return found;
}

export function otherFamily(text: string, family: Family): UsageError {
  return new UsageError('OTHER_FAMILY', `${text} has no ${family} address`, {
    hint: `Leave --family out, or give --from an address of the other family`,
  });
}

export function portText({ name, servicePort }: ServiceWay): string {
  return name.port === '' ? `${servicePort}/${name.protocol}` : `${name.port} (${servicePort}/${name.protocol})`;
}

export function portNumber(text: string | undefined): number | undefined {
  const port = Number(text);
  return text !== undefined && /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535 ? port : undefined;
}

export function upper(protocol: string): Protocol {
  return protocol.toUpperCase() as Protocol;
}

export function lower(protocol: Protocol): 'tcp' | 'udp' | 'sctp' {
  return protocol === 'TCP' ? 'tcp' : protocol === 'UDP' ? 'udp' : 'sctp';
}

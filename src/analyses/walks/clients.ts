// Clients whose packets are walked: a pod of this node, and a stranger. Their addresses are those that rules and routes
// meet in earnest, as far as objects and the capture tell them.
import { type Address, addressFrom, addressNumber, contains, type Family, familyOf } from '../../address.ts';
import type { NodeView } from '../node-view.ts';

/** An address of a pod on this node, none of `avoid`. `undefined` where nothing tells what pods' addresses are. */
export function podAddress(view: NodeView, family: Family, avoid: readonly Address[] = []): Address | undefined {
  const pods = (view.cluster?.snapshot.pods ?? []).filter(
    ({ node, hostNetwork, phase }) => node === view.name && !hostNetwork && phase === 'Running',
  );
  for (const { addresses } of pods) {
    const own = addresses.find((address) => familyOf(address) === family && !avoid.includes(address));
    if (own !== undefined) return own;
  }
  const range = podRange(view, family);
  return range && within(range, avoid);
}

/** Nobody's address: RFC 5737, RFC 3849, RFC 9637. In one of the ranges, where there are any of the family. */
export function strangerAddress(view: NodeView, family: Family, ranges: readonly string[] = []): Address | undefined {
  const own = ranges.filter((range) => familyOf(range.split('/')[0] ?? '') === family);
  const [range] = own;
  if (range !== undefined) return within(range, []);
  const taken = [
    ...(view.cluster?.snapshot.nodes ?? []).flatMap(({ podCIDRs }) => podCIDRs),
    ...(view.walk.addresses ?? []).map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  ];
  return strangers[family].find((address) => taken.every((prefix) => contains(prefix, address) !== true));
}

/** One that node ports are open on. */
export function nodePortAddress(view: NodeView, family: Family, openOn: readonly Address[]): Address | undefined {
  const open = openOn.find((address) => !isLoopback(address));
  if (open !== undefined || openOn.length > 0) return open;
  const told = (view.cluster?.node?.addresses ?? []).filter(({ address }) => familyOf(address) === family);
  const address = (told.find(({ type }) => type === 'InternalIP') ?? told[0])?.address;
  if (address !== undefined) return address;
  const routed = view.walk.routes?.find(({ prefix, table }) => prefix === everything[family] && table === 'main');
  return view.walk.addresses?.find(
    (each) =>
      familyOf(each.address) === family &&
      each.scope === 'global' &&
      (routed === undefined || each.interface === routed.interface),
  )?.address;
}

const everything: Readonly<Record<Family, string>> = { IPv4: '0.0.0.0/0', IPv6: '::/0' };

const strangers: Readonly<Record<Family, readonly Address[]>> = {
  IPv4: ['203.0.113.77', '198.51.100.77', '192.0.2.77'],
  IPv6: ['2001:db8:77::1', '3fff:77::1'],
};

function isLoopback(address: Address): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** What the API gives the node's pods, or what the rules take for pods. */
function podRange({ cluster, dispatches, walk }: NodeView, family: Family): string | undefined {
  const own = cluster?.node?.podCIDRs.find((prefix) => familyOf(prefix.split('/')[0] ?? '') === family);
  if (own !== undefined) return own;
  const told = dispatches.find((each) => each.family === family)?.localDetector;
  if (told === undefined || !told.includes('/')) return undefined;
  const bridge = walk.addresses?.find(({ address }) => contains(told, address) === true);
  return bridge === undefined || bridge.prefixLength > 30 ? told : `${bridge.address}/${bridge.prefixLength}`;
}

/** Far enough behind the first for a gateway to have that. */
const offset = 77n;

function within(prefix: string, avoid: readonly Address[]): Address | undefined {
  const [network = '', length = ''] = prefix.split('/');
  const family = familyOf(network);
  const number = addressNumber(network);
  if (family === undefined || number === undefined) return undefined;
  const room = BigInt((family === 'IPv4' ? 32 : 128) - Number(length));
  const base = (number >> room) << room;
  for (let at = offset; at < offset + 16n; at++) {
    const address = addressFrom(base + (at % (1n << room)), family);
    if (address !== undefined && !avoid.includes(address)) return address;
  }
  return undefined;
}

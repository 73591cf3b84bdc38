// The names of kube-proxy's chains. pkg/proxy/iptables/proxier.go portProtoHash, servicePortEndpointChainName, v1.36.
import { createHash } from 'node:crypto';
import { type ServicePortName, servicePortNameString } from '../service-ports.ts';

/** Chains with a fixed name. Some of the names stand in two tables: the key is table and name. */
export const servicesChain = 'KUBE-SERVICES';
export const nodePortsChain = 'KUBE-NODEPORTS';
export const externalServicesChain = 'KUBE-EXTERNAL-SERVICES';
export const proxyFirewallChain = 'KUBE-PROXY-FIREWALL';
export const postroutingChain = 'KUBE-POSTROUTING';
export const markMasqChain = 'KUBE-MARK-MASQ';
export const markDropChain = 'KUBE-MARK-DROP';

/** Chains made for one service port or one of its endpoints: a prefix and a hash. */
export const hashedPrefixes = ['KUBE-SVC-', 'KUBE-SVL-', 'KUBE-EXT-', 'KUBE-XLB-', 'KUBE-FW-', 'KUBE-SEP-'] as const;
export type HashedPrefix = (typeof hashedPrefixes)[number];

/** `KUBE-SVC-NPX46M4PTMTKRN6Y` is prefix and hash; `undefined` for any other chain. */
export function splitHashedName(chain: string): { readonly prefix: HashedPrefix; readonly hash: string } | undefined {
  const prefix = hashedPrefixes.find((each) => chain.startsWith(each));
  return prefix === undefined ? undefined : { prefix, hash: chain.slice(prefix.length) };
}

/** The hash that the SVC, SVL, EXT, XLB and FW chains of a service port share. */
export function servicePortHash(name: ServicePortName): string {
  return hash(servicePortNameString(name) + name.protocol.toLowerCase());
}

/** The hash of an endpoint's chain. `endpoint` is `ip:port` or `[ip]:port`. */
export function endpointHash(name: ServicePortName, endpoint: string): string {
  return hash(servicePortNameString(name) + name.protocol.toLowerCase() + endpoint);
}

/** The first 16 characters of the base32 (RFC 4648) of the SHA-256. */
function hash(text: string): string {
  return base32(createHash('sha256').update(text).digest().subarray(0, 10));
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Ten bytes are sixteen characters without a remainder. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
}

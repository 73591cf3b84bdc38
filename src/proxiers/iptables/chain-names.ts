// The names of kube-proxy's chains. pkg/proxy/iptables/proxier.go portProtoHash, servicePortEndpointChainName, v1.36.
import { hash as sha } from 'node:crypto';
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

/** The first 16 characters of the base32 (RFC 4648) of the SHA-256. A large cluster has hundreds of thousands. */
function hash(text: string): string {
  // A string of 32 characters, one a byte: three times as fast as any other form of the digest.
  const digest = sha('sha256', text, 'binary');
  let letters = '';
  // Five bytes are forty bits are eight letters.
  for (let at = 0; at < 10; at += 5) {
    const [b, c, d] = [digest.charCodeAt(at + 1), digest.charCodeAt(at + 2), digest.charCodeAt(at + 3)];
    letters += pairs[(digest.charCodeAt(at) << 2) | (b >> 6)];
    letters += pairs[((b & 63) << 4) | (c >> 4)];
    letters += pairs[((c & 15) << 6) | (d >> 2)];
    letters += pairs[((d & 3) << 8) | digest.charCodeAt(at + 4)];
  }
  return letters;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Ten bits to two letters. */
const pairs: readonly string[] = [...alphabet].flatMap((first) => [...alphabet].map((second) => first + second));

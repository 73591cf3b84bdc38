// What is known of a node and its kube-proxy beside the rules, in words that every mode shares.
import type { Address, Family } from '../address.ts';
import { canonicalAddress, familyOf } from '../address.ts';
import { type Capture, sectionOf } from '../capture/capture.ts';
import type { ProxyConfig } from '../cluster/proxy-config.ts';
import type { Node } from '../cluster/snapshot.ts';
import type { ReleaseRange } from './releases.ts';

export interface ProxyFacts {
  readonly release: ReleaseRange;
  readonly config: { readonly values: ProxyConfig; readonly from: string } | undefined;
  /** As kube-proxy calls its node. */
  readonly nodeName: string | undefined;
  /** The API's object of that name. */
  readonly node: Node | undefined;
  /** Of its interfaces; `undefined` where nobody looked. */
  readonly interfaceAddresses: readonly Address[] | undefined;
  readonly sysctls: ReadonlyMap<string, string>;
}

/** `undefined` where the capture has no addresses, or not as JSON of ip(8). */
export function interfaceAddresses(capture: Capture): readonly Address[] | undefined {
  const section = sectionOf(capture, 'ip-addr');
  if (section === undefined) return undefined;
  let links: unknown;
  try {
    links = JSON.parse(new TextDecoder().decode(section.text));
  } catch {
    return undefined;
  }
  if (!Array.isArray(links)) return undefined;
  return links.flatMap((link) => {
    const infos: unknown = isRecord(link) ? link.addr_info : undefined;
    return Array.isArray(infos) ? infos.flatMap((info) => localOf(info) ?? []) : [];
  });
}

/** `net.ipv4.ip_forward = 1`, one a line; empty where the capture has none. */
export function sysctlsOf(capture: Capture): ReadonlyMap<string, string> {
  const section = sectionOf(capture, 'sysctl');
  const lines = section === undefined ? [] : new TextDecoder().decode(section.text).split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, key, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value.trim()] as const];
    }),
  );
}

/** What kube-proxy's /proxyMode says. `undefined` where it was not asked, or no word came back. */
export function proxyModeOf(capture: Capture): string | undefined {
  const section = sectionOf(capture, 'proxy-mode');
  const text = section === undefined ? '' : new TextDecoder().decode(section.text).trim();
  return /^[a-z]+$/.test(text) ? text : undefined;
}

// pkg/proxy/util/node: InternalIP, then ExternalIP. cmd/kube-proxy/app/server.go detectNodeIPs, v1.36.
/** kube-proxy's own idea of its node's address in a family. `undefined` where no object tells. */
export function nodeAddress(
  { config, node }: Pick<ProxyFacts, 'config' | 'node'>,
  family: Family,
): Address | undefined {
  const bound = config?.values.bindAddress;
  const bind = bound === undefined ? undefined : canonicalAddress(bound);
  if (bind !== undefined && familyOf(bind) === family && !unspecified.has(bind)) return bind;
  if (node === undefined) return undefined;
  const own = node.addresses.filter(({ address }) => familyOf(address) === family);
  const found = own.find(({ type }) => type === 'InternalIP') ?? own.find(({ type }) => type === 'ExternalIP');
  return found?.address ?? (family === 'IPv4' ? '127.0.0.1' : '::1');
}

const unspecified: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function localOf(info: unknown): Address | undefined {
  return isRecord(info) && typeof info.local === 'string' ? canonicalAddress(info.local) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

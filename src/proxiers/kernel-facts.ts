// What the capture has of the node's kernel beside kube-proxy's rules: addresses, routes, sysctls, ipsets, and the rules
// of the backend (nft or legacy) that kube-proxy does not use. What a section does not tell is absent, never guessed.
import type { Family } from '../address.ts';
import { type Capture, type SectionName, sectionOf } from '../capture/capture.ts';
import type { BridgePort } from '../netfilter/bridge-port.ts';
import type { NodeFacts } from '../netfilter/node-facts.ts';
import type { Ruleset } from '../netfilter/ruleset.ts';
import { parseBridgePorts } from '../parse/ip-link.ts';
import { parseIpsetSave } from '../parse/ipset-save.ts';
import { parseIptablesSave } from '../parse/iptables-save.ts';
import { parseAddresses, parseRoutes, parseRoutingRules } from '../parse/node-facts.ts';
import { parseFibTrie, parseProcRoutes } from '../parse/proc-net.ts';
import { sysctlsOf } from './proxy-facts.ts';

export interface KernelFacts {
  /** For a walk of this family. A part that the capture lacks is `undefined`. */
  facts(family: Family): NodeFacts;
  /** The rules of the other backend, where it holds tables too. */
  otherBackend(family: Family): Ruleset | undefined;
  /** Ports of bridges; `undefined` where nobody looked. */
  readonly bridgePorts: readonly BridgePort[] | undefined;
}

export function kernelFacts(capture: Capture): KernelFacts {
  const text = (name: SectionName) => {
    const section = sectionOf(capture, name);
    return section && new TextDecoder().decode(section.text);
  };
  const read = <T>(name: SectionName, parse: (text: string) => T | undefined): T | undefined => {
    const found = text(name);
    return found === undefined ? undefined : parse(found);
  };
  const routesOf = (family: Family) => {
    const json = (each: string) => parseRoutes(each, family);
    const proc = (each: string) => parseProcRoutes(each, family);
    const own = family === 'IPv4' ? 'ip-route' : 'ip-route6';
    const routes = read(own, (each) => json(each) ?? proc(each));
    // `ip route show table all` of an old ip(8) prints both families.
    const both = family === 'IPv6' && routes === undefined ? read('ip-route', json) : undefined;
    return routes ?? (both?.length === 0 ? undefined : both);
  };
  const fibTrie = (routes: NodeFacts['routes']) => read('ip-addr', (each) => parseFibTrie(each, routes ?? []));
  const sysctls = sysctlsOf(capture);
  return {
    facts: (family) => {
      const routes = routesOf(family);
      const rules = read(family === 'IPv4' ? 'ip-rule' : 'ip-rule6', (each) => parseRoutingRules(each, family));
      return {
        addresses: read('ip-addr', parseAddresses) ?? fibTrie(routes),
        routes,
        rules,
        ...(sysctls.size > 0 && { sysctls }),
        ...(text('ipset') !== undefined && { sets: parseIpsetSave(text('ipset') ?? '') }),
      };
    },
    otherBackend: (family) => {
      const section = sectionOf(capture, family === 'IPv4' ? 'iptables-save-other' : 'ip6tables-save-other');
      return section && parseIptablesSave(section.text, family);
    },
    bridgePorts: read('ip-link', parseBridgePorts),
  };
}

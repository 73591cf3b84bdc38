// What the walk of a packet may know of the node, from the capture's texts of ip(8) and sysctl(8). Nothing is assumed:
// what was not captured, or not as JSON, is absent.
import type { Family } from '../address.ts';
import { type Capture, type SectionName, sectionOf } from '../capture/capture.ts';
import type { NodeFacts } from '../netfilter/node-facts.ts';
import { parseAddresses, parseRoutes, parseRoutingRules } from '../parse/node-facts.ts';
import { sysctlsOf } from './node-facts.ts';

export function walkFacts(capture: Capture): NodeFacts {
  const textOf = (name: SectionName) => {
    const section = sectionOf(capture, name);
    return section === undefined ? undefined : new TextDecoder().decode(section.text);
  };
  const addresses = textOf('ip-addr');
  return {
    addresses: addresses === undefined ? undefined : parseAddresses(addresses),
    routes: united([
      // An `ip route show table all` without -4 or -6 may print both families.
      read(textOf('ip-route'), 'IPv4', parseRoutes),
      read(textOf('ip-route6'), 'IPv6', parseRoutes),
    ]),
    rules: united([
      read(textOf('ip-rule'), 'IPv4', parseRoutingRules),
      read(textOf('ip-rule6'), 'IPv6', parseRoutingRules),
    ]),
    sysctls: sysctlsOf(capture),
  };
}

/** Names of the node's devices; `undefined` where nobody looked. */
export function deviceNames(capture: Capture): readonly string[] | undefined {
  const section = sectionOf(capture, 'ip-addr');
  if (section === undefined) return undefined;
  const names = [...new TextDecoder().decode(section.text).matchAll(/"ifname":\s*"([^"]+)"/g)];
  return names.length === 0 ? undefined : names.map(([, name]) => name ?? '');
}

function read<T>(
  text: string | undefined,
  family: Family,
  parse: (text: string, family: Family) => readonly T[] | undefined,
): readonly T[] | undefined {
  return text === undefined ? undefined : parse(text, family);
}

/** One family's alone is something: of the other nothing is known, and who asks must look whether there is any. */
function united<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  return lists.every((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? []);
}

// An address that stands for any client on the internet: one that no rule names and no route but the default holds.
import { type Address, contains, type Family } from '../../address.ts';
import type { NodeView } from '../node-view.ts';

// RFC 5737, RFC 2544 and RFC 3849 keep these for examples; the last are of nobody's cluster either.
const candidates: Readonly<Record<Family, readonly Address[]>> = {
  IPv4: ['203.0.113.1', '198.51.100.1', '192.0.2.1', '198.18.0.1', '198.19.255.1', '8.8.8.8', '1.1.1.1'],
  IPv6: ['2001:db8::1', '2001:db8:ffff::1', '3fff::1', '2001:4860:4860::8888', '2606:4700:4700::1111'],
};

/** The last of them where rules name all. */
export function addressOfInternet({ installed, kernel }: NodeView, family: Family): Address {
  const prefixes = new Set<string>();
  const sources = / -(?:s|-src-range) (\S+)/g;
  for (const ruleset of installed.rulesets.filter((each) => each.family === family)) {
    for (const { rules } of ruleset.tables.map((table) => ({ rules: table.rules() }))) {
      for (const { text } of rules) for (const [, prefix = ''] of text.matchAll(sources)) prefixes.add(prefix);
    }
  }
  for (const { prefix } of kernel.facts(family).routes ?? []) if (!prefix.endsWith('/0')) prefixes.add(prefix);
  const [first, ...others] = candidates[family];
  const isNamed = (address: Address) => [...prefixes].some((prefix) => contains(prefix, address) === true);
  return [first, ...others].find((address) => address !== undefined && !isNamed(address)) ?? others.at(-1) ?? '';
}

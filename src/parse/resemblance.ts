// What a text that is no iptables-save looks like, so that the error can say what to do instead.
import type { Resemblance } from '../netfilter/ruleset.ts';

/** Judges by the first kilobytes. */
export function resemblance(bytes: Buffer): Resemblance {
  const head = bytes.toString('utf8', 0, 4096);
  if (head.trim() === '') return 'empty';
  if (head.includes('\0') || head.slice(0, 1024).split('\ufffd').length > 16) return 'binary';
  const start = head.trimStart();
  if (/^[{[]/.test(start)) return start.includes('"nftables"') ? 'nft-ruleset' : 'json';
  if (/^table (?:ip6?|inet|arp|bridge|netdev) \S+ \{/m.test(start)) return 'nft-ruleset';
  if (/^Chain \S+ \((?:policy|\d+ references)/m.test(start)) return 'iptables-list';
  if (/^-A -[tuf]|^IP Virtual Server/m.test(start)) return 'ipvsadm';
  if (/^(?:apiVersion|kind):/m.test(start)) return 'yaml';
  return 'nothing';
}

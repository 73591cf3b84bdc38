// xt_hl: time to live in IPv4 (`ttl`, `TTL`), hop limit in IPv6 (`hl`, `HL`), tested and changed.
import { defineMatch, defineTarget } from './extension.ts';

export const ttl = defineMatch({
  name: 'ttl',
  options: { 'ttl-eq': 'word', 'ttl-lt': 'word', 'ttl-gt': 'word' },
  matches: () => undefined,
});

export const hl = defineMatch({
  name: 'hl',
  options: { 'hl-eq': 'word', 'hl-lt': 'word', 'hl-gt': 'word' },
  matches: () => undefined,
});

export const ttlTarget = defineTarget({
  name: 'TTL',
  options: { 'ttl-set': 'word', 'ttl-dec': 'word', 'ttl-inc': 'word' },
  flow: 'continues',
});

export const hlTarget = defineTarget({
  name: 'HL',
  options: { 'hl-set': 'word', 'hl-dec': 'word', 'hl-inc': 'word' },
  flow: 'continues',
});

// The text of iptables-save under other names, line by line, so that everything cited by its line stays where it was.
// Names stand in comments and, hashed, in kube-proxy's chains; addresses in many options. What is not understood goes.
import { canonicalAddress, type Family, hostPort } from '../../address.ts';
import type { Aliases, Renamer } from '../../cluster/aliases.ts';
import { readNatRange } from '../../netfilter/extensions/nat-range.ts';
import { printRule } from '../../netfilter/print.ts';
import type { Match, Rule, Ruleset, Table, Target } from '../../netfilter/ruleset.ts';
import { parseIptablesSave } from '../../parse/iptables-save.ts';
import type { ServicePortName } from '../service-ports.ts';
import { endpointHash, servicePortHash, splitHashedName } from './chain-names.ts';
import { commentOf, dnatEndpoint, nameInServiceComment } from './service-rule.ts';

/** The service ports that the comments name, of every protocol: a comment does not say which. */
export function namesInComments(text: Uint8Array, family: Family): readonly ServicePortName[] {
  const names = new Map<string, ServicePortName>();
  for (const table of parseIptablesSave(text, family).tables) {
    for (const rule of table.rules()) {
      const comment = commentOf(rule);
      const name = comment === undefined ? undefined : nameInServiceComment(comment);
      if (comment === undefined || name === undefined) continue;
      for (const protocol of ['TCP', 'UDP', 'SCTP'] as const) {
        names.set(`${name.namespace}/${name.name}:${name.port}/${protocol}`, { ...name, protocol });
      }
    }
  }
  return [...names.values()];
}

/** `names` are all that may be hashed in a chain's name. `undefined` where the text is no iptables-save. */
export function redactRules(
  text: Uint8Array,
  family: Family,
  names: ReadonlyMap<string, ServicePortName>,
  aliases: Aliases,
): Uint8Array | undefined {
  const ruleset = parseIptablesSave(text, family);
  const words = new TextDecoder().decode(text);
  if (ruleset.tables.length === 0) return words.trim() === '' ? text : undefined;
  const chains = renamedChains(ruleset, names, aliases);
  const unread = new Set(ruleset.unread.map(({ line }) => line));
  const rules = ruleset.tables.flatMap((table) => [rulesOf(table)]);
  const out: string[] = [];
  for (const [index, line] of words.split('\n').entries()) {
    const number = index + 1;
    const current = rules[0];
    if (current?.next?.ref.line === number) {
      out.push(redactRule(current.next, chains, aliases));
      current.advance();
    } else {
      out.push(unread.has(number) ? redactUnread(line) : redactLine(line, chains));
    }
    while (rules[0] !== undefined && rules[0].next === undefined) rules.shift();
  }
  return new TextEncoder().encode(out.join('\n'));
}

/** `servicePortHash` of each. */
export function byHash(names: Iterable<ServicePortName>): ReadonlyMap<string, ServicePortName> {
  return new Map([...names].map((name) => [servicePortHash(name), name]));
}

interface Pending {
  readonly next: Rule | undefined;
  advance(): void;
}

function rulesOf(table: Table): Pending {
  const iterator = table.rules()[Symbol.iterator]();
  let next: Rule | undefined;
  const advance = () => {
    const result = iterator.next();
    next = result.done === true ? undefined : result.value;
  };
  advance();
  return {
    get next() {
      return next;
    },
    advance,
  };
}

/** What a chain is called now. Chains that are not made for a service port keep their names. */
type ChainNames = (chain: string) => string;

function renamedChains(ruleset: Ruleset, names: ReadonlyMap<string, ServicePortName>, aliases: Aliases): ChainNames {
  const renamed = new Map<string, string>();
  for (const table of ruleset.tables) {
    if (table.name === 'nat') renameEndpointChains(table, names, aliases, renamed);
  }
  return (chain) => {
    const known = renamed.get(chain);
    if (known !== undefined) return known;
    const hashed = splitHashedName(chain);
    if (hashed === undefined) return chain;
    const name = hashed.prefix === 'KUBE-SEP-' ? undefined : names.get(hashed.hash);
    const hash = name === undefined ? namelessHash(hashed.hash, aliases) : servicePortHash(aliasOf(name, aliases));
    renamed.set(chain, hashed.prefix + hash);
    return hashed.prefix + hash;
  };
}

/** A chain that is nobody's: its hash could be guessed from a list of names, so it gets another that says nothing. */
function namelessHash(hash: string, aliases: Aliases): string {
  return servicePortHash({ namespace: aliases.keyed(hash), name: '', port: '', protocol: 'TCP' });
}

/** An endpoint's chain is its service port's by the chain that leads to it, by a comment, or by trying every name. */
function renameEndpointChains(
  nat: Table,
  names: ReadonlyMap<string, ServicePortName>,
  aliases: Aliases,
  renamed: Map<string, string>,
): void {
  const leads = new Map<string, Set<ServicePortName>>();
  for (const rule of nat.rules()) {
    const hashed = splitHashedName(rule.ref.chain);
    if (hashed === undefined || rule.target.kind !== 'jump') continue;
    const name = names.get(hashed.hash);
    if (name === undefined || !rule.target.chain.startsWith('KUBE-SEP-')) continue;
    leads.set(rule.target.chain, (leads.get(rule.target.chain) ?? new Set()).add(name));
  }
  for (const chain of nat.chains()) {
    const hashed = splitHashedName(chain.name);
    if (hashed?.prefix !== 'KUBE-SEP-') continue;
    const rules = chain.rules();
    const endpoint = rules.map(dnatEndpoint).find((each) => each !== undefined);
    const address = endpoint && aliases.address(endpoint.address);
    if (endpoint === undefined || address === undefined) continue;
    const is = (name: ServicePortName) => endpointHash(name, hostPort(endpoint.address, endpoint.port)) === hashed.hash;
    const name = [...(leads.get(chain.name) ?? [])].find(is) ?? [...names.values()].find(is);
    if (name === undefined) continue;
    const hash = endpointHash(aliasOf(name, aliases), hostPort(address, endpoint.port));
    renamed.set(chain.name, hashed.prefix + hash);
  }
}

function aliasOf({ namespace, name, port, protocol }: ServicePortName, renamer: Renamer): ServicePortName {
  return { namespace: renamer.name('namespace', namespace), name: renamer.name('service', name), port, protocol };
}

const openLines = [
  /^\s*$/,
  /^COMMIT$/,
  /^\*[a-z]+$/,
  /^# Generated by [\w-]+ v?[\d.]+(?: \((?:nf_tables|legacy)\))? on [\w :]+$/,
  /^# Completed on [\w :]+(?:# Warning: ip6?tables-legacy tables present, use ip6?tables-legacy-save to see them)?$/,
  /^# Warning: ip6?tables-legacy tables present, use ip6?tables-legacy-save to see them$/,
  /^# Table [`'"]?[a-z]+[`'"]? is incompatible, use 'nft' tool\.$/,
];

function redactLine(line: string, chains: ChainNames): string {
  const chain = /^:([^ \t]+)([ \t].*)$/.exec(line);
  if (chain !== null) return `:${chains(chain[1] ?? '')}${chain[2] ?? ''}`;
  const text = line.replace(/\r+$/, '').replace(/^\ufeff/, '');
  if (openLines.some((open) => open.test(text))) return line;
  // What decides whether the text is whole must stay.
  const head = /^(?:# Generated by [\w-]+ |# Completed on |# Table [a-z`'"]+ is incompatible|\*)/.exec(text)?.[0];
  return head === undefined ? '# redacted' : `${head}redacted`;
}

/** Another line that cannot be read, for much the same reason. */
function redactUnread(line: string): string {
  const head = /^(?:\[\d+:\d+\] )?-A |^:|^COMMIT/.exec(line)?.[0];
  const mark = line.includes(unsupported) ? ` ${unsupported}` : '';
  return `${head ?? ''}redacted${head === undefined ? '' : ' "'}${mark}`;
}

function redactRule(rule: Rule, chains: ChainNames, aliases: Aliases): string {
  const counters = rule.counters === undefined ? '' : `[${rule.counters.packets}:${rule.counters.bytes}] `;
  const matches = rule.matches.map((match) => redactMatch(match, rule, chains, aliases));
  const ref = { ...rule.ref, chain: chains(rule.ref.chain) };
  return counters + printRule({ ref, matches, target: redactTarget(rule.target, chains, aliases) });
}

function redactMatch(match: Match, rule: Rule, chains: ChainNames, aliases: Aliases): Match {
  switch (match.kind) {
    case 'source':
    case 'destination':
      return { ...match, prefix: redactPrefix(match.prefix, aliases) };
    case 'in-interface':
    case 'out-interface':
    case 'protocol':
    case 'fragment':
      return match;
    case 'unknown':
      return { ...match, words: redactWords(match.name, match.words) };
    case 'comment': {
      const text = redactComment(commentOf(rule) ?? '', chains, aliases);
      return { ...match, options: { comment: { negated: false, values: [text] } } };
    }
    default:
      return withOptions(match, (option, value) => redactValue(option, value, chains, aliases));
  }
}

function redactTarget(target: Target, chains: ChainNames, aliases: Aliases): Target {
  switch (target.kind) {
    case 'verdict':
    case 'return':
    case 'none':
      return target;
    case 'jump':
    case 'goto':
      return { ...target, chain: chains(target.chain) };
    case 'unknown':
      return { ...target, name: chains(target.name), words: redactWords(target.name, target.words) };
    default:
      return withOptions(target, (option, value) => redactValue(option, value, chains, aliases));
  }
}

interface Optioned {
  readonly options: Readonly<
    Record<string, { readonly negated: boolean; readonly values: readonly string[] } | undefined>
  >;
}

function withOptions<C extends Optioned>(clause: C, redact: (option: string, value: string) => string): C {
  const options = Object.entries(clause.options).map(([name, option]) => [
    name,
    option && { ...option, values: option.values.map((value) => redact(name, value)) },
  ]);
  return { ...clause, options: Object.fromEntries(options) };
}

/** `ADDRESS`, `ADDRESS/LENGTH`, `ADDRESS/MASK`. A mask with holes has no prefix that could be kept. */
function redactPrefix(text: string, aliases: Aliases): string {
  if (!text.includes('/')) return aliases.address(text) ?? redactedWord;
  return aliases.prefix(text) ?? redactedWord;
}

const redactedWord = 'redacted';
const unsupported = '[unsupported revision]';

/** Options whose value somebody made up. */
const freeText = new Set(['log-prefix', 'nflog-prefix', 'path', 'hashlimit-name']);
const masks = new Set(['mask', 'hashlimit-srcmask', 'hashlimit-dstmask', 'connlimit-mask', 'nexthdr']);

/** Numbers, ports, marks, states, names of sets and interfaces stay; whatever looks like an address is mapped or goes. */
function redactValue(option: string, value: string, chains: ChainNames, aliases: Aliases): string {
  if (freeText.has(option)) return redactedWord;
  if (masks.has(option)) return value;
  if (option === 'name') return chains(value);
  const prefix = value.includes('/') ? aliases.prefix(value) : aliases.address(value);
  if (prefix !== undefined) return prefix;
  if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/i.test(value))
    return aliases
      .keyed(value)
      .replace(/(..)(?=(..)?)/g, '$1:')
      .slice(0, 17);
  const range = readNatRange(value);
  if (range?.from !== undefined) return redactRange(value, aliases);
  // An address of a spelling that was not foreseen.
  return /\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f]*:/i.test(value) ? redactedWord : value;
}

/** `A-B:80-90`, `[A]:80`: a range stays one, from the lower to the higher; what lies in it is not kept. */
function redactRange(value: string, aliases: Aliases): string {
  const parts = /^(\[?)([^[\]]+?)(\]?)((?::\d+(?:-\d+)?(?:\/\d+)?)?)$/.exec(value);
  const [, open = '', addresses = '', close = '', ports = ''] = parts ?? [];
  const whole = canonicalAddress(`${addresses}${ports}`) ?? undefined;
  if (parts === null) return redactedWord;
  if (whole !== undefined && open === '') return aliases.address(whole) ?? redactedWord;
  const ends = addresses.split('-').map((each) => aliases.address(each));
  if (ends.some((each) => each === undefined)) return redactedWord;
  return `${open}${ends.join('-')}${close}${ports}`;
}

/** Words that no reader knows, before and after. */
function redactWords(name: string, words: string): string {
  if (words.includes(unsupported)) return name === '' ? redactedOpener(words) + unsupported : unsupported;
  if (words === '') return words;
  if (name !== '') return name === '-g' ? '"redacted" "redacted"' : '--redacted';
  return `${redactedOpener(words)}"redacted" "redacted"`;
}

function redactedOpener(words: string): string {
  return /^(?:! )?-[mjgsdiopf] /.exec(words)?.[0] ?? '';
}

/** Comments that kube-proxy writes alike in every cluster. pkg/proxy/iptables/proxier.go, 1.20 to 1.36. */
const openComments = new Set([
  'block incoming localnet connections',
  'kube-proxy firewall rules',
  'kubernetes externally-visible service portals',
  'kubernetes firewall for dropping marked packets',
  'kubernetes forwarding conntrack pod destination rule',
  'kubernetes forwarding conntrack pod source rule',
  'kubernetes forwarding conntrack rule',
  'kubernetes forwarding rules',
  'kubernetes health check rules',
  'kubernetes health check service ports',
  'kubernetes load balancer firewall',
  'kubernetes postrouting rules',
  'kubernetes service nodeports; NOTE: this must be the last rule in this chain',
  'kubernetes service portals',
  'kubernetes service traffic requiring SNAT',
]);

function redactComment(comment: string, chains: ChainNames, aliases: Aliases): string {
  if (openComments.has(comment)) return comment;
  const name = nameInServiceComment(comment);
  if (name === undefined) return redactedWord;
  const { namespace, name: service, port } = name;
  const core = `${namespace}/${service}`;
  const at = comment.indexOf(core);
  const alias = aliasOf({ ...name, protocol: 'TCP' }, aliases);
  const rest = comment.slice(at + core.length + (port === '' ? 0 : port.length + 1));
  const tail = rest
    .replace(/ -> (\S+)$/, (_, endpoint: string) => ` -> ${redactValue('to', endpoint, chains, aliases)}`)
    .replace(/ traffic not accepted by (\S+)$/, (_, chain: string) => ` traffic not accepted by ${chains(chain)}`);
  return `${comment.slice(0, at)}${alias.namespace}/${alias.name}${port === '' ? '' : `:${port}`}${tail}`;
}

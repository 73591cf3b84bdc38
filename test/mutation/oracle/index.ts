// The judge of meaning: whether any packet fares differently under a changed text. What a packet sees is where it goes and
// how often, whether it is refused, how and where it is accepted before others' rules see it, its mark to the last bit,
// the options it is masqueraded with, the lists it leaves its sender on. Beyond that nothing has meaning here: comments,
// counters, accounting, logging, chains that nobody enters, the order of rules that no packet meets both of.
// Shares are equal within one part in 10,000: releases of iptables print them with five to eleven digits.
//
// It is held against every packet that a rule of either text names or just misses, not against all packets. Decided, since
// today's packets alone do not tell:
// - A chain means what it does to whatever may come into it. Ways into it come and go with other rules, so a packet
//   is also put straight into a changed chain: into one Service's, of that Service's protocol.
// - In a chain that the service ports share, other ports' rules come and go and stand in any order: a rule that takes more
//   than it took means the same only if it does so without them, too.
// - A built-in chain's jump means which packets it takes, and to come through one of kube-proxy's shared chains has a
//   meaning however empty it is: kube-proxy relies on it with the next rule that it writes.
// - A goto is not a jump, though the chain it leads to may keep every packet today; unless nobody would miss the rule.
// - Of kube-proxy's own jumps any order is right: it puts back each that is missing in front of the others.
import { type SavedText, savedText } from '../saved-text.ts';
import {
  type Aim,
  aimsAt,
  aimsOf,
  beside,
  type Client,
  clientsAt,
  clientsOf,
  hostOf,
  listingsOf,
  plainStarts,
  type Surroundings,
  startOf,
  surroundingsOf,
} from './probes.ts';
import { type CompiledRule, compileRule, type Packet, type Way } from './rule.ts';
import { type Fates, fatesOf, type Rules, type Start } from './walk.ts';

export interface Given {
  readonly family: 'IPv4' | 'IPv6';
  /** Of the node's interfaces, loopback left out. */
  readonly nodeAddresses: readonly string[];
}

/** A change: the chains that differ, and the rules that make the difference. */
export interface Change {
  readonly text: string;
  readonly chains: readonly string[];
  /** As they were and as they are; those that neither text changes may be left out. */
  readonly rules: readonly string[];
}

interface Visit {
  readonly start: Start;
  readonly packet: Packet;
  readonly way: Way;
}

export class Judge {
  readonly #rules: Rules;
  readonly #given: Given;
  readonly #around: Surroundings;
  readonly #visits = new Map<string, Visit[]>();
  readonly #fates = new Map<Start, Fates>();
  readonly #local: Packet['isLocal'];

  constructor(text: string, given: Given) {
    this.#given = given;
    this.#rules = rulesOf(savedText(text));
    const all = allRules(this.#rules);
    this.#around = surroundingsOf(given.family, given.nodeAddresses, all);
    const own = new Set(this.#around.own);
    // A bridge of pods has an address of theirs.
    for (const prefix of this.#around.networks) own.add(beside(hostOf(prefix), 1));
    this.#local = (address) => own.has(address) || address.startsWith('127.');
    const backends = all.flatMap(({ target }) => (target.kind === 'dnat' ? [target.to] : []));
    for (const start of plainStarts(this.#around, backends, this.#local)) this.#watch(start);
    for (const aim of aimsOf(all, this.#around)) this.#aim(aim);
  }

  /** How the packet fared, if one fares differently; otherwise `undefined`. */
  difference(change: Change): string | undefined {
    const after = rulesOf(savedText(change.text));
    if (change.chains.every((chain) => sameEssence(this.#chain(this.#rules, chain), this.#chain(after, chain))))
      return undefined;
    const [key = '', ...more] = change.chains;
    if (more.length === 0 && builtIn.test(key)) {
      const [old, now] = [this.#chain(this.#rules, key), this.#chain(after, key)];
      if (sameMembers(old, now)) return undefined;
      if (old.length === now.length) return jumpDifference(old, now, this.#visits.get(key) ?? []);
    }
    const drawn = [...this.#affected(change), ...this.#drawn(change, after)];
    const found = this.#differs(after, drawn);
    if (found === undefined && change.rules[1]?.includes(' -g ') === true) return this.#missed(change);
    const [old = '', now, ...others] = change.rules;
    if (found !== undefined || !sharing.test(key) || now === undefined || others.length > 0) return found;
    const [had, has] = [compileRule(old), compileRule(now)];
    const takesMore = drawn.some((start) => !fits(had, start) && fits(has, start));
    if (!takesMore || drawn.some((start) => fits(had, start) && !fits(has, start))) return undefined;
    const about = aboutOf(old);
    if (about === undefined || isRepeated(this.#chain(after, key), now)) return undefined;
    const [first, then] = [alone(this.#rules, key, old, about), alone(after, key, now, about)];
    for (const start of drawn) {
      const [before, later] = [fatesOf(start, first), fatesOf(start, then)];
      if (!sameFates(before, later)) return `alone, ${told(start)}: ${toldFates(before)} -> ${toldFates(later)}`;
    }
    return undefined;
  }

  /** A goto means something where somebody would miss the rule. */
  #missed({ text, chains, rules: [old = '', now = ''] }: Change): string | undefined {
    const without = this.difference({ text: text.replace(`${now}\n`, ''), chains, rules: [old] });
    return without && `a goto: without it ${without}`;
  }

  #differs(after: Rules, starts: Iterable<Start>): string | undefined {
    for (const start of starts) {
      const before = this.#fates.get(start) ?? fatesOf(start, this.#rules);
      const now = fatesOf(start, after);
      if (!sameFates(before, now)) return `${told(start)}: ${toldFates(before)} -> ${toldFates(now)}`;
    }
    return undefined;
  }

  /** Of the packets that came into a changed chain, those that fit a changed rule. */
  #affected({ chains, rules }: Change): ReadonlySet<Start> {
    const compiled = rules.map(compileRule);
    const starts = new Set<Start>();
    for (const chain of chains) {
      for (const { start, packet, way } of this.#visits.get(chain) ?? []) {
        if (starts.has(start)) continue;
        if (compiled.some(({ firm }) => firm.every((test) => test(packet, way)))) starts.add(start);
      }
    }
    return starts;
  }

  /** Packets made for the changed rules. */
  *#drawn({ chains, rules }: Change, after: Rules): Generator<Start> {
    const compiled = rules.map(compileRule);
    const visits = chains.flatMap((chain) => this.#visits.get(chain) ?? []);
    const seen = new Map<string, Aim>();
    for (const { start } of visits) {
      const { protocol, port } = start.packet;
      const { destination } = start.way;
      seen.set(`${destination} ${protocol} ${port}`, { destination, protocol, port });
    }
    const aims = new Map<string, Aim>();
    for (const rule of compiled.slice(0, 8)) {
      for (const aim of aimsAt(rule, this.#around, [...seen.values()])) {
        aims.set(`${aim.destination} ${aim.protocol} ${aim.port}`, aim);
      }
    }
    const around = surroundingsOf(this.#given.family, this.#given.nodeAddresses, compiled);
    const clients = eachOnce([
      ...clientsOf(this.#around),
      ...clientsOf(around),
      ...compiled
        .slice(0, 8)
        .flatMap(({ named }) => named.sources.flatMap((prefix) => clientsAt(prefix, this.#around))),
      ...this.#sourcesBehind(compiled).flatMap((prefix) => clientsAt(prefix, this.#around)),
      ...around.inputs.map((input) => ({ source: clientsOf(around)[0]?.source ?? '', input: beyond(input) })),
    ]);
    const listed = this.#listsOf(chains, compiled);
    const inner = chains.filter((chain) => !builtIn.test(chain) && isIn(this.#rules, chain) && isIn(after, chain));
    // nat is never asked about the others.
    const ofNat = chains.every((chain) => chain.startsWith('nat/'));
    const states = ofNat
      ? (['NEW', 'RELATED'] as const)
      : (['NEW', 'RELATED', 'ESTABLISHED', 'INVALID', 'UNTRACKED'] as const);
    const protocols = new Set(chains.filter(isOfOneService).map((chain) => this.#protocolOf(chain)));
    const mayEnter = (entry: string, { packet }: Start) => !isOfOneService(entry) || protocols.has(packet.protocol);
    for (const aim of aims.values()) {
      for (const client of clients) {
        for (const state of states) {
          const start = startOf(aim, client, this.#local, { state });
          yield start;
          for (const entry of inner) if (mayEnter(entry, start)) yield { ...start, entry };
        }
        // Whoever a rule is about may be the node.
        const isLocal = (address: string) => address === client.source || this.#local(address);
        const start = startOf(aim, client, isLocal);
        for (const entry of inner) if (mayEnter(entry, start)) yield { ...start, entry };
      }
      for (const lists of listed) {
        for (const client of [clients[0], clients[clients.length >> 1], clients.at(-1)]) {
          if (client === undefined) continue;
          for (const state of ['NEW', 'RELATED'] as const) {
            const start = startOf(aim, client, this.#local, { lists, state });
            yield start;
            for (const entry of inner) if (mayEnter(entry, start)) yield { ...start, entry };
          }
        }
      }
    }
    if (compiled.every(({ named }) => named.marks.length === 0) && inner.some(isOfOneService)) return;
    const marks = [...new Set([...this.#around.marks, ...around.marks])];
    for (const start of plainStarts({ ...this.#around, marks }, [], this.#local, ['tcp', 'udp'])) {
      if (!this.#around.marks.includes(start.way.mark)) yield start;
      for (const entry of inner) if (mayEnter(entry, start)) yield { ...start, entry };
    }
  }

  /** What the chains behind the changed rules ask of clients. */
  #sourcesBehind(changed: readonly CompiledRule[]): readonly string[] {
    let rules = changed;
    const sources = new Set<string>();
    for (let depth = 0; depth < 3; depth++) {
      rules = rules
        .flatMap(({ target }) => (target.kind === 'jump' ? this.#chain(this.#rules, `nat/${target.chain}`) : []))
        .slice(0, 24);
      for (const { named } of rules) for (const prefix of named.sources) sources.add(prefix);
    }
    return [...sources].slice(0, 6);
  }

  /** Every list of a changed rule beside every other list of its chain. */
  #listsOf(chains: readonly string[], changed: readonly CompiledRule[]): readonly ReadonlyMap<string, number>[] {
    const own = new Map(
      changed.flatMap(({ named: { list, seconds } }) => (list === undefined ? [] : [[list, seconds ?? 0]])),
    );
    if (own.size === 0) return [];
    const all = chains.flatMap((chain) => {
      const [table = '', name = ''] = chain.split('/');
      return (this.#rules.tables.get(table)?.get(name) ?? []).flatMap(({ named: { list } }) => list ?? []);
    });
    return [...own].flatMap(([name, seconds]) => [
      ...[0, seconds - 1, seconds + 1].map((age) => new Map([[name, age]])),
      ...[...new Set(all)]
        .filter((other) => other !== name)
        .map(
          (other) =>
            new Map([
              [name, 0],
              [other, 0],
            ]),
        ),
    ]);
  }

  /** Of a Service's chain: down to a backend, who says it. */
  #protocolOf(key: string, depth = 0): string | undefined {
    for (const { named, target } of this.#chain(this.#rules, key)) {
      if (named.protocol !== undefined) return named.protocol;
      const below =
        target.kind === 'jump' && depth < 4 ? this.#protocolOf(`nat/${target.chain}`, depth + 1) : undefined;
      if (below !== undefined) return below;
    }
    return undefined;
  }

  #watch(start: Start): ReadonlySet<string> {
    const entered = new Set<string>();
    const fates = fatesOf(start, this.#rules, (table, chain, packet, way) => {
      const key = `${table}/${chain}`;
      entered.add(key);
      const list = this.#visits.get(key);
      if (list === undefined) this.#visits.set(key, [{ start, packet, way }]);
      else list.push({ start, packet, way });
    });
    this.#fates.set(start, fates);
    return entered;
  }

  /** The usual clients, then those that the chains on their way tell apart, and their lists. */
  #aim(aim: Aim): void {
    const clients = clientsOf(this.#around);
    const entered = new Set<string>();
    for (const client of clients) {
      for (const key of this.#watch(startOf(aim, client, this.#local))) entered.add(key);
      for (const state of ['RELATED', 'ESTABLISHED', 'INVALID'] as const)
        this.#watch(startOf(aim, client, this.#local, { state }));
    }
    const before = new Set<string>();
    for (let fresh = [...entered]; fresh.length > 0; ) {
      for (const key of fresh) before.add(key);
      const rules = fresh.filter(isOfOneService).flatMap((key) => this.#chain(this.#rules, key));
      const more = new Set<string>();
      for (const { named } of rules.slice(0, 64)) {
        for (const prefix of named.sources) {
          for (const client of clientsAt(prefix, this.#around)) {
            for (const key of this.#watch(startOf(aim, client, this.#local))) if (!before.has(key)) more.add(key);
          }
        }
      }
      const lists = rules.flatMap(({ named: { list, seconds } }) =>
        list === undefined || seconds === undefined ? [] : [{ name: list, seconds }],
      );
      for (const listed of listingsOf(lists.slice(0, 40))) {
        for (const client of clients.slice(0, 2)) this.#watch(startOf(aim, client, this.#local, { lists: listed }));
      }
      fresh = [...more];
    }
  }

  #chain({ tables }: Rules, key: string): readonly CompiledRule[] {
    const [table = '', name = ''] = key.split('/');
    return tables.get(table)?.get(name) ?? [];
  }
}

const builtIn = /^\w+\/(?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/;

function fits({ tests }: CompiledRule, { packet, way }: Start): boolean {
  return tests.every((test) => test(packet, way));
}

/** Chains whose rules are of many service ports. */
const sharing = /^(?:nat|filter)\/KUBE-(?:SERVICES|EXTERNAL-SERVICES|NODEPORTS|PROXY-FIREWALL)$/;

/** Without other ports' rules: alone, or with those that are about the same node port. */
function alone({ tables, policies }: Rules, key: string, text: string, about: (text: string) => boolean): Rules {
  const [table = '', name = ''] = key.split('/');
  const chains = tables.get(table) ?? new Map<string, readonly CompiledRule[]>();
  const rules = (chains.get(name) ?? []).filter((rule) => rule.text === text || about(rule.text));
  return { tables: new Map([...tables, [table, new Map([...chains, [name, rules]])]]), policies };
}

/** Whether a rule belongs to one that was: the same Service's for the same port, where neither has an address of its own. */
function aboutOf(old: string): ((text: string) => boolean) | undefined {
  const words = (text: string) => /--comment "([^\s:/]+\/[^\s:]+|kubernetes service nodeports)/.exec(text)?.[1];
  const port = / --dport \S+/.exec(old)?.[0] ?? '';
  const service = words(old);
  if (service === undefined) return undefined;
  const hasAddress = (text: string) => / -d (?!127\.0\.0\.0)/.test(text);
  return (text) => !hasAddress(old) && !hasAddress(text) && words(text) === service && text.includes(port);
}

function isRepeated(rules: readonly CompiledRule[], text: string): boolean {
  const { essence } = compileRule(text);
  return rules.filter((rule) => rule.essence === essence).length > 1;
}

function isIn({ tables }: Rules, key: string): boolean {
  const [table = '', name = ''] = key.split('/');
  return tables.get(table)?.has(name) === true;
}

function sameMembers(a: readonly CompiledRule[], b: readonly CompiledRule[]): boolean {
  const texts = (rules: readonly CompiledRule[]) =>
    rules
      .map(({ text }) => text)
      .sort()
      .join('\n');
  return texts(a) === texts(b);
}

function sameEssence(a: readonly CompiledRule[], b: readonly CompiledRule[]): boolean {
  const essences = (rules: readonly CompiledRule[]) =>
    rules
      .map(({ essence }) => essence)
      .filter(Boolean)
      .join('\n');
  return essences(a) === essences(b);
}

/** Rules that stand in the same places: which packets each takes, and where to. */
function jumpDifference(
  old: readonly CompiledRule[],
  now: readonly CompiledRule[],
  visits: readonly Visit[],
): string | undefined {
  for (const [at, before] of old.entries()) {
    const after = now[at];
    if (after === undefined || before === after) continue;
    if (JSON.stringify(before.target) !== JSON.stringify(after.target)) return 'it leads elsewhere';
    if (before.share !== after.share || `${before.leaves}` !== `${after.leaves}`) return 'not always';
    for (const { start, packet, way } of visits) {
      const fits = ({ tests }: CompiledRule) => tests.every((test) => test(packet, way));
      if (fits(before) !== fits(after)) return `${told(start)}: ${fits(before) ? 'not taken' : 'taken'} now`;
    }
  }
  return undefined;
}

function isOfOneService(key: string): boolean {
  return /^nat\/KUBE-(?:SVC|SVL|SEP|EXT|FW)-/.test(key);
}

function eachOnce(clients: readonly Client[]): readonly Client[] {
  return [...new Map(clients.map((client) => [`${client.source} ${client.input}`, client])).values()];
}

function beyond(input: string): string {
  return `${input}0`;
}

function rulesOf({ chains }: SavedText): Rules {
  const tables = new Map<string, Map<string, CompiledRule[]>>();
  const policies = new Map<string, string>();
  for (const { table, name, rules, builtIn, policy } of chains) {
    const own = tables.get(table) ?? new Map<string, CompiledRule[]>();
    tables.set(table, own);
    own.set(
      name,
      rules.map(({ text }) => compileRule(text)),
    );
    if (builtIn) policies.set(`${table}/${name}`, policy);
  }
  return { tables, policies };
}

function allRules({ tables }: Rules): readonly CompiledRule[] {
  return [...tables.values()].flatMap((chains) => [...chains.values()].flat());
}

/** Releases of iptables print a share with five to eleven digits. */
const tolerance = 1e-4;

function sameFates(a: Fates, b: Fates): boolean {
  if (a.size !== b.size) return false;
  for (const [fate, share] of a) {
    const other = b.get(fate);
    if (other === undefined || Math.abs(share - other) > tolerance * share) return false;
  }
  return true;
}

function told({ packet, way }: Start): string {
  const { source, input, protocol, port, state, lists } = packet;
  const listed = lists.size === 0 ? '' : ` on ${[...lists].map(([name, age]) => `${name} ${age}s`).join()}`;
  return `${source} (${input ?? 'the node'}) ${protocol} ${way.destination} ${port} ${state}${way.translated ? ' translated' : ''} mark ${way.mark}${listed}`;
}

function toldFates(fates: Fates): string {
  return [...fates]
    .slice(0, 3)
    .map(([fate, share]) => `${share.toFixed(4)} ${fate}`)
    .join(' | ');
}

// What is installed beside what kube-proxy would write, one family: chain by chain, by what the rules do.
import type { Family } from '../../../address.ts';
import type { Chain, Rule, Ruleset, Table } from '../../../netfilter/ruleset.ts';
import type { Difference, DiffLine, Forgiven, Harmless, Role } from '../../difference.ts';
import type { Owner } from '../../dispatch.ts';
import type { Endpoint, EndpointMap } from '../../endpoints.ts';
import type { ServicePort } from '../../service-ports.ts';
import {
  markDropChain,
  markMasqChain,
  nodePortsChain,
  postroutingChain,
  servicesChain,
  splitHashedName,
} from '../chain-names.ts';
import type { ExpectedChain, ExpectedRule, TableName } from '../expect/expected.ts';
import { expectBase, expectPort, isLarge } from '../expect/index.ts';
import { Owners } from '../owners.ts';
import { holds } from '../releases.ts';
import type { Settings } from '../settings.ts';
import { absentWays, strangers } from './any-settings.ts';
import { type Canonical, canonicalRule, canonicalText } from './canonical.ts';
import { compareDispatchChain, destinationPortOf } from './dispatch-chain.ts';
import { compareFrame } from './frame.ts';
import { KnownChains } from './known-chains.ts';
import { type PortLines, portLines } from './own-lines.ts';
import { ownerOfRule } from './owner-of-rule.ts';
import { compareSequences, unifiedDiff } from './sequence.ts';
import { strayChains } from './stray-chains.ts';

export interface FamilyComparison {
  readonly family: Family;
  readonly differences: readonly Difference[];
  readonly forgiven: readonly Forgiven[];
  /** Rules that kube-proxy would write. */
  readonly expectedRules: number;
  /** Tables in which not one chain that kube-proxy alone writes has a rule: they were flushed, or never written. */
  readonly emptied: readonly TableName[];
}

/** Pure; `ports` and `endpoints` are of one snapshot. A damaged ruleset must not come here. */
export function compareFamily(
  ruleset: Ruleset,
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  settings: Settings,
): FamilyComparison {
  return new Comparing(ruleset, ports, settings).run(endpoints);
}

/**
 * A number that the differences under these settings are not below. `best` are those under other settings: only the
 * ports that differ there are looked at, so it takes no time in a large cluster.
 */
export function fewestDifferences(
  ruleset: Ruleset,
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  settings: Settings,
  best: readonly Difference[],
): number {
  return new Comparing(ruleset, ports, settings).fewest(endpoints, best);
}

class Comparing {
  readonly #ruleset: Ruleset;
  readonly #ports: readonly ServicePort[];
  readonly #settings: Settings;
  readonly #tables: Readonly<Record<TableName, Table | undefined>>;
  readonly #differences: Difference[] = [];
  readonly #forgiven: Forgiven[] = [];
  /** All chains that are expected. */
  readonly #known: Readonly<Record<TableName, KnownChains>>;
  /** What the last rules had whose comment varies: a node's are alike, but for few. */
  #large = false;
  /** Service ports of which kube-proxy may see one thing or another. */
  readonly #contested = new Set<ServicePort>();
  #owners: Owners | undefined;
  #rules = 0;

  constructor(ruleset: Ruleset, ports: readonly ServicePort[], settings: Settings) {
    this.#ruleset = ruleset;
    this.#ports = ports;
    this.#settings = settings;
    const table = (name: string) => ruleset.tables.find((each) => each.name === name);
    this.#tables = { nat: table('nat'), filter: table('filter'), mangle: table('mangle') };
    this.#known = {
      nat: new KnownChains(this.#tables.nat),
      filter: new KnownChains(this.#tables.filter),
      mangle: new KnownChains(this.#tables.mangle),
    };
  }

  run(endpoints: EndpointMap): FamilyComparison {
    const base = expectBase(this.#settings);
    for (const chain of base) this.#known[chain.table].add(chain.name);
    const dispatch = new Map(
      base.flatMap((chain) => (chain.dispatch ? [[key(chain.table, chain.name), [] as ExpectedRule[]]] : [])),
    );
    this.#portsOf(this.#ports, endpoints, dispatch);
    for (const chain of base) {
      const own = dispatch.get(key(chain.table, chain.name));
      if (own !== undefined) this.#dispatch(chain, [...own, ...chain.rules], dispatch);
      else this.#frame(chain);
    }
    const strays = strayChains(this.#ruleset, (table) => {
      const known = this.#tables[table.name as TableName] === table ? this.#known[table.name as TableName] : undefined;
      return (number) => known?.hasNumber(number) === true;
    });
    for (const rule of strays.foreign) {
      this.#add(rule.ref.table, rule.ref.chain, 'jump', 'foreign', this.#ownerOf(rule), [line('+', rule)]);
    }
    this.#forgiven.push(...strays.unused.map((chain) => this.#pardon(chain.table, chain.name, 'unused-chain')));
    return {
      family: this.#ruleset.family,
      differences: this.#differences,
      forgiven: this.#forgiven,
      expectedRules: this.#rules,
      emptied: (['nat', 'filter'] as const).filter((table) => this.#isEmptied(table, base)),
    };
  }

  fewest(endpoints: EndpointMap, best: readonly Difference[]): number {
    const base = expectBase(this.#settings);
    const dispatch = new Map(
      base.flatMap((chain) => (chain.dispatch ? [[key(chain.table, chain.name), [] as ExpectedRule[]]] : [])),
    );
    const { family } = this.#settings;
    const owners = best.flatMap(({ owner }) =>
      owner?.kind === 'known' && owner.port.family === family ? [owner] : [],
    );
    this.#portsOf([...new Set(owners.map(({ port }) => port))], endpoints, dispatch);
    for (const chain of base) if (!chain.dispatch) this.#frame(chain);
    const shared = [...dispatch.values()].flat().filter(({ port }) => port === undefined || !this.#contested.has(port));
    return this.#differences.length + absentWays(this.#ruleset, shared) + strangers(best, this.#ports, family);
  }

  #portsOf(ports: readonly ServicePort[], endpoints: EndpointMap, dispatch: ReadonlyMap<string, ExpectedRule[]>): void {
    const chance = holds('contested endpoints are chance', this.#settings.minor);
    const large = isLarge(this.#ports, endpoints, this.#settings);
    this.#large = large;
    for (const port of ports) {
      if (port.family !== this.#settings.family) continue;
      const own = endpoints.of(port);
      if (chance && own.some(({ contested }) => contested)) this.#contested.add(port);
      if (this.#alike(port, own, large, dispatch)) continue;
      this.#port(port, expectPort(port, own, this.#settings, large).rules, dispatch);
    }
  }

  /** Looks no further than the first chain that has rules. */
  #isEmptied(name: TableName, base: readonly ExpectedChain[]): boolean {
    const table = this.#tables[name];
    if (table === undefined) return false;
    const shared = new Set(
      base.flatMap((chain) => (chain.base || !chain.exclusive || kubelets.has(chain.name) ? chain.name : [])),
    );
    for (const chain of table.chains()) {
      if (chain.ruleCount > 0 && this.#known[name].has(chain.name) && !shared.has(chain.name)) return false;
    }
    return true;
  }

  /** Nearly every port's own chains read as expected, with or without the comments that a large cluster leaves out. */
  #alike(
    port: ServicePort,
    endpoints: readonly Endpoint[],
    large: boolean,
    dispatch: ReadonlyMap<string, ExpectedRule[]>,
  ): boolean {
    for (const form of [this.#large, !this.#large]) {
      const written = portLines(port, endpoints, this.#settings, form, (table, chain) =>
        dispatch.has(key(table, chain)),
      );
      const numbers = this.#numbersOf(written);
      if (numbers === undefined) continue;
      this.#large = form;
      this.#rules += written.rules;
      for (const rule of written.shared) dispatch.get(key(rule.table, rule.chain))?.push(rule);
      let at = 0;
      for (const [chain, { table, commentVaries }] of written.own) {
        this.#known[table].addNumber(numbers[at++] ?? 0);
        if (commentVaries && form !== large) this.#forgiven.push(this.#pardon(table, chain, 'comment'));
      }
      return true;
    }
    return false;
  }

  /** Where its chains stand; `undefined` where one does not read as it should, or is another port's. */
  #numbersOf({ own }: PortLines): readonly number[] | undefined {
    const numbers: number[] = [];
    for (const [chain, { table, lines }] of own) {
      const installed = this.#tables[table];
      const number = installed?.numberOf(chain);
      if (installed === undefined || number === undefined) return undefined;
      if (this.#known[table].hasNumber(number) || !installed.reads(number, lines)) return undefined;
      numbers.push(number);
    }
    return numbers;
  }

  /** Its own chains are compared at once, so that a large cluster's rules are not held. */
  #port(port: ServicePort, rules: readonly ExpectedRule[], dispatch: ReadonlyMap<string, ExpectedRule[]>): void {
    this.#rules += rules.length;
    for (let at = 0; at < rules.length; ) {
      const first = rules[at];
      if (first === undefined) break;
      const shared = dispatch.get(key(first.table, first.chain));
      if (shared !== undefined) {
        shared.push(first);
        at++;
        continue;
      }
      at = this.#own(port, rules, at);
    }
  }

  /** A chain's rules stand together, but for those of balances that share a port. Returns where the next chain begins. */
  #own(port: ServicePort, rules: readonly ExpectedRule[], at: number): number {
    const { table, chain } = rules[at] as ExpectedRule;
    let end = at;
    while (end < rules.length && rules[end]?.chain === chain && rules[end]?.table === table) end++;
    const next = rules[end];
    if (this.#known[table].has(chain)) return end;
    this.#known[table].add(chain);
    // The masquerade rule of a chain is written before the chain's own: then the rest comes later.
    const later =
      next === undefined ? [] : rules.slice(end).filter((each) => each.chain === chain && each.table === table);
    const expected = later.length === 0 ? rules.slice(at, end) : [...rules.slice(at, end), ...later];
    const installed = this.#tables[table]?.chain(chain);
    this.#sequence(table, chain, port, installed, expected);
    return end;
  }

  #sequence(
    table: TableName,
    chain: string,
    port: ServicePort,
    installed: Chain | undefined,
    expected: readonly ExpectedRule[],
  ): void {
    const rules = installed?.rules() ?? [];
    if (rules.length === expected.length && rules.every(({ text }, index) => text === expected[index]?.text)) return;
    const owner = ownerOf(port);
    if (rules.length === 0 && expected.some(({ text }) => text.includes(' -j '))) {
      const lines = expected.map(({ text }): DiffLine => ({ sign: '-', text, rule: undefined }));
      this.#add(table, chain, roleOf(table, chain, owner), undefined, owner, lines);
      return;
    }
    // Nothing else is led here: the chain that leads here is compared, too.
    const protocol = port.name.protocol.toLowerCase();
    const around = { protocol, keepsAll: this.#keepsAll };
    const has = rules.map((rule) => canonicalRule(rule, around));
    const wants = expected.map(({ text }) => canonicalText(text, around));
    const result = compareSequences(has, wants);
    if (result.same) for (const why of result.forgiven) this.#forgiven.push(this.#pardon(table, chain, why));
    else this.#add(table, chain, roleOf(table, chain, owner), result.order ? 'order' : undefined, owner, result.lines);
  }

  #dispatch(
    chain: ExpectedChain,
    expected: readonly ExpectedRule[],
    dispatch: ReadonlyMap<string, readonly ExpectedRule[]>,
  ): void {
    const { table, name } = chain;
    this.#rules += chain.rules.length;
    const rules = this.#tables[table]?.chain(name)?.rules() ?? [];
    const meetsLast = (rule: Canonical) =>
      table === 'nat' && name === servicesChain && this.#nodePorts(dispatch).has(destinationPortOf(rule) ?? '');
    const result = compareDispatchChain(rules, expected, { keepsAll: this.#keepsAll }, meetsLast);
    for (const why of result.forgiven) this.#forgiven.push(this.#pardon(table, name, why));
    const byPort = Map.groupBy(result.missing, ({ port }) => port);
    const extraByOwner = new Map<string, { owner: Owner | undefined; rules: Rule[] }>();
    for (const rule of result.extra) {
      const owner = this.#ownerOf(rule);
      const id = owner === undefined ? `line ${rule.ref.line}` : ownerKey(owner);
      const group = extraByOwner.get(id) ?? { owner, rules: [] };
      group.rules.push(rule);
      extraByOwner.set(id, group);
    }
    for (const [port, missing] of byPort) {
      const owner = port && ownerOf(port);
      const id = owner === undefined ? '' : ownerKey(owner);
      const extra = extraByOwner.get(id)?.rules ?? [];
      extraByOwner.delete(id);
      const lines = unifiedDiff(
        extra.map((rule) => canonicalRule(rule)),
        missing.map(({ text }) => canonicalText(text)),
      );
      this.#add(table, name, roleOf(table, name, owner), undefined, owner, lines);
    }
    for (const { owner, rules: extra } of extraByOwner.values()) {
      const lines = extra.map((rule) => line('+', rule));
      this.#add(table, name, roleOf(table, name, owner), owner === undefined ? 'foreign' : 'extra', owner, lines);
    }
    for (const { port, installed, expected: wanted } of result.misplaced) {
      const owner = port && ownerOf(port);
      this.#add(table, name, roleOf(table, name, owner), 'order', owner, unifiedDiff(installed, wanted));
    }
  }

  #frame(chain: ExpectedChain): void {
    this.#rules += chain.rules.length;
    const { table, name } = chain;
    const result = compareFrame(chain, this.#tables[table]);
    for (const why of result.forgiven) this.#forgiven.push(this.#pardon(table, name, why));
    for (const { kind, lines } of result.differences) {
      this.#add(table, name, chain.base ? 'jump' : 'frame', kind, undefined, lines);
    }
  }

  /** Its last rule hands on whoever is still there. */
  readonly #keepsAll = (chain: string): boolean => {
    const last = this.#tables.nat?.chain(chain)?.rules().at(-1);
    const isForAll = last?.matches.every(({ kind }) => kind === 'comment') === true;
    return isForAll && last.target.kind === 'jump' && /^KUBE-SV[CL]-/.test(last.target.chain);
  };

  /** `tcp 30080` of every node port. */
  #nodePorts(dispatch: ReadonlyMap<string, readonly ExpectedRule[]>): ReadonlySet<string> {
    const rules = dispatch.get(key('nat', nodePortsChain)) ?? [];
    return new Set(rules.map(({ text }) => `${/ -p (\S+)/.exec(text)?.[1]} ${/ --dport (\S+)/.exec(text)?.[1]}`));
  }

  #ownerOf(rule: Rule): Owner | undefined {
    this.#owners ??= new Owners(this.#ports, this.#ruleset.family);
    return ownerOfRule(rule, this.#owners, this.#ruleset);
  }

  #add(
    table: string,
    chain: string,
    role: Role,
    kind: Difference['kind'] | undefined,
    owner: Owner | undefined,
    lines: readonly DiffLine[],
  ): void {
    const { family } = this.#ruleset;
    if (owner?.kind === 'known' && this.#contested.has(owner.port)) {
      this.#forgiven.push(this.#pardon(table, chain, 'contested-endpoint'));
      return;
    }
    this.#differences.push({ family, table, chain, role, kind: kind ?? kindOf(lines), owner, lines });
  }

  #pardon(table: string, chain: string, why: Harmless): Forgiven {
    return { family: this.#ruleset.family, table, chain, why };
  }
}

// pkg/kubelet/kubelet_network_linux.go, v1.26: kubelet wrote these, too, and puts its own back within a minute.
const kubelets: ReadonlySet<string> = new Set(['KUBE-FIREWALL', markMasqChain, markDropChain, postroutingChain]);

function key(table: string, chain: string): string {
  return `${table}/${chain}`;
}

function ownerOf(port: ServicePort): Owner {
  return { kind: 'known', name: port.name, port };
}

function ownerKey(owner: Owner): string {
  if (owner.kind === 'nameless') return `nameless ${owner.hash}`;
  const { namespace, name, port, protocol } = owner.name;
  return `${namespace}/${name}:${port}/${protocol}`;
}

function line(sign: DiffLine['sign'], rule: Rule): DiffLine {
  return { sign, text: rule.text, rule };
}

function kindOf(lines: readonly DiffLine[]): 'missing' | 'extra' | 'changed' {
  const missing = lines.some(({ sign }) => sign === '-');
  const extra = lines.some(({ sign }) => sign === '+');
  return missing && extra ? 'changed' : missing ? 'missing' : 'extra';
}

const roles = {
  'KUBE-SVC-': 'balance',
  'KUBE-SVL-': 'balance',
  'KUBE-SEP-': 'backend',
  'KUBE-EXT-': 'external',
  'KUBE-XLB-': 'external',
  'KUBE-FW-': 'source-ranges',
} as const;

function roleOf(table: string, chain: string, owner: Owner | undefined): Role {
  const hashed = splitHashedName(chain);
  if (hashed !== undefined) return roles[hashed.prefix];
  if (owner === undefined) return 'frame';
  if (chain === 'KUBE-PROXY-FIREWALL') return 'source-ranges';
  return table === 'filter' && chain !== nodePortsChain ? 'refusal' : 'entry';
}

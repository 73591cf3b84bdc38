// All that can become of one packet: through nat, filter and nat again as the kernel takes it, chance by chance.
import type { CompiledRule, Packet, Way } from './rule.ts';

/** Rules of each chain by table and name; the policy of a built-in chain. */
export interface Rules {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, readonly CompiledRule[]>>;
  readonly policies: ReadonlyMap<string, string>;
}

export interface Start {
  readonly packet: Packet;
  readonly way: Way;
  /**
   * The one chain that it comes into, by whatever way, as `table/chain`; `undefined` for the whole way. Then what the chains
   * of Services behind that one do is not asked: to be led to another is another fate.
   */
  readonly entry?: string;
}

/** Told each time a packet comes into a chain. */
export type Visit = (table: string, chain: string, packet: Packet, way: Way) => void;

/** How often each fate is met; the shares add up to 1. */
export type Fates = ReadonlyMap<string, number>;

export function fatesOf({ packet, way, entry }: Start, rules: Rules, visit: Visit = () => {}): Fates {
  const fates = new Map<string, number>();
  const through = (table: string, chain: string, lives: readonly Life[]) =>
    new Walk(rules, table, packet, visit).base(chain, lives);
  if (entry !== undefined) {
    const [table = '', chain = ''] = entry.split('/');
    const walk = new Walk(rules, table, packet, visit, ofOneService);
    for (const life of walk.base(chain, [{ way, share: 1, fate: '' }])) count(fates, life);
    return fates;
  }
  const own = packet.input === null;
  let lives: readonly Life[] = [{ way, share: 1, fate: '' }];
  // nat is asked once for a connection, for an expected one, too.
  const isNew = packet.state === 'NEW' || packet.state === 'RELATED';
  if (isNew) lives = through('nat', own ? 'OUTPUT' : 'PREROUTING', lives);
  const [inward, onward] = [[] as Life[], [] as Life[]];
  for (const life of lives) (packet.isLocal(life.way.destination) ? inward : onward).push(life);
  let leaving: readonly Life[];
  if (own) {
    leaving = through('filter', 'OUTPUT', lives);
  } else {
    leaving = through('filter', 'FORWARD', onward);
    for (const life of through('filter', 'INPUT', inward)) count(fates, life);
  }
  if (isNew) leaving = through('nat', 'POSTROUTING', leaving);
  // Back in over the loopback interface.
  if (own) {
    const [local, away] = [[] as Life[], [] as Life[]];
    for (const life of leaving) (packet.isLocal(life.way.destination) ? local : away).push(life);
    leaving = [...through('filter', 'INPUT', local), ...away];
  }
  for (const life of leaving) count(fates, life);
  return fates;
}

function count(fates: Map<string, number>, { way, share, fate }: Life): void {
  const { destination, mark, done } = way;
  const text = `${fate} ${destination} ${mark} ${[...new Set(done)].sort().join(', ')}`;
  fates.set(text, (fates.get(text) ?? 0) + share);
}

/** A part of all packets like this one. `fate` is the verdicts so far; `DROP` and its kin end it. */
interface Life {
  readonly way: Way;
  readonly share: number;
  readonly fate: string;
  /** Shared chains of this table that it came through, however empty: kube-proxy may write into them at any time. */
  readonly passed?: readonly string[];
}

const shared = /^KUBE-(?:FIREWALL|PROXY-FIREWALL|NODEPORTS|EXTERNAL-SERVICES|FORWARD|SERVICES|POSTROUTING)$/;

const ofOneService = /^KUBE-(?:SVC|SVL|SEP|EXT|FW)-/;

const deepest = 24;

class Walk {
  readonly #rules: Rules;
  readonly #table: string;
  readonly #packet: Packet;
  readonly #visit: Visit;
  readonly #stopAt: RegExp | undefined;
  readonly #ended: Life[] = [];
  #base = '';

  constructor(rules: Rules, table: string, packet: Packet, visit: Visit, stopAt?: RegExp) {
    this.#stopAt = stopAt;
    this.#rules = rules;
    this.#table = table;
    this.#packet = packet;
    this.#visit = visit;
  }

  base(chain: string, lives: readonly Life[]): readonly Life[] {
    const alive = lives.flatMap(({ fate, way, share }) => (isLost(fate) ? [] : [{ fate, way, share }]));
    if (alive.length === 0) return lives;
    this.#base = chain;
    const policy = this.#rules.policies.get(`${this.#table}/${chain}`) ?? 'ACCEPT';
    for (const life of this.#chain(chain, alive, 0)) {
      const way = { ...life.way, done: [...life.way.done, ...(life.passed ?? [])] };
      this.#ended.push({ way, share: life.share, fate: policy === 'ACCEPT' ? '' : policy });
    }
    return [...lives.filter(({ fate }) => isLost(fate)), ...this.#ended];
  }

  /** Those that come back. */
  #chain(name: string, entering: readonly Life[], depth: number): readonly Life[] {
    const rules = this.#rules.tables.get(this.#table)?.get(name);
    if (rules === undefined || depth > deepest) {
      for (const life of entering) this.#ended.push({ ...life, fate: depth > deepest ? 'a loop' : 'no such chain' });
      return [];
    }
    for (const { way } of entering) this.#visit(this.#table, name, this.#packet, way);
    const back: Life[] = [];
    let lives = shared.test(name)
      ? entering.map((life) => passing(life, `passes ${this.#table}/${name} from ${this.#base}`))
      : entering;
    for (const rule of rules) {
      if (lives.length === 0) break;
      const next: Life[] = [];
      for (const life of lives) {
        if (rule.share === 0 || !rule.tests.every((test) => test(this.#packet, life.way))) {
          next.push(life);
          continue;
        }
        if (rule.share < 1) next.push({ ...life, share: life.share * (1 - rule.share) });
        this.#take(rule, { ...life, share: life.share * rule.share }, next, back, depth);
      }
      lives = next.length > 1 ? joined(next) : next;
    }
    return back.length === 0 ? lives : joined([...back, ...lives]);
  }

  #take({ target, leaves }: CompiledRule, life: Life, next: Life[], back: Life[], depth: number): void {
    const left = leaves.length === 0 ? life : { ...life, way: { ...life.way, done: [...life.way.done, ...leaves] } };
    const { way } = left;
    switch (target.kind) {
      case 'none':
      case 'log':
        next.push(left);
        break;
      case 'return':
        back.push(left);
        break;
      case 'mark':
        next.push({ ...left, way: { ...way, mark: ((way.mark & ~target.mask) ^ target.value) >>> 0 } });
        break;
      case 'dnat':
        this.#ended.push({
          ...left,
          way: { ...way, destination: target.to, translated: true, done: [...way.done, `to ${target.words}`] },
        });
        break;
      case 'end':
        // Others' rules may stand behind kube-proxy's: to be accepted is not the same as to be passed on to them.
        if (target.words === 'ACCEPT')
          this.#ended.push({
            ...left,
            way: { ...way, done: [...way.done, `accepted in ${this.#table} ${this.#base}`] },
          });
        else if (target.words.startsWith('MASQUERADE'))
          this.#ended.push({ ...left, way: { ...way, done: [...way.done, target.words] } });
        else this.#ended.push({ ...left, fate: target.words });
        break;
      case 'jump':
        if (this.#stopAt?.test(target.chain)) {
          this.#ended.push({ ...left, fate: `leads to ${target.chain}` });
          break;
        }
        next.push(...this.#chain(target.chain, [left], depth + 1));
        break;
      case 'goto':
        // Where the packet goes on when it comes back is not where kube-proxy takes it to go on.
        back.push(
          ...this.#chain(
            target.chain,
            [{ ...left, way: { ...way, done: [...way.done, `for good to ${target.chain}`] } }],
            depth + 1,
          ),
        );
    }
  }
}

function passing(life: Life, mark: string): Life {
  const { passed = [] } = life;
  return passed.includes(mark) ? life : { ...life, passed: [...passed, mark].sort() };
}

function isLost(fate: string): boolean {
  return fate !== '';
}

function joined(lives: readonly Life[]): readonly Life[] {
  const known = new Map<string, Life>();
  for (const life of lives) {
    const { destination, mark, done } = life.way;
    const key = `${destination} ${mark} ${done.join()} ${life.passed?.join()}`;
    const same = known.get(key);
    known.set(key, same === undefined ? life : { ...same, share: same.share + life.share });
  }
  return [...known.values()];
}

// One seed is one ruleset, one setting of the node and one batch of packets; here they are drawn, sent and compared.
import { addresses, type Family } from './addresses.ts';
import {
  answers,
  type Counted,
  countedBy,
  countedIn,
  load,
  send,
  type Verdict,
  verdictOf,
  walkAll,
} from './compare.ts';
import { type Random, randomFrom } from './random.ts';
import { randomPacket, type Sent } from './random-packets.ts';
import { emptyRules, randomRules } from './random-rules.ts';
import { type Backend, devices, must, type World } from './world.ts';
import { textOfRules, type Written } from './written.ts';

export interface Batch {
  readonly seed: number;
  readonly family: Family;
  /** One backend's, or that of nft and then that of legacy: what was hooked in last is asked first. */
  readonly rules: readonly { readonly backend: Backend; readonly text: string }[];
  readonly sent: readonly Sent[];
  readonly sysctls: Readonly<Record<string, string>>;
}

/** Packets of one batch. Each that leaves is answered. */
export const batchSize = 20;

export function drawBatch(seed: number, sets: (family: Family) => readonly string[]): Batch {
  const random = randomFrom(seed);
  const backends = random.of<readonly Backend[]>([['nft'], ['nft'], ['legacy'], ['legacy'], ['nft', 'legacy']]);
  const family = random.of(Object.keys(addresses) as Family[]);
  const sysctls = randomSysctls(random);
  const rules = backends.map((backend) => ({ backend, text: randomRules(random, family, { sets: sets(family) }) }));
  const sent = Array.from({ length: batchSize }, (_, index) => randomPacket(random, family, 20_000 + index));
  return { seed, family, rules, sent, sysctls };
}

/** The written rules, and packets that the seed draws. */
export function writtenBatch(backend: Backend, { family, rules, sysctls }: Written, seed: number): Batch {
  const random = randomFrom(seed);
  const sent = Array.from({ length: 3 * batchSize }, (_, index) => randomPacket(random, family, 20_000 + index));
  return {
    seed,
    family,
    rules: [{ backend, text: textOfRules(rules) }],
    sent,
    sysctls: { ...randomSysctls(undefined), ...sysctls },
  };
}

/** The rules, each text behind the name of its backend. */
export function textOf({ rules }: Batch): string {
  return rules.map(({ backend, text }) => `iptables-${backend}\n${text}`).join('\n');
}

/** In what the kernel and the walk differ, a line each. Empty: in nothing. */
export async function disagreements(world: World, { family, rules, sent, sysctls }: Batch): Promise<readonly string[]> {
  world.setSysctls(sysctls);
  empty(world);
  // nft hooks its chains in anew whenever a text is loaded; loaded last it is asked first.
  const rulesets = rules
    .toReversed()
    .map(({ backend, text }) => load(world, backend, family, text))
    .toReversed();
  const backends = rules.map(({ backend }) => backend);
  const outcomes = walkAll(rulesets, world.facts(), sent);
  const first = differences('', await send(world, family, sent), verdictOf(outcomes));
  const replies = first.length > 0 ? [] : answers(rulesets, world.facts(), sent, outcomes);
  const answered = replies.map(({ outcome }) => outcome);
  const orders = replies.map(({ order }) => ({ order, from: 'wire' as const }));
  const second =
    orders.length === 0 ? [] : differences('answer ', await send(world, family, orders), verdictOf(answered));
  const counted = countDifferences(countedBy(world, backends, family), countedIn([...outcomes, ...answered], backends));
  must(world.node, ['conntrack', '-F']);
  return [...first, ...second, ...counted];
}

function differences(what: string, judged: Verdict, walked: Verdict): readonly string[] {
  return (['left', 'delivered'] as const).flatMap((how) => [
    ...without(judged[how], walked[how]).map((each) => `only in the kernel ${what}${how}: ${each}`),
    ...without(walked[how], judged[how]).map((each) => `only in the walk ${what}${how}: ${each}`),
  ]);
}

/** Elements of the one list that are not in the other, each as often as it is missing there. */
function without(list: readonly string[], other: readonly string[]): readonly string[] {
  const left = [...other];
  return list.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function countDifferences(judged: Counted, walked: Counted): readonly string[] {
  return [...new Set([...judged.keys(), ...walked.keys()])]
    .filter((rule) => judged.get(rule) !== walked.get(rule))
    .map((rule) => `${rule}: the kernel ${judged.get(rule) ?? 0}, the walk ${walked.get(rule) ?? 0}`);
}

/** What stands in the other backend or family must not have a say. */
export function empty(world: World): void {
  for (const backend of ['nft', 'legacy'] as const) {
    for (const program of ['iptables', 'ip6tables']) must(world.node, [`${program}-${backend}-restore`], emptyRules);
  }
}

/** Mostly a node as it should be, now and then one with a setting that stops packets. */
function randomSysctls(random: Random | undefined): Readonly<Record<string, string>> {
  const chance = (share: number) => random?.chance(share) ?? false;
  const values: Record<string, string> = {
    'net.ipv4.ip_forward': chance(0.05) ? '0' : '1',
    'net.ipv6.conf.all.forwarding': chance(0.05) ? '0' : '1',
  };
  for (const name of ['all', ...devices.slice(1)]) {
    values[`net.ipv4.conf.${name}.rp_filter`] = random?.of(['0', '0', '0', '1', '2']) ?? '0';
    values[`net.ipv4.conf.${name}.route_localnet`] = chance(0.2) ? '1' : '0';
    values[`net.ipv4.conf.${name}.accept_local`] = chance(0.1) ? '1' : '0';
    values[`net.ipv4.conf.${name}.src_valid_mark`] = chance(0.2) ? '1' : '0';
  }
  return values;
}

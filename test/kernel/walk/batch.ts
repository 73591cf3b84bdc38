// One seed is one ruleset, one setting of the node and one batch of packets; here they are drawn, sent and compared.
import { addresses, type Family } from './addresses.ts';
import { foretell, load, sendAll, type Verdict } from './compare.ts';
import { type Random, randomFrom } from './random.ts';
import { randomPacket, type Sent } from './random-packets.ts';
import { emptyRules, randomRules } from './random-rules.ts';
import { type Backend, devices, must, type World } from './world.ts';

export interface Batch {
  readonly seed: number;
  readonly backend: Backend;
  readonly family: Family;
  readonly text: string;
  readonly sent: readonly Sent[];
  readonly sysctls: Readonly<Record<string, string>>;
}

export const batchSize = 20;

export function drawBatch(seed: number, sets: (family: Family) => readonly string[]): Batch {
  const random = randomFrom(seed);
  const backend = random.of(['nft', 'legacy'] as const);
  const family = random.of(Object.keys(addresses) as Family[]);
  const sysctls = randomSysctls(random);
  const text = randomRules(random, family, { sets: sets(family) });
  const sent = Array.from({ length: batchSize }, (_, index) => randomPacket(random, family, 20_000 + index));
  return { seed, backend, family, text, sent, sysctls };
}

/** In what the kernel and the walk differ, a line each. Empty: in nothing. */
export async function disagreements(world: World, batch: Batch): Promise<readonly string[]> {
  world.setSysctls(batch.sysctls);
  empty(world);
  const ruleset = load(world, batch.backend, batch.family, batch.text);
  const walked = foretell(ruleset, world.facts(), batch.sent);
  const judged = await sendAll(world, batch.backend, batch.family, batch.sent);
  return [
    ...differences('left', judged, walked),
    ...differences('delivered', judged, walked),
    ...[...new Set([...judged.counted.keys(), ...walked.counted.keys()])]
      .filter((rule) => judged.counted.get(rule) !== walked.counted.get(rule))
      .map((rule) => `${rule}: the kernel ${judged.counted.get(rule) ?? 0}, the walk ${walked.counted.get(rule) ?? 0}`),
  ];
}

function differences(what: 'left' | 'delivered', judged: Verdict, walked: Verdict): readonly string[] {
  const only = (a: readonly string[], b: readonly string[]) => a.filter((each) => !b.includes(each));
  return [
    ...only(judged[what], walked[what]).map((each) => `only in the kernel ${what}: ${each}`),
    ...only(walked[what], judged[what]).map((each) => `only in the walk ${what}: ${each}`),
  ];
}

/** What stands in the other backend or family must not have a say. */
function empty(world: World): void {
  for (const backend of ['nft', 'legacy'] as const) {
    for (const program of ['iptables', 'ip6tables']) must(world.node, [`${program}-${backend}-restore`], emptyRules);
  }
}

/** Mostly a node as it should be, now and then one with a setting that stops packets. */
function randomSysctls(random: Random): Readonly<Record<string, string>> {
  const values: Record<string, string> = {
    'net.ipv4.ip_forward': random.chance(0.95) ? '1' : '0',
    'net.ipv6.conf.all.forwarding': random.chance(0.95) ? '1' : '0',
  };
  for (const name of ['all', ...devices.slice(1)]) {
    values[`net.ipv4.conf.${name}.rp_filter`] = random.of(['0', '0', '0', '1', '2']);
    values[`net.ipv4.conf.${name}.route_localnet`] = random.chance(0.2) ? '1' : '0';
    values[`net.ipv4.conf.${name}.accept_local`] = random.chance(0.1) ? '1' : '0';
    values[`net.ipv4.conf.${name}.src_valid_mark`] = random.chance(0.2) ? '1' : '0';
  }
  return values;
}

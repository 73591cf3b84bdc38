// Rulesets with rules of chance and of extensions that no walk can decide: then the kernel must do one of the things
// that the walk says it may do, and each of them that is sure.
import type { Ending, Outcome } from '../../../src/netfilter/trace.ts';
import { trace } from '../../../src/netfilter/trace.ts';
import { addresses, type Family } from './addresses.ts';
import { empty } from './batch.ts';
import { lineOf, load, send } from './compare.ts';
import { randomFrom } from './random.ts';
import { randomPacket, type Sent } from './random-packets.ts';
import { randomRules } from './random-rules.ts';
import { type Backend, must, type World } from './world.ts';

const batchSize = 20;

/** What the kernel did and the walk says it cannot, a line each. */
export async function impossible(world: World, seed: number): Promise<readonly string[]> {
  const random = randomFrom(seed + 1_000_000);
  const backend = random.of(['nft', 'legacy'] as const);
  const family = random.of(Object.keys(addresses) as Family[]);
  const text = randomRules(random, family, { sets: world.sets(family), chance: true, unknown: true });
  const sent = Array.from({ length: batchSize }, (_, index) => randomPacket(random, family, 20_000 + index));
  return impossibleOf(world, backend, family, text, sent);
}

/** The same of given rules and packets. Of ICMP a frame that has left does not tell whose it was: it is left out. */
export async function impossibleOf(
  world: World,
  backend: Backend,
  family: Family,
  text: string,
  packets: readonly Sent[],
): Promise<readonly string[]> {
  empty(world);
  const ruleset = load(world, backend, family, text);
  const sent = packets.filter(({ packet }) => packet.sourcePort !== undefined);
  const { left, delivered } = await send(world, family, sent);
  must(world.node, ['conntrack', '-F']);
  return sent.flatMap((each) => {
    const seen = [...left, ...delivered].filter((line) => line.includes(` ${each.port} `));
    return judge(each, seen, trace([ruleset], each.packet, world.facts()).outcomes);
  });
}

function judge({ packet }: Sent, seen: readonly string[], outcomes: readonly Outcome[]): readonly string[] {
  const endings: readonly Ending[] = outcomes.flatMap((outcome) => outcome.open?.endings ?? [outcome]);
  if (endings.some(({ fate }) => fate === 'undetermined')) return [];
  const lines = endings.filter(({ fate }) => fate === 'accepted').map(lineOf);
  const told = JSON.stringify([packet, seen, lines, endings.map(({ fate }) => fate)]);
  if (seen.length > 1) return [`one packet was seen twice: ${told}`];
  const [line] = seen;
  if (line === undefined) return endings.some(({ fate }) => fate !== 'accepted') ? [] : [`it must arrive: ${told}`];
  return lines.includes(line) ? [] : [`it cannot arrive there: ${told}`];
}

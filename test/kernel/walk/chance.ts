// A cascade of random rules as a balancer writes it, and many connections through it: how often each end came, and
// between which counts it had to be.
import { type Fraction, toNumber } from '../../../src/netfilter/fraction.ts';
import { trace } from '../../../src/netfilter/trace.ts';
import { empty } from './batch.ts';
import { lineOf, load, send } from './compare.ts';
import { firstFromWire } from './random-packets.ts';
import { type Backend, must, type World } from './world.ts';

export interface Choices {
  /** Foretold counts by end, and five standard deviations to either side. */
  readonly share: ReadonlyMap<string, number>;
  readonly low: ReadonlyMap<string, number>;
  readonly high: ReadonlyMap<string, number>;
  readonly counted: ReadonlyMap<string, number>;
}

const rules = `*nat
:PREROUTING ACCEPT [0:0]
:SVC - [0:0]
:SEP - [0:0]
-A PREROUTING -d 10.96.0.1/32 -p tcp -j SVC
-A SVC -m statistic --mode random --probability 0.2 -j SEP
-A SVC -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.244.1.7:80
-A SVC -p tcp -m statistic --mode random ! --probability 0.25 -j DNAT --to-destination 192.0.2.77:80
-A SVC -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.0.33:80
-A SEP -p tcp -j DNAT --to-destination 10.244.0.9:80
COMMIT
*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -d 10.244.0.9/32 -m statistic --mode random --probability 0.5 -j DROP
COMMIT
`;

const connections = 2_000;
const batch = 100;

export async function countChoices(world: World, backend: Backend): Promise<Choices> {
  empty(world);
  const ruleset = load(world, backend, 'IPv4', rules);
  const packets = Array.from({ length: connections }, (_, index) =>
    firstFromWire({
      family: 'IPv4',
      protocol: 'tcp',
      source: '203.0.113.5',
      destination: '10.96.0.1',
      sourcePort: 20_000 + index,
      destinationPort: 80,
    }),
  );
  const counted = new Map<string, number>();
  for (let at = 0; at < connections; at += batch) {
    const { left } = await send(world, 'IPv4', packets.slice(at, at + batch));
    for (const line of left) counted.set(withoutPort(line), (counted.get(withoutPort(line)) ?? 0) + 1);
  }
  must(world.node, ['conntrack', '-F']);
  const [first] = packets;
  if (first === undefined) throw new Error('no packets');
  const outcomes = trace([ruleset], first.packet, world.facts()).outcomes.filter(({ fate }) => fate === 'accepted');
  const by = (count: (probability: Fraction) => number) =>
    new Map(outcomes.map((each) => [withoutPort(lineOf(each)), each.probability ? count(each.probability) : 0]));
  const expected = (probability: Fraction) => toNumber(probability) * connections;
  const spread = (probability: Fraction) => 5 * Math.sqrt(expected(probability) * (1 - toNumber(probability)));
  return {
    share: by(expected),
    low: by((probability) => expected(probability) - spread(probability)),
    high: by((probability) => expected(probability) + spread(probability)),
    counted,
  };
}

function withoutPort(line: string): string {
  return line.replace(/ 2\d{4} /, ' ');
}

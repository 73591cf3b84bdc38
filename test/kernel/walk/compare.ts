// One ruleset and a batch of packets, walked and sent: where every packet ended, as what, and how often every rule was
// met must be the same.
import { addressFrom } from '../../../src/address.ts';
import { isOne } from '../../../src/netfilter/fraction.ts';
import type { NodeFacts } from '../../../src/netfilter/node-facts.ts';
import type { Ruleset } from '../../../src/netfilter/ruleset.ts';
import { type Outcome, trace } from '../../../src/netfilter/trace.ts';
import { parseIptablesSave } from '../../../src/parse/iptables-save.ts';
import type { Seen } from './agent.ts';
import type { Sent } from './random-packets.ts';
import { type Backend, devices, must, type World } from './world.ts';

export interface Verdict {
  readonly left: readonly string[];
  readonly delivered: readonly string[];
  /** `table chain index` to the packets it has counted. */
  readonly counted: ReadonlyMap<string, number>;
}

/** Loads the text, empties the other backend, and reads back what the kernel holds. */
export function load(world: World, backend: Backend, family: 'IPv4' | 'IPv6', text: string): Ruleset {
  const program = `${family === 'IPv4' ? 'iptables' : 'ip6tables'}-${backend}`;
  must(world.node, [`${program}-restore`], text);
  return save(world, backend, family);
}

export function save(world: World, backend: Backend, family: 'IPv4' | 'IPv6'): Ruleset {
  const program = `${family === 'IPv4' ? 'iptables' : 'ip6tables'}-${backend}`;
  return parseIptablesSave(must(world.node, [`${program}-save`, '-c']), family);
}

/** What the kernel does with the packets. */
export async function sendAll(
  world: World,
  backend: Backend,
  family: 'IPv4' | 'IPv6',
  sent: readonly Sent[],
): Promise<Verdict> {
  const seen = await world.send({
    wire: sent.filter(({ from }) => from === 'wire').map(({ order }) => order),
    own: sent.filter(({ from }) => from === 'own').map(({ order }) => order),
  });
  const counted = new Map<string, number>();
  for (const table of save(world, backend, family).tables) {
    for (const rule of table.rules()) {
      const packets = Number(rule.counters?.packets ?? 0n);
      if (packets > 0) counted.set(`${table.name} ${rule.ref.chain} ${rule.ref.index}`, packets);
    }
  }
  must(world.node, ['conntrack', '-F']);
  return { left: seen.map(readFrame).sort(), delivered: world.delivered(family), counted };
}

export interface Foretold extends Verdict {
  readonly outcomes: readonly Outcome[];
}

/** What the walk says the kernel does. Throws where it leaves a packet open that no rule leaves open. */
export function foretell(ruleset: Ruleset, facts: NodeFacts, sent: readonly Sent[]): Foretold {
  const counted = new Map<string, number>();
  const outcomes = sent.map(({ packet }) => {
    const [only, ...others] = trace([ruleset], packet, facts).outcomes;
    if (only?.probability === undefined || !isOne(only.probability) || others.length > 0 || only.open !== undefined) {
      throw new Error(`not one outcome: ${JSON.stringify([only?.open?.facts, only?.reason, packet])}`);
    }
    for (const step of only.steps) {
      if (step.kind !== 'match') continue;
      const key = `${step.rule.table} ${step.rule.chain} ${step.rule.index}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
    return only;
  });
  const of = (delivered: 'out' | 'local') => outcomes.filter((outcome) => outcome.delivered === delivered);
  return {
    outcomes,
    counted,
    left: of('out')
      .map((outcome) => `${outcome.interface} ${endsOf(outcome)}`)
      .sort(),
    delivered: [...new Set(of('local').map(endsOf))].sort(),
  };
}

function endsOf({ source, sourcePort = 0, destination, destinationPort = 0 }: Outcome): string {
  return `${source} ${sourcePort} ${destination} ${destinationPort}`;
}

/** `device source port destination port`; of ICMP the ports are 0. */
function readFrame({ network, bytes }: Seen): string {
  const frame = Buffer.from(bytes, 'base64').subarray(14);
  const four = frame.readUInt8(0) >>> 4 === 4;
  const [from, size, header, protocol] = four ? [12, 4, 20, frame.readUInt8(9)] : [8, 16, 40, frame.readUInt8(6)];
  const address = (at: number) =>
    addressFrom(BigInt(`0x${frame.subarray(at, at + size).toString('hex')}`), four ? 'IPv4' : 'IPv6');
  const hasPorts = protocol !== 1 && protocol !== 58;
  const port = (at: number) => (hasPorts ? frame.readUInt16BE(header + at) : 0);
  return `${devices[network]} ${address(from)} ${port(0)} ${address(from + size)} ${port(2)}`;
}

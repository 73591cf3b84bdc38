// A ruleset in the kernel and in the walk: the same packets sent through both, and what can be seen of them on either
// side, in the same words.
import { addressFrom } from '../../../src/address.ts';
import { isOne } from '../../../src/netfilter/fraction.ts';
import type { NodeFacts } from '../../../src/netfilter/node-facts.ts';
import type { RuleRef, Ruleset } from '../../../src/netfilter/ruleset.ts';
import { type Ending, type Outcome, type Trace, trace, traceReply } from '../../../src/netfilter/trace.ts';
import { parseIptablesSave } from '../../../src/parse/iptables-save.ts';
import type { Family } from './addresses.ts';
import type { Order, Seen } from './agent.ts';
import type { FirstPacket } from './frame.ts';
import { answerTo, peerMac, type Sent } from './random-packets.ts';
import { type Backend, devices, must, type World } from './world.ts';

export interface Verdict {
  /** `device source port destination port` of packets that have left; of ICMP the ports are 0. */
  readonly left: readonly string[];
  /** `source port destination port` of packets for the node itself, each once. */
  readonly delivered: readonly string[];
}

/** `backend table chain index` to the packets that the rule has counted. */
export type Counted = ReadonlyMap<string, number>;

/** Loads the text, and reads back what the kernel holds. */
export function load(world: World, backend: Backend, family: Family, text: string): Ruleset {
  must(world.node, [`${programOf(family)}-${backend}-restore`], text);
  return save(world, backend, family);
}

function save(world: World, backend: Backend, family: Family): Ruleset {
  return parseIptablesSave(must(world.node, [`${programOf(family)}-${backend}-save`, '-c']), family);
}

function programOf(family: Family): string {
  return family === 'IPv4' ? 'iptables' : 'ip6tables';
}

/** What the kernel does with the packets. */
export async function send(
  world: World,
  family: Family,
  sent: readonly Pick<Sent, 'order' | 'from'>[],
): Promise<Verdict> {
  const ordersFrom = (place: Sent['from']) => sent.filter(({ from }) => from === place).map(({ order }) => order);
  const seen = await world.send({ wire: ordersFrom('wire'), own: ordersFrom('own') });
  return { left: seen.map(readFrame).sort(), delivered: world.delivered(family) };
}

export function countedBy(world: World, backends: readonly Backend[], family: Family): Counted {
  const counted = backends.flatMap((backend) =>
    save(world, backend, family).tables.flatMap((table) =>
      [...table.rules()].map(({ ref, counters }) => [keyOf(backend, ref), Number(counters?.packets ?? 0n)] as const),
    ),
  );
  return new Map(counted.filter(([, packets]) => packets > 0));
}

/** What the walk says becomes of each packet. Throws where it leaves one open. */
export function walkAll(rulesets: readonly Ruleset[], facts: NodeFacts, sent: readonly Sent[]): readonly Outcome[] {
  return sent.map(({ packet }) => onlyOutcome(trace(rulesets, packet, facts)));
}

export interface Answer {
  readonly outcome: Outcome;
  readonly order: Order;
}

/**
 * Answers to those packets that have left, and what the walk says becomes of them. SCTP is left out, and TCP from the
 * node's sockets, whose sequence numbers are not ours: to tracking an answer of ours would be none.
 */
export function answers(
  rulesets: readonly Ruleset[],
  facts: NodeFacts,
  sent: readonly Sent[],
  outcomes: readonly Outcome[],
): readonly Answer[] {
  return outcomes.flatMap((outcome, index) => {
    const { packet, port } = sent[index] ?? {};
    if (packet === undefined || port === undefined || outcome.delivered !== 'out') return [];
    if (packet.protocol === 'sctp' || (packet.protocol === 'tcp' && packet.inInterface === null)) return [];
    const known = { sourceMac: peerMac, physicalIn: null, physicalOut: null };
    const reply = traceReply(rulesets, outcome, facts, known);
    const { interface: device, source, destination, sourcePort = 0, destinationPort = 0 } = outcome;
    if (reply === undefined || device === undefined || source === undefined || destination === undefined) return [];
    const to = { device, source, destination, sourcePort, destinationPort, identifier: port };
    const order = answerTo(packet.family, packet.protocol as FirstPacket['protocol'], to);
    return [{ outcome: onlyOutcome(reply), order }];
  });
}

function onlyOutcome({ packet, outcomes }: Trace): Outcome {
  const [only, ...others] = outcomes;
  if (only?.probability === undefined || !isOne(only.probability) || others.length > 0 || only.open !== undefined) {
    throw new Error(`not one outcome: ${JSON.stringify([only?.open?.facts, only?.reason, packet])}`);
  }
  return only;
}

export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  const of = (delivered: 'out' | 'local') => outcomes.filter((outcome) => outcome.delivered === delivered).map(lineOf);
  return { left: of('out').sort(), delivered: [...new Set(of('local'))].sort() };
}

/** As a verdict tells it. */
export function lineOf({
  delivered,
  interface: device,
  source,
  sourcePort = 0,
  destination,
  destinationPort = 0,
}: Ending): string {
  return `${delivered === 'out' ? `${device} ` : ''}${source} ${sourcePort} ${destination} ${destinationPort}`;
}

/** `backends` are those of the rulesets that were walked. */
export function countedIn(outcomes: readonly Outcome[], backends: readonly Backend[]): Counted {
  const counted = new Map<string, number>();
  for (const outcome of outcomes) {
    let backend = backends[0];
    for (const step of outcome.steps()) {
      if (step.kind === 'table') backend = backends[step.ruleset];
      if (step.kind !== 'match') continue;
      const key = keyOf(backend, step.rule);
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
  }
  return counted;
}

function keyOf(
  backend: Backend | undefined,
  { table, chain, index }: Pick<RuleRef, 'table' | 'chain' | 'index'>,
): string {
  return `${backend} ${table} ${chain} ${index}`;
}

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

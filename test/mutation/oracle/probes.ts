// Packets that could meet the rules of a text: each address, port, range, mark and list that a rule names, those beside
// it, and every kind of client.
import { addressOf, bitsOf, type CompiledRule, type Named, type Packet } from './rule.ts';
import type { Start } from './walk.ts';

/** Where a packet goes. */
export interface Aim {
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
}

export interface Client {
  readonly source: string;
  readonly input: string | null;
}

/** What is known of the node, and what all rules of its text name. */
export interface Surroundings {
  readonly family: 'IPv4' | 'IPv6';
  /** Loopback first. */
  readonly own: readonly string[];
  readonly inputs: readonly string[];
  /** Networks whose members some rule tells from others. */
  readonly networks: readonly string[];
  readonly marks: readonly number[];
}

const strangers = {
  IPv4: { client: '198.18.7.7', server: '198.19.9.9' },
  IPv6: { client: '3fff::7', server: '3fff::9' },
} as const;

export function surroundingsOf(
  family: 'IPv4' | 'IPv6',
  nodeAddresses: readonly string[],
  rules: Iterable<CompiledRule>,
): Surroundings {
  const networks = new Set<string>();
  const inputs = new Set<string>();
  const marks = new Set<number>([0, 0x8000, 0xffffffff]);
  for (const { named, text } of rules) {
    for (const prefix of named.sources) if (!isHost(prefix) && !text.startsWith('-A KUBE-FW-')) networks.add(prefix);
    for (const input of named.inputs) inputs.add(input);
    for (const mark of named.marks) marks.add(mark).add((mark | 0x8000) >>> 0);
  }
  const own = [family === 'IPv4' ? '127.0.0.1' : '::1', ...nodeAddresses];
  return { family, own, inputs: [...inputs], networks: [...networks], marks: [...marks] };
}

/** From outside, from inside and from just beside each network and interface, from the node. */
export function clientsOf({ family, own, inputs, networks }: Surroundings): readonly Client[] {
  const outside = strangers[family].client;
  return [
    { source: outside, input: 'eth9' },
    ...inputs.flatMap((input) => [outside, own[1] ?? outside].map((source) => ({ source, input }))),
    ...networks.flatMap((prefix) => sourcesAt(prefix)).map((source) => ({ source, input: 'eth9' })),
    ...own.slice(0, 2).map((source) => ({ source, input: null })),
    ...networks.slice(0, 2).map((prefix) => ({ source: beside(hostOf(prefix), 1), input: null })),
  ];
}

/** As clients of one rule's sources. */
export function clientsAt(prefix: string, { inputs }: Surroundings): readonly Client[] {
  const sources = isHost(prefix) ? [hostOf(prefix), beside(hostOf(prefix), 1)] : sourcesAt(prefix);
  return sources.flatMap((source) => ['eth9', ...inputs, null].map((input) => ({ source, input })));
}

/** Where the rules' packets go, and near misses. Rules without an address are met at the node's own and at a stranger's. */
export function aimsOf(rules: Iterable<CompiledRule>, around: Surroundings): readonly Aim[] {
  const aims = new Map<string, Aim>();
  const add = (aim: Aim) => aims.set(`${aim.destination} ${aim.protocol} ${aim.port}`, aim);
  for (const { named } of rules) {
    for (const port of named.ports) {
      for (const destination of destinationsOf(named, around)) {
        const aim = { destination, protocol: named.protocol ?? 'tcp', port };
        add(aim);
        add({ ...aim, port: port + 1 });
        add({ ...aim, protocol: aim.protocol === 'tcp' ? 'udp' : 'tcp' });
        if (named.destinations.length > 0) add({ ...aim, destination: beside(destination, 1) });
      }
    }
  }
  return [...aims.values()];
}

export function aimsAt({ named }: CompiledRule, around: Surroundings, seen: readonly Aim[]): readonly Aim[] {
  const aims: Aim[] = [];
  const ports = named.ports.flatMap((port) => [port, port + 1, port - 1]);
  // Those that come there anyway are tried too; many, where the rule itself names no destination.
  const few = named.destinations.length > 0 ? 3 : 10;
  const common = seen.length > 0 ? seen.slice(0, few) : [{ destination: '', protocol: 'tcp', port: 9 }];
  const addresses = named.destinations.length > 0 ? named.destinations.flatMap(edges) : destinationsOf(named, around);
  for (const aim of common) {
    const protocols = new Set([named.protocol ?? aim.protocol, aim.protocol]);
    for (const protocol of protocols) {
      for (const port of ports.length > 0 ? [...ports, aim.port] : [aim.port, 9]) {
        if (aim.destination !== '') aims.push({ destination: aim.destination, protocol, port });
      }
    }
  }
  for (const destination of addresses) {
    for (const protocol of new Set([named.protocol ?? 'tcp', 'tcp', 'udp'])) {
      for (const port of ports.length > 0 ? ports : [common[0]?.port ?? 9, 9])
        aims.push({ destination, protocol, port });
    }
  }
  return aims;
}

function destinationsOf({ destinations }: Named, { own, family }: Surroundings): readonly string[] {
  const hosts = destinations.filter(isHost).map(hostOf);
  if (destinations.length > 0) return hosts;
  return [...own, strangers[family].server];
}

/** Packets that no rule of a service port is about: to pods, to the node, to strangers; marked and tracked in every way. */
export function plainStarts(
  around: Surroundings,
  backends: readonly string[],
  isLocal: Packet['isLocal'],
  protocols: readonly string[] = ['tcp'],
): readonly Start[] {
  const { own, marks, family } = around;
  const destinations = [...own, ...backends.slice(0, 2), strangers[family].server];
  const states = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const;
  return destinations.flatMap((destination) =>
    clientsOf(around).flatMap((client) =>
      states.flatMap((state) =>
        marks.flatMap((mark) =>
          [false, true].flatMap((translated) =>
            protocols.map((protocol) =>
              startOf({ destination, protocol, port: 9 }, client, isLocal, { state, mark, translated }),
            ),
          ),
        ),
      ),
    ),
  );
}

export interface Circumstances {
  readonly state?: Packet['state'];
  readonly mark?: number;
  readonly translated?: boolean;
  readonly lists?: ReadonlyMap<string, number>;
}

export function startOf(
  { destination, protocol, port }: Aim,
  { source, input }: Client,
  isLocal: Packet['isLocal'],
  { state = 'NEW', mark = 0, translated = false, lists = new Map() }: Circumstances = {},
): Start {
  return {
    packet: { protocol, source, port, input, state, lists, isLocal },
    way: { destination, translated, mark, done: [] },
  };
}

/** On none, on each at every age that decides, on each two of them. */
export function listingsOf(
  lists: readonly { readonly name: string; readonly seconds: number }[],
): readonly ReadonlyMap<string, number>[] {
  const named = new Map(lists.map(({ name }) => [name, 0]));
  const ages = lists.flatMap(({ name, seconds }) => [0, seconds - 1, seconds + 1].map((age) => new Map([[name, age]])));
  const names = [...named.keys()];
  const near = names.length > 6 ? 2 : names.length;
  const pairs = names.flatMap((first, at) =>
    names.slice(at + 1, at + near).map(
      (second) =>
        new Map([
          [first, 0],
          [second, 0],
        ]),
    ),
  );
  return [...ages, ...pairs];
}

export function isHost(prefix: string): boolean {
  const [address = '', length] = prefix.split('/');
  return length === undefined || Number(length) === bitsOf(address).length;
}

export function hostOf(prefix: string): string {
  return prefix.split('/')[0] ?? '';
}

/** The first and last address within, and those just outside. */
function sourcesAt(prefix: string): readonly string[] {
  const [address = '', length] = prefix.split('/');
  const bits = bitsOf(address);
  const fixed = bits.slice(0, Number(length));
  const fill = (digit: string) => addressOf(fixed.padEnd(bits.length, digit));
  return [fill('0'), fill('1'), beside(fill('0'), -1), beside(fill('1'), 1)];
}

function edges(prefix: string): readonly string[] {
  return isHost(prefix) ? [hostOf(prefix), beside(hostOf(prefix), 1), beside(hostOf(prefix), -1)] : sourcesAt(prefix);
}

/** The address so many further on. */
export function beside(address: string, step: number): string {
  const bits = bitsOf(address);
  const width = BigInt(bits.length);
  const value = BigInt.asUintN(Number(width), BigInt(`0b${bits}`) + BigInt(step));
  return addressOf(value.toString(2).padStart(bits.length, '0'));
}

// One line of iptables-save as a function of a packet. Nothing here is shared with the program: words by their first
// letters, addresses as strings of bits. What it does not know it refuses, so that no mutant is judged by half a reading.

/** What rules can ask of a packet. `lists`: seconds since the client's address was put on a list of xt_recent. */
export interface Packet {
  readonly protocol: string;
  readonly source: string;
  readonly port: number;
  /** `null`: made on the node itself. */
  readonly input: string | null;
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED';
  readonly lists: ReadonlyMap<string, number>;
  readonly isLocal: (address: string) => boolean;
}

/** What changes on the way. */
export interface Way {
  readonly destination: string;
  readonly translated: boolean;
  readonly mark: number;
  /** What else the rules did: lists set, ways of leaving. */
  readonly done: readonly string[];
}

export type Target =
  | { readonly kind: 'none' | 'return' | 'log' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'end'; readonly words: string }
  | { readonly kind: 'dnat'; readonly to: string; readonly words: string }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number };

type Test = (packet: Packet, way: Way) => boolean;

export interface CompiledRule {
  readonly text: string;
  /** The text without what no packet can see; empty for a rule that only looks on. */
  readonly essence: string;
  readonly tests: readonly Test[];
  /** Those that neither a mark nor a list decides: what they refuse, the rule refuses. */
  readonly firm: readonly Test[];
  /** Of the packets that pass the tests. */
  readonly share: number;
  /** What a packet that fits leaves behind. */
  readonly leaves: readonly string[];
  readonly target: Target;
  readonly named: Named;
}

/** What a packet needs to have to meet the rule, for whoever makes packets. */
export interface Named {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly protocol: string | undefined;
  readonly ports: readonly number[];
  readonly inputs: readonly string[];
  readonly marks: readonly number[];
  readonly list: string | undefined;
  readonly seconds: number | undefined;
}

const known = new Map<string, CompiledRule>();

export function compileRule(text: string): CompiledRule {
  const before = known.get(text);
  if (before !== undefined) return before;
  const rule = compile(text);
  known.set(text, rule);
  return rule;
}

function compile(text: string): CompiledRule {
  const words = (text.replace(/^\[\d+:\d+\] /, '').match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).slice(2);
  const firm: Test[] = [];
  const loose: Test[] = [];
  const leaves: string[] = [];
  let share = 1;
  let target: Target = { kind: 'none' };
  const sources: string[] = [];
  const destinations: string[] = [];
  const ports: number[] = [];
  const inputs: string[] = [];
  const marks: number[] = [];
  let protocol: string | undefined;
  const recent: Recent = { negated: false, options: new Map() };
  let seesRecent = false;
  const take = () => words.shift() ?? '';
  for (let match = ''; words.length > 0; ) {
    const negated = words[0] === '!';
    if (negated) words.shift();
    const word = take();
    const add = (list: Test[], test: Test) => list.push(negated ? (packet, way) => !test(packet, way) : test);
    switch (word) {
      case '-s': {
        const prefix = prefixBits(take(), sources);
        add(firm, ({ source }) => bitsOf(source).startsWith(prefix));
        break;
      }
      case '-d': {
        const prefix = prefixBits(take(), destinations);
        add(firm, (_, { destination }) => bitsOf(destination).startsWith(prefix));
        break;
      }
      case '-i': {
        const pattern = take();
        inputs.push(pattern.replace(/\+$/, '0'));
        add(firm, ({ input }) => input !== null && isNamed(pattern, input));
        break;
      }
      case '-p': {
        const name = take();
        protocol = name;
        add(firm, (packet) => packet.protocol === name);
        break;
      }
      case '-m':
        match = take();
        if (match === 'recent') seesRecent = true;
        break;
      case '--comment':
      case '--nfacct-name':
      case '--mode':
        take();
        break;
      case '--dport': {
        const [from, to] = take().split(':').map(Number);
        if (from === undefined) throw new Error(text);
        ports.push(from, ...(to === undefined ? [] : [to]));
        const name = match;
        firm.push((packet) => packet.protocol === name);
        add(firm, ({ port }) => port >= from && port <= (to ?? from));
        break;
      }
      case '--src-type':
      case '--dst-type': {
        const types = take().split(',');
        if (types.some((type) => type !== 'LOCAL' && type !== 'UNICAST')) throw new Error(text);
        add(firm, ({ source, isLocal }, { destination }) =>
          types.includes(isLocal(word === '--src-type' ? source : destination) ? 'LOCAL' : 'UNICAST'),
        );
        break;
      }
      case '--ctstate': {
        const states = take().split(',');
        add(firm, ({ state }, { translated }) => states.includes(state) || (translated && states.includes('DNAT')));
        break;
      }
      case '--mark': {
        const [value = 0, mask = 0xffffffff] = take().split('/').map(Number);
        marks.push(value);
        add(loose, (_, { mark }) => (mark & mask) >>> 0 === value);
        break;
      }
      case '--probability': {
        const part = Number(take());
        share *= negated ? 1 - part : part;
        break;
      }
      case '--rcheck':
      case '--update':
      case '--set':
        recent.negated = negated;
        recent.options.set(word, '');
        break;
      case '--reap':
      case '--rsource':
      case '--rdest':
        recent.options.set(word, '');
        break;
      case '--seconds':
      case '--name':
      case '--mask':
        recent.options.set(word, take());
        break;
      case '-g':
        target = { kind: 'goto', chain: take() };
        break;
      case '-j':
        target = targetOf(words.splice(0), text);
        break;
      default:
        throw new Error(`${word}: ${text}`);
    }
  }
  if (seesRecent) readRecent(recent, loose, leaves);
  const { options } = recent;
  return {
    text,
    essence:
      leaves.length === 0 && (target.kind === 'log' || target.kind === 'none')
        ? ''
        : text.replace(/ -m (?:comment --comment (?:"[^"]*"|\S+)|nfacct --nfacct-name +\S+)/g, ''),
    tests: [...firm, ...loose],
    firm,
    share,
    leaves,
    target,
    named: {
      sources,
      destinations,
      protocol,
      ports,
      inputs,
      marks: target.kind === 'mark' ? [...marks, target.value] : marks,
      list: options.get('--name'),
      seconds: options.has('--seconds') ? Number(options.get('--seconds')) : undefined,
    },
  };
}

interface Recent {
  negated: boolean;
  readonly options: Map<string, string>;
}

/** A client is on a list by its whole address: under a shorter mask, or by the destination, it is not found there. */
function readRecent({ negated, options }: Recent, tests: Test[], leaves: string[]): void {
  const name = options.get('--name') ?? 'DEFAULT';
  const mask = options.get('--mask') ?? '';
  const whole = /^(?:255\.255\.255\.255|(?:ffff:?){8})$/.test(mask) && !options.has('--rdest');
  if (options.has('--set')) {
    leaves.push(`set ${name} ${mask} ${options.has('--rdest') ? 'destination' : 'source'}`);
    if (negated) tests.push(() => false);
    return;
  }
  const seconds = options.has('--seconds') ? Number(options.get('--seconds')) : Number.POSITIVE_INFINITY;
  tests.push(({ lists }) => (whole && (lists.get(name) ?? Number.POSITIVE_INFINITY) <= seconds) !== negated);
  if (options.has('--update')) leaves.push(`set ${name}`);
}

function targetOf([name = '', ...words]: readonly string[], text: string): Target {
  switch (name) {
    case 'ACCEPT':
    case 'DROP':
      if (words.length > 0) throw new Error(text);
      return { kind: 'end', words: name };
    case 'REJECT':
    case 'MASQUERADE':
      return { kind: 'end', words: [name, ...words].join(' ') };
    case 'RETURN':
      return { kind: 'return' };
    case 'LOG':
    case 'NFLOG':
      return { kind: 'log' };
    case 'DNAT': {
      const [option, to = '', ...more] = words;
      if (option !== '--to-destination') throw new Error(text);
      return { kind: 'dnat', to: to.replace(/^\[|\](?::\d+)?$|(?<=\.\d+):\d+$/g, ''), words: [to, ...more].join(' ') };
    }
    case 'MARK': {
      const [value = Number.NaN, mask = Number.NaN] = (words[1] ?? '').split('/').map(Number);
      if (words[0] !== '--set-xmark' || Number.isNaN(value + mask)) throw new Error(text);
      return { kind: 'mark', value, mask };
    }
    default:
      if (words.length > 0) throw new Error(text);
      return { kind: 'jump', chain: name };
  }
}

function isNamed(pattern: string, input: string): boolean {
  return pattern.endsWith('+') ? input.startsWith(pattern.slice(0, -1)) : input === pattern;
}

function prefixBits(prefix: string, named: string[]): string {
  named.push(prefix);
  const [address = '', length] = prefix.split('/');
  return bitsOf(address).slice(0, length === undefined ? undefined : Number(length));
}

const allBits = new Map<string, string>();

/** 32 or 128 letters `0` and `1`. */
export function bitsOf(address: string): string {
  const before = allBits.get(address);
  if (before !== undefined) return before;
  const bits = address.includes(':')
    ? bits6(address)
    : address
        .split('.')
        .map((part) => binary(Number(part), 8))
        .join('');
  allBits.set(address, bits);
  return bits;
}

function bits6(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].map((group) => binary(Number.parseInt(group, 16), 16)).join('');
}

function binary(value: number, width: number): string {
  return value.toString(2).padStart(width, '0');
}

/** The address of so many bits, spelled in full. */
export function addressOf(bits: string): string {
  const width = bits.length === 32 ? 8 : 16;
  const parts = Array.from({ length: bits.length / width }, (_, at) =>
    Number.parseInt(bits.slice(at * width, (at + 1) * width), 2),
  );
  return width === 8 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');
}

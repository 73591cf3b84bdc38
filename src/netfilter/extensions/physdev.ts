// xt_physdev: the bridge ports a packet came in by and goes out by.
import type { Interface, Packet } from '../packet.ts';
import { agree, all, defineMatch, type Option, type Options, type Tri, when } from './extension.ts';

const table = {
  'physdev-in': 'word',
  'physdev-is-in': 'flag',
  'physdev-out': 'word',
  'physdev-is-out': 'flag',
  'physdev-is-bridged': 'flag',
} as const;

export const physdev = defineMatch({
  name: 'physdev',
  options: table,
  matches: (options, packet) => {
    const bridged = isFromBridge(packet);
    if (bridged !== undefined) return bridged ? matchesBridged(options, packet) : matchesUnbridged(options);
    return agree(matchesBridged(options, packet), matchesUnbridged(options));
  },
});

/** Whether the packet carries the notes a bridge makes (nf_bridge_info_exists). */
function isFromBridge({ physicalIn, physicalOut }: Packet): Tri {
  if (typeof physicalIn === 'string' || typeof physicalOut === 'string') return true;
  return physicalIn === null && physicalOut === null ? false : undefined;
}

/** Without them it fits if every option is negated. */
function matchesUnbridged(options: Options<typeof table>): boolean {
  return Object.values(options).every((option: Option | undefined) => option === undefined || option.negated);
}

/** `--physdev-in` passes what has no port on that side, `--physdev-out` refuses it, negated or not (physdev_mt). */
function matchesBridged(options: Options<typeof table>, { physicalIn, physicalOut }: Packet): Tri {
  return all(
    when(options['physdev-is-bridged'], () => isSome(physicalOut)),
    when(options['physdev-is-in'], () => isSome(physicalIn)),
    when(options['physdev-is-out'], () => isSome(physicalOut)),
    physicalIn === null || when(options['physdev-in'], (pattern) => isInterface(pattern, physicalIn)),
    options['physdev-out'] === undefined || isSome(physicalOut),
    when(options['physdev-out'], (pattern) => isInterface(pattern, physicalOut)),
  );
}

function isSome(port: Interface | undefined): Tri {
  return port === undefined ? undefined : port !== null;
}

/** `veth+` is every name that begins with `veth`. */
function isInterface(pattern: string, name: Interface | undefined): Tri {
  if (name === undefined || name === null) return undefined;
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

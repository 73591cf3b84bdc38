// xt_connmark: the mark of a connection, tested (`-m connmark`), and set or exchanged with the packet's (`-j CONNMARK`).
import type { Packet } from '../packet.ts';
import { all, defineMatch, defineTarget, negate, type Options } from './extension.ts';
import { applyChange, hasMark, readChange } from './mark.ts';
import { readNumber } from './number.ts';

export const connmark = defineMatch({
  name: 'connmark',
  options: { mark: 'word' },
  matches: ({ mark }, packet) => {
    const fits = mark && negate(mark.negated, hasMark(mark.values[0] ?? '', packet.connectionMark));
    return all(hasConnection(packet), fits);
  },
});

/** Without a connection the match fails, negated or not (`if (ct == NULL) return false`). */
function hasConnection({ state, connectionMark }: Packet): boolean | undefined {
  if (state !== undefined) return state !== 'INVALID' && state !== 'UNTRACKED';
  return connectionMark === undefined ? undefined : true;
}

const table = {
  'set-xmark': 'word',
  'set-mark': 'word',
  'and-mark': 'word',
  'or-mark': 'word',
  'xor-mark': 'word',
  'save-mark': 'flag',
  'restore-mark': 'flag',
  mask: 'word',
  nfmask: 'word',
  ctmask: 'word',
  'left-shift-mark': 'word',
  'right-shift-mark': 'word',
} as const;

// `--mask` for both masks is of releases before 1.4.
export const connmarkTarget = defineTarget({ name: 'CONNMARK', options: table, flow: 'continues' });

/**
 * The two marks after the target, of a packet that has a connection: `undefined` where one is not known. Without a
 * connection the target does nothing.
 */
export function applyConnmark(
  options: Options<typeof table>,
  { mark, connectionMark }: Pick<Packet, 'mark' | 'connectionMark'>,
): { readonly mark: number | undefined; readonly connectionMark: number | undefined } {
  const masks = masksOf(options);
  const shifts = options['left-shift-mark'] !== undefined || options['right-shift-mark'] !== undefined;
  const [name, change] = Object.entries(options).find(([option]) => option.endsWith('mark')) ?? [];
  if (masks === undefined || shifts || change === undefined) return { mark: undefined, connectionMark: undefined };
  const { nfmask, ctmask } = masks;
  if (name === 'save-mark') return { mark, connectionMark: copy(mark, nfmask, connectionMark, ctmask) };
  if (name === 'restore-mark') return { mark: copy(connectionMark, ctmask, mark, nfmask), connectionMark };
  const set = readChange(name, change.values[0] ?? '');
  return { mark, connectionMark: set && applyChange(set, connectionMark) };
}

function masksOf(options: Options<typeof table>): { readonly nfmask: number; readonly ctmask: number } | undefined {
  const both = options.mask?.values[0] ?? '0xffffffff';
  const nfmask = readNumber(options.nfmask?.values[0] ?? both);
  const ctmask = readNumber(options.ctmask?.values[0] ?? both);
  return nfmask === undefined || ctmask === undefined ? undefined : { nfmask, ctmask };
}

/** `to = (to & ~toMask) ^ (from & fromMask)` (connmark_tg_shift, net/netfilter/xt_connmark.c). */
function copy(from: number | undefined, fromMask: number, to: number | undefined, toMask: number): number | undefined {
  if (from === undefined) return fromMask === 0 ? applyChange({ clear: toMask, flip: 0 }, to) : undefined;
  return applyChange({ clear: toMask, flip: (from & fromMask) >>> 0 }, to);
}

// xt_mark: the packet's mark, tested (`-m mark`) and set (`-j MARK`).
import { defineMatch, defineTarget, type Options, type Tri, when } from './extension.ts';
import { readNumber } from './number.ts';

export const mark = defineMatch({
  name: 'mark',
  options: { mark: 'word' },
  matches: ({ mark: option }, packet) => when(option, (value) => hasMark(value, packet.mark)),
});

// iptables-save prints every form as `--set-xmark`; the others are of releases before 1.4.
const table = {
  'set-xmark': 'word',
  'set-mark': 'word',
  'and-mark': 'word',
  'or-mark': 'word',
  'xor-mark': 'word',
} as const;

export const markTarget = defineTarget({ name: 'MARK', options: table, flow: 'continues' });

export interface Mark {
  readonly value: number;
  readonly mask: number;
}

/** `0x4000/0x4000`, or `0x1`, which is about all 32 bits. `undefined` where the text is no mark. */
export function readMark(text: string): Mark | undefined {
  const [value, mask = 0xffffffff, ...more] = text.split('/').map((part) => readNumber(part) ?? Number.NaN);
  if (value === undefined || more.length > 0 || !isMark(value) || !isMark(mask)) return undefined;
  return { value, mask };
}

function isMark(number: number): boolean {
  return number >= 0 && number <= 0xffffffff;
}

/** `(mark & mask) == value`. A value with bits outside its mask fits no mark at all. */
export function hasMark(text: string, number: number | undefined): Tri {
  const wanted = readMark(text);
  if (wanted === undefined) return undefined;
  const { value, mask } = wanted;
  if ((value & ~mask) !== 0) return false;
  if (mask === 0) return true;
  return number === undefined ? undefined : (number & mask) >>> 0 === value;
}

/**
 * The mark a packet leaves the target with. `undefined` where that is not known: the options are not understood, or the
 * packet's mark was not known and not all of it is overwritten.
 */
export function applyMark(options: Options<typeof table>, before: number | undefined): number | undefined {
  const operations = Object.entries(options).filter(([, option]) => option !== undefined);
  const [name, option] = operations[0] ?? [];
  if (operations.length !== 1 || option === undefined || option.negated) return undefined;
  const change = readChange(name, option.values[0] ?? '');
  return change && applyChange(change, before);
}

/** `(mark & ~clear) ^ flip` (mark_tg, net/netfilter/xt_mark.c). */
export interface MarkChange {
  readonly clear: number;
  readonly flip: number;
}

/** What `--set-mark`, `--set-xmark`, `--and-mark`, `--or-mark` and `--xor-mark` do, here and in CONNMARK. */
export function readChange(option: string | undefined, text: string): MarkChange | undefined {
  const read = readMark(text);
  if (read === undefined) return undefined;
  const { value, mask } = read;
  switch (option) {
    case 'set-xmark':
      return { clear: mask, flip: value };
    case 'set-mark':
      return { clear: (mask | value) >>> 0, flip: value };
    case 'and-mark':
      return { clear: ~value >>> 0, flip: 0 };
    case 'or-mark':
      return { clear: value, flip: value };
    case 'xor-mark':
      return { clear: 0, flip: value };
    default:
      return undefined;
  }
}

export function applyChange({ clear, flip }: MarkChange, before: number | undefined): number | undefined {
  if (clear === 0xffffffff) return flip;
  return before === undefined ? undefined : ((before & ~clear) ^ flip) >>> 0;
}

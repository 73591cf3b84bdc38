// Numbers and ranges of numbers as iptables reads them (xtables_strtoui, libxtables/xtables.c).

/** `0x4000`, `16384` and `040000` are the same; `undefined` where the text is no number. */
export function readNumber(text: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]{1,11}$/.test(text)) return Number.parseInt(text, 8);
  return /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : undefined;
}

/** `1000` or `1000-2000`: whether it holds the number. `undefined` where either is not known. */
export function inNumberRange(text: string, number: number | undefined): boolean | undefined {
  const [from, to = from, ...more] = text.split('-').map(readNumber);
  if (from === undefined || to === undefined || more.length > 0 || number === undefined) return undefined;
  return number >= from && number <= to;
}

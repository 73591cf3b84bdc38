// Reads JSON that others wrote. A field of the wrong type counts as absent, as null does. Nothing here throws.

export type Fields = Readonly<Record<string, unknown>>;

const noFields: Fields = Object.freeze({});
const noElements: readonly unknown[] = Object.freeze([]);

/** The fields of an object; none where the value is no object. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : noFields;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The elements of an array; none where the value is no array. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : noElements;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** For fields where the API means the same by empty and by absent. */
export function nonEmptyTextOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** An integer within the bounds, both included. */
export function integerOf(value: unknown, low: number, high: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high ? value : undefined;
}

/** One of the words of an API enumeration. */
export function wordOf<Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value);
}

/** A map of strings, as labels are; values of other types are left out. Always a new object. */
export function textMapOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).filter(isTextEntry));
}

function isTextEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

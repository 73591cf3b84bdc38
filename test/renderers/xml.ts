// A strict reader of the little XML that SVG pictures need: elements, quoted attributes, text, numeric and the five named
// entities. Anything else, and anything out of balance, is refused.
import assert from 'node:assert/strict';

const attribute = /\s+([A-Za-z][\w:-]*)="([^"<]*)"/g;
const token = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>|([^<>]+)/y;
const named: { readonly [entity: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export interface Xml {
  /** `rect`, `text font-size`: every element, and every attribute with the element it stands on. */
  readonly vocabulary: ReadonlySet<string>;
  /** Text between tags, in the order of the document. */
  readonly texts: readonly string[];
  /** `["text font-size", "12"]`: every attribute with its value, in the order of the document. */
  readonly attributes: readonly (readonly [string, string])[];
}

export function readXml(xml: string): Xml {
  const open: string[] = [];
  const texts: string[] = [];
  const values: [string, string][] = [];
  const vocabulary = new Set<string>();
  const source = xml.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const match = token.exec(source);
    assert.ok(match, `not well-formed at: ${source.slice(at, at + 80)}`);
    const [, closing, name = '', attributes = '', selfClosing, text] = match;
    if (text !== undefined) {
      assert.ok(open.length > 0 || text.trim() === '', 'text outside of the root element');
      texts.push(text.replace(/&([^;&]*);?/g, decode));
    } else if (closing) {
      assert.equal(open.pop(), name);
      assert.equal(attributes, '');
    } else {
      vocabulary.add(name);
      for (const [, key, value = ''] of attributes.matchAll(attribute)) {
        vocabulary.add(`${name} ${key}`);
        values.push([`${name} ${key}`, value.replace(/&([^;&]*);?/g, decode)]);
      }
      if (!selfClosing) open.push(name);
    }
  }
  assert.deepEqual(open, []);
  return { vocabulary, texts, attributes: values };
}

function decode(whole: string, entity: string): string {
  const number = /^#(?:(\d+)|x([\da-f]+))$/i.exec(entity);
  const character = number
    ? String.fromCodePoint(Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 10 : 16))
    : named[entity];
  assert.ok(character !== undefined && whole.endsWith(';'), `unknown entity ${whole}`);
  return character;
}

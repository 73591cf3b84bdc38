// `-o yaml`: the JSON document in YAML 1.2 that readers of 1.1, such as kubectl's, understand alike, safe to look at.
import { documentOf } from './document.ts';
import type { Renderer } from './renderer.ts';
import { hidden } from './visible.ts';

export const yaml: Renderer = {
  format: 'yaml',
  part: 'data',
  render: async (report) => {
    const { Document, Scalar, visit } = await import('yaml');
    // Through JSON, so that both documents leave out and round the same.
    const value: unknown = JSON.parse(JSON.stringify(documentOf(report)));
    const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
    visit(document, {
      Scalar(_, scalar) {
        if (typeof scalar.value !== 'string') return;
        // Only a double-quoted scalar can hold an escape. Line ends alone stay a readable block.
        const escapes = scalar.value.replaceAll('\n', '').search(hidden) >= 0;
        if (escapes || command.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
      },
    });
    return document
      .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY })
      .replace(hidden, escaped)
      .replaceAll('##[', '##\\x5b');
  },
};

/** What GitHub Actions would obey in a step's log: see workflow-command.ts. */
const command = /##\[|^\s*::/m;

/** `\u202e`, and `\U000e0041` beyond U+FFFF: YAML knows no surrogate pairs. */
function escaped(character: string): string {
  if (character === '\n') return character;
  const digits = (character.codePointAt(0) ?? 0).toString(16);
  return digits.length <= 4 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

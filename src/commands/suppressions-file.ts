// `--suppressions FILE`: a list of what is known, as YAML or JSON. Each entry has its reason; a file that is not wholly
// understood suppresses nothing, for what it hides is what somebody must see.
import { endOf, type Suppression } from '../analyses/suppress.ts';
import { InputError } from '../errors.ts';
import { isCodePattern, isSubjectPattern } from './suppression-patterns.ts';

/** In the order of the file; `by` tells the file and the line. Throws InputError, with the line, on anything else. */
export async function readSuppressions(file: string, text: string): Promise<readonly Suppression[]> {
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  if (text.length > longest) throw failure(`${file} is too large for a list of suppressions`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line;
  const [error] = document.errors;
  if (error !== undefined) {
    const [sentence = ''] = error.message.split('\n', 1);
    throw failure(`${file} line ${lineAt(error.pos[0])} is neither YAML nor JSON: ${sentence}`);
  }
  if (!isSeq(document.contents)) throw failure(`${file} is not a list of suppressions`);
  return document.contents.items.map((item, at) => {
    const place = `${file} line ${lineAt(isMap(item) || isScalar(item) ? item.range?.[0] : undefined)}`;
    if (!isMap(item)) throw failure(`${place}: entry ${at + 1} has no fields`);
    const fields = item.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '';
      if (!isScalar(value) || typeof value.value !== 'string')
        throw failure(`${place}: ${JSON.stringify(name)} of entry ${at + 1} is not a text`);
      return [name, value.value] as const;
    });
    return suppressionOf(new Map(fields), `${place}: entry ${at + 1}`, place);
  });
}

/** In characters: some ten thousand entries. */
const longest = 1_000_000;

const known = ['code', 'subject', 'node', 'reason', 'expires'];

function suppressionOf(fields: ReadonlyMap<string, string>, place: string, by: string): Suppression {
  const strange = [...fields.keys()].find((name) => !known.includes(name));
  if (strange !== undefined) throw failure(`${place} has a field ${JSON.stringify(strange)} that means nothing here`);
  const needed = (name: string): string => {
    const text = fields.get(name)?.trim() ?? '';
    if (text === '') throw failure(`${place} has no ${name}`);
    return text;
  };
  const code = needed('code').toUpperCase();
  if (!isCodePattern(code)) throw failure(`${place}: ${JSON.stringify(code)} is no code such as KPR201 or KPR2*`);
  const subject = needed('subject');
  if (!isSubjectPattern(subject))
    throw failure(`${place}: ${JSON.stringify(subject)} is no subject such as Service/shop/web or Node/node-a`);
  const reason = needed('reason');
  const [node, expires] = [fields.get('node'), fields.get('expires')];
  if (expires !== undefined && endOf(expires) === undefined)
    throw failure(`${place}: ${JSON.stringify(expires)} is no date such as 2026-12-31 or 2026-12-31T18:00:00Z`);
  return {
    code,
    subject,
    ...(node === undefined ? {} : { node }),
    reason,
    ...(expires === undefined ? {} : { expires }),
    by,
  };
}

const form =
  'Each entry has code, subject and reason, and may have node and expires; put a text that begins with * into quotes';

function failure(sentence: string): InputError {
  return new InputError('SUPPRESSIONS_UNREADABLE', sentence, { hint: form });
}

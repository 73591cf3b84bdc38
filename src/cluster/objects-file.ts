// The objects of a file as `kubectl get -o json` or `-o yaml` wrote it, by hand edited or glued together. Pure: whoever
// read the file hands in its text. What the objects say is read in from-objects.ts.
import { InputError } from '../errors.ts';
import { type Fields, fieldsOf, isObject, nonEmptyTextOf, textOf } from './json.ts';
import { placeOf, readJsonTexts } from './json-texts.ts';
import { mistakenText } from './mistaken-text.ts';
import { quoted } from './quoted.ts';
import { readYamlTexts } from './yaml-texts.ts';

export interface ObjectsText {
  /** As the user named it; only for the sentences of errors. */
  readonly file: string;
  readonly text: string;
}

export const howToGetObjects = 'kubectl get services,endpointslices,pods,nodes -A -o json > objects.json';

/**
 * The values that the texts hold, in order: lists as they are, single objects, arrays. JSON (also several texts after one
 * another) or YAML (also several documents). Rejects with an InputError, and nothing else, on a text that holds none:
 * OBJECTS_EMPTY, OBJECTS_NOT_TEXT, OBJECTS_NOT_JSON, OBJECTS_CUT, OBJECTS_NOT_YAML, OBJECTS_TOO_LARGE (YAML only),
 * OBJECTS_NOT_A_LIST, and OBJECTS_MISTAKEN for a text that is something else we know.
 */
export async function readObjects(texts: readonly ObjectsText[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const { file, text } of texts) {
    const read = await readText(file, text.startsWith('\ufeff') ? text.slice(1) : text);
    if (read.length === 0) throw failure('OBJECTS_EMPTY', `${file} holds no objects`);
    for (const value of read) {
      rejectOtherKinds(file, value);
      values.push(value);
    }
  }
  return values;
}

async function readText(file: string, text: string): Promise<readonly unknown[]> {
  const first = /\S/.exec(text)?.[0];
  if (first === undefined) throw failure('OBJECTS_EMPTY', `${file} is empty`);
  const mistaken = mistakenText(text);
  if (mistaken !== undefined) {
    throw new InputError(mistaken.code, `${file} ${mistaken.sentence}`, { hint: mistaken.hint ?? howToGetObjects });
  }
  return first === '{' || first === '[' ? readJson(file, text) : readYaml(file, text);
}

function readJson(file: string, text: string): readonly unknown[] {
  const read = readJsonTexts(text);
  if ('values' in read) return read.values;
  const { line, column } = placeOf(text, read.offset);
  if (read.problem === 'cut') {
    const open = read.open === 1 ? '1 bracket' : `${read.open} brackets`;
    throw failure(
      'OBJECTS_CUT',
      `${file} is cut off: its JSON ends at line ${line}, column ${column}, with ${open} open`,
    );
  }
  const found = quoted(text.slice(read.offset, read.offset + 60), 40);
  throw failure('OBJECTS_NOT_JSON', `${file} is not JSON from line ${line}, column ${column} on: ${found}`);
}

async function readYaml(file: string, text: string): Promise<readonly unknown[]> {
  const read = await readYamlTexts(text);
  if ('values' in read) return read.values;
  if (read.problem === 'too large') {
    throw failure(
      'OBJECTS_TOO_LARGE',
      `${file} is too large to be read as YAML (${read.size} MB, at most ${read.limit})`,
    );
  }
  const place = read.offset === undefined ? undefined : placeOf(text, read.offset);
  const where = place === undefined ? '' : ` at line ${place.line}, column ${place.column}`;
  throw failure('OBJECTS_NOT_YAML', `${file} is neither JSON nor YAML${where}: ${quoted(read.message, 120)}`);
}

/** kubectl's and our own files that are objects, but none of a cluster. */
function rejectOtherKinds(file: string, value: unknown): void {
  if (!holdsObjects(value)) {
    throw failure('OBJECTS_NOT_A_LIST', `${file} holds no API objects: it has no kind and no items`);
  }
  const object = fieldsOf(value);
  const kind = textOf(object.kind);
  const version = textOf(object.apiVersion) ?? '';
  // kubectl writes apiVersion, items, kind, metadata: half a YAML list is YAML too, but its kind is missing or cut.
  if (version !== '' && Array.isArray(object.items) && !isNamed(object) && !kind?.endsWith('List')) {
    throw failure('OBJECTS_CUT', `${file} is cut off: its list ends before \`kind: List\``);
  }
  if (kind === 'Status' && (version === 'v1' || version === '')) {
    throw failure('OBJECTS_MISTAKEN', `${file} holds an error of the API server: ${statusMessage(object)}`);
  }
  if (kind === 'Table') {
    throw failure('OBJECTS_MISTAKEN', `${file} holds a Table, which the API server makes for people to read`);
  }
  if (kind === 'KubeProxyConfiguration') {
    const hint = `give it with --kube-proxy-config ${file}`;
    throw new InputError('OBJECTS_MISTAKEN', `${file} is a configuration of kube-proxy`, { hint });
  }
  if (kind === 'Config' && Array.isArray(object.clusters)) {
    throw new InputError('OBJECTS_MISTAKEN', `${file} is a kubeconfig`, { hint: `give it with --kubeconfig ${file}` });
  }
}

function isNamed(object: Fields): boolean {
  return nonEmptyTextOf(fieldsOf(object.metadata).name) !== undefined;
}

function holdsObjects(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 || value.some(holdsKind);
  return holdsKind(value) || Array.isArray(fieldsOf(value).items);
}

function holdsKind(value: unknown): boolean {
  return isObject(value) && nonEmptyTextOf(value.kind) !== undefined;
}

function statusMessage({ message, reason }: Fields): string {
  return quoted(nonEmptyTextOf(message) ?? nonEmptyTextOf(reason) ?? 'no message', 160);
}

function failure(code: string, sentence: string): InputError {
  return new InputError(code, sentence, { hint: howToGetObjects });
}

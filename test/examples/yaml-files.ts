// The YAML and the shell of examples/, of the workflows and of .ci/, as the tests read them.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Document, parseAllDocuments } from 'yaml';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Relative to the top folder, with slashes, sorted. */
export const yamlFiles: readonly string[] = globSync('{examples,.github/workflows,.ci,docs/rbac}/**/*.{yaml,yml}', {
  cwd: root,
})
  .map((path) => path.replaceAll('\\', '/'))
  .sort();

export function read(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8').replaceAll('\r\n', '\n');
}

export function documentsOf(path: string): readonly Document[] {
  const documents = parseAllDocuments(read(path), { uniqueKeys: true });
  return Array.isArray(documents) ? documents : [];
}

/** Every value of the files, with the keys that lead to it: `jobs.drift.steps.3.run`. */
export function textsOf(path: string): readonly { readonly at: string; readonly text: string }[] {
  const walk = (value: unknown, at: string): readonly { readonly at: string; readonly text: string }[] => {
    if (typeof value === 'string') return [{ at, text: value }];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => walk(inner, at === '' ? key : `${at}.${key}`));
  };
  return documentsOf(path).flatMap((document) => walk(document.toJS(), ''));
}

/** What a runner's shell gets: `run` of GitHub, `script` and its kin of GitLab. */
export function shellOf(path: string): readonly { readonly at: string; readonly text: string }[] {
  return textsOf(path).filter(({ at }) => /(?:^|\.)(?:run|(?:before_|after_)?script(?:\.\d+)?)$/.test(at));
}

// The licences of the packages whose code is inside dist/.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `inputs` are the files that went into the bundles, from the root of the repository. Throws where a licence is missing. */
export function thirdParty(root: string, inputs: Iterable<string>): string {
  const folders = new Set<string>();
  for (const input of inputs) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder !== undefined) folders.add(folder);
  }
  const notices = [...folders].sort().map((folder) => noticeOf(join(root, folder)));
  return `kubectl-proxyrules contains code of these packages.\n\n${notices.join('\n')}`;
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const [file] = globSync('{LICENSE,LICENCE,license,licence}*', { cwd: folder }).sort();
  if (file === undefined) throw new Error(`${name} has no licence file: it must not be bundled`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  return `${'='.repeat(80)}\n${name} ${version} (${license})\n${'='.repeat(80)}\n\n${text}\n`;
}

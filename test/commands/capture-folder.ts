// A saved capture of given texts, as `capture` writes one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SectionName } from '../../src/capture/capture.ts';

export interface SavedText {
  readonly name: SectionName;
  readonly command: string;
  readonly text: string;
}

/** Of node-a with kube-proxy 1.36. `objects` is JSON. Removed when the test ends. */
export function captureFolder(context: TestContext, texts: readonly SavedText[], objects: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxyrules-capture-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const sections = texts.map(({ name, command, text }) => {
    const file = `${name}.txt`;
    writeFileSync(join(folder, file), text);
    return { name, file, command, status: 0 };
  });
  writeFileSync(join(folder, 'objects.json'), objects);
  const manifest = {
    version: 'proxyrules/capture/v1',
    node: 'node-a',
    kubeProxyVersion: 'v1.36.1',
    source: 'test',
    sections,
    objects: ['objects.json'],
  };
  writeFileSync(join(folder, 'capture.json'), JSON.stringify(manifest));
  return folder;
}

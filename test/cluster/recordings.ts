// The recorded API objects of test/fixtures/objects, for the tests of this folder.
import { readFileSync } from 'node:fs';

/** What kubectl wrote, of a shape that nobody checked. */
export type Recorded = ReturnType<typeof JSON.parse>;

const folder = new URL('../fixtures/objects/', import.meta.url);

export const recordingNames = ['cluster', 'cluster-after', 'live-node-a', 'random-1.36-6011'] as const;

export function recordedText(name: (typeof recordingNames)[number]): string {
  return readFileSync(new URL(`${name}.json`, folder), 'utf8');
}

/** The `List` as kubectl wrote it; a fresh one at each call. */
export function recording(name: (typeof recordingNames)[number]): Recorded {
  return JSON.parse(recordedText(name));
}

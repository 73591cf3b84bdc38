// Names of the node's devices, from what ip(8) says of their addresses.
import { type Capture, sectionOf } from '../capture/capture.ts';

/** `undefined` where nobody looked. */
export function deviceNames(capture: Capture): readonly string[] | undefined {
  const section = sectionOf(capture, 'ip-addr');
  if (section === undefined) return undefined;
  const names = [...new TextDecoder().decode(section.text).matchAll(/"ifname":\s*"([^"]+)"/g)];
  return names.length === 0 ? undefined : names.map(([, name]) => name ?? '');
}

// Where the texts that the user handed in lie, for formats that point at a file: relative to where the run was started,
// as code scanning and annotations take paths from the top of the checkout.
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { TextPlace } from '../report/report.ts';
import type { InputOptions } from './options.ts';

/** `home` is the working directory. Nothing for standard input, an archive, the demo, and what lies outside of `home`. */
export function textPlaces(
  options: Pick<InputOptions, 'rules' | 'rules6' | 'capture'>,
  node: string,
  home: string,
): readonly TextPlace[] {
  const { rules, rules6, capture } = options;
  const saved = capture === undefined || /\.(?:tgz|tar\.gz)$/i.test(capture) ? undefined : capture;
  const files = [
    ['IPv4', rules ?? (saved && join(saved, 'iptables-save.txt'))],
    ['IPv6', rules6 ?? (saved && join(saved, 'ip6tables-save.txt'))],
  ] as const;
  return files.flatMap(([family, file]) => {
    if (file === undefined || file === '-') return [];
    const path = relative(home, resolve(home, file));
    if (path === '' || isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`)) return [];
    return [{ node, family, path: path.split(sep).join('/') }];
  });
}

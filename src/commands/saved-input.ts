// What was saved, as the flags name it: loose files, a capture, or the demo.
import { join } from 'node:path';
import { readCapture } from '../capture/bundle.ts';
import type { Capture } from '../capture/capture.ts';
import { UsageError } from '../errors.ts';
import { captureFiles, readObjectFiles } from '../sources/file.ts';
import type { Io } from './io.ts';
import type { InputOptions } from './options.ts';

/** `undefined` where nothing saved was named: then a live cluster is meant. */
export async function savedInput(io: Io, options: InputOptions): Promise<Capture | undefined> {
  const given = [
    options.demo === true && '--demo',
    options.capture !== undefined && '--capture',
    (options.rules !== undefined || options.rules6 !== undefined) && '--rules',
  ].filter((flag) => flag !== false);
  if (given.length > 1) {
    throw new UsageError('SEVERAL_SOURCES', `${given.join(' and ')} do not go together`, { hint: 'Give one of them' });
  }
  const saved = {
    rules: options.rules,
    rules6: options.rules6,
    objects: options.objects ?? [],
  };
  const stdinUsers = [saved.rules, saved.rules6, ...saved.objects, options.kubeProxyConfig].filter(
    (path) => path === '-',
  );
  if (stdinUsers.length > 1) throw new UsageError('STDIN_TWICE', 'standard input can be read for one flag only', {});
  if (given[0] === '--rules') return captureFiles(saved, io.stdin);
  if (given[0] === undefined) {
    if (saved.objects.length === 0) return undefined;
    throw new UsageError('NO_RULES_GIVEN', '--objects needs the rules of a node beside it', {
      hint: 'Give --rules FILE, too; without both, a live cluster is read',
    });
  }
  const capture = await readCapture(given[0] === '--demo' ? join(io.root, 'src', 'demo') : (options.capture ?? ''));
  // Objects given beside a capture replace its own.
  return saved.objects.length === 0 ? capture : { ...capture, objects: await readObjectFiles(saved.objects) };
}

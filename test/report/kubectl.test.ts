// kubectl itself judges the commands of the catalogue: it must know every verb and flag. Nothing is contacted: the
// server is a closed port, and being refused there is as far as a well-formed command can get.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { devNull, tmpdir } from 'node:os';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { findingCodes, nextFor } from '../../src/report/catalogue.ts';

const kubectl = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' }).status === 0;
const skip = !kubectl || process.platform === 'win32' ? { skip: 'no kubectl, or no POSIX shell' } : {};

test('kubectl knows every command of the catalogue', skip, async (context) => {
  const facts = { namespace: 'shop', name: 'web', node: 'node-3', port: 'http', address: '10.96.0.1' };
  const lines = findingCodes.flatMap((code) => nextFor(code, facts)).filter((line) => line.startsWith('kubectl '));
  const commands = new Set(lines.flatMap(parts));
  assert.ok(commands.size > 20);
  for (const command of commands) {
    await context.test(command, async () => {
      const said = await refused(`${command.replace(/^kubectl/, 'kubectl --server=http://127.0.0.1:1')}`);
      assert.match(said, /The connection to the server 127[.]0[.]0[.]1:1 was refused/);
    });
  }
});

/** The kubectl commands of a line: the one in `$( )`, and the outer one up to the first pipe. */
function parts(line: string): readonly string[] {
  const inner = /\$\((.*?)\)/.exec(line);
  const outer = (inner === null ? line : line.replace(inner[0], 'pod/kube-proxy-x')).replace(/ \| .*$/, '');
  return inner?.[1] === undefined ? [outer] : [inner[1], outer];
}

async function refused(command: string): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), KUBECONFIG: devNull };
  return promisify(execFile)('/bin/sh', ['-c', command], { env, timeout: 20_000 }).then(
    ({ stderr }) => `did not fail: ${stderr}`,
    (error: { readonly stderr: string }) => error.stderr,
  );
}

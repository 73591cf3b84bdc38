// A verb over SSH against the real sshd, by both clients: the same answer as from the saved text; an unknown host key is
// refused in words.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ApiObject } from '../api-server/index.ts';
import { type Lab, makeLab, missing, type Sshd } from '../sources/ssh/lab.ts';
import { cli, recorded } from './cli.ts';
import { liveCluster, liveObjects, on } from './live-cluster.ts';

/** The recorded cluster, whose node-a answers on this machine. */
function objectsHere(): readonly unknown[] {
  return (liveObjects() as readonly ApiObject[]).map((object) =>
    object.kind === 'Node' && object.metadata.name === 'node-a'
      ? {
          ...object,
          status: { ...(object.status as object), addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] },
        }
      : object,
  );
}

describe('--source ssh', { skip: missing }, () => {
  let lab: Lab;
  let sshd: Sshd;
  let flags: readonly string[];

  before(async () => {
    lab = makeLab();
    for (const key of ['host', 'user', 'other']) lab.key(key);
    lab.write('authorized_keys', lab.publicKey('user'));
    lab.command('bin', 'iptables-save', `cat '${recorded('live-node-a/iptables-save-c.txt')}'`);
    lab.command('bin', 'ip6tables-save', `cat '${recorded('live-node-a/ip6tables-save.txt')}'`);
    sshd = await lab.start({ hostKey: 'host' });
    flags = [
      ...['--node', 'node-a', '--source', 'ssh', '--ssh-user', lab.user, '--ssh-port', String(sshd.port)],
      ...['--ssh-identity', lab.path('user'), '--sudo', 'never'],
    ];
  });
  after(() => lab?.close());

  const known = (key: string) => lab.write(`known-${key}`, `[127.0.0.1]:${sshd.port} ${lab.publicKey(key)}\n`);

  for (const client of ['system', 'builtin']) {
    it(`${client}: explain as from the saved text`, async (context) => {
      const server = await liveCluster(context, { objects: objectsHere() });
      const ssh = [...flags, '--ssh-client', client, '--ssh-known-hosts', known('host')];
      const live = await cli(['explain', 'default/web', ...on(server), ...ssh]);
      const saved = await cli([
        ...['explain', 'default/web', '--rules', recorded('live-node-a/iptables-save-c.txt')],
        ...['--rules6', recorded('live-node-a/ip6tables-save.txt')],
        ...['--objects', recorded('live-node-a/objects.json'), '--node-name', 'node-a'],
      ]);
      assert.equal(live.stdout, saved.stdout, live.stderr);
      assert.equal(live.exitCode, saved.exitCode);
    });

    it(`${client}: a changed host key is refused with exit 3, and nothing is printed`, async (context) => {
      const server = await liveCluster(context, { objects: objectsHere() });
      const ssh = [...flags, '--ssh-client', client, '--ssh-known-hosts', known('other')];
      const run = await cli(['explain', 'default/web', ...on(server), ...ssh]);
      assert.deepEqual([run.exitCode, run.stdout], [3, '']);
      assert.match(run.stderr, /host key/i);
      assert.match(run.stderr, /SHA256:/);
    });
  }
});

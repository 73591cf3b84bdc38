// What only one of the two SSH clients has, or the choice between them.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { NodeTarget } from '../../../src/sources/source.ts';
import type { Destination } from '../../../src/sources/ssh/connection.ts';
import { connectSystem, findSsh } from '../../../src/sources/ssh/system-client.ts';
import { type SshOptions, sshSource } from '../../../src/sources/ssh.ts';
import { freePort, type Lab, makeLab, missing, relay, type Sshd, until } from './lab.ts';

const node: NodeTarget = {
  name: 'node-a',
  addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
  kubeletVersion: undefined,
};

describe('ssh clients', { skip: missing, concurrency: 3 }, () => {
  let lab: Lab;
  let server: Sshd;

  before(async () => {
    lab = makeLab();
    for (const name of ['host', 'authority', 'user']) lab.key(name);
    lab.write('authorized_keys', lab.publicKey('user'));
    lab.command('bin', 'iptables-save', 'if [ "$1" = -c ]; then exec head -c 20000000 /dev/zero; fi; echo COMMIT');
    server = await lab.start({ hostKey: 'host' });
    lab.write('known_hosts', `[127.0.0.1]:${server.port} ${lab.publicKey('host')}\n`);
    lab.write('config', '');
  });
  after(() => lab?.close());

  const options = (more: SshOptions = {}): SshOptions => ({
    user: lab.user,
    port: server.port,
    identities: [lab.path('user')],
    knownHosts: [lab.path('known_hosts')],
    configFile: lab.path('config'),
    sudo: 'never',
    ...more,
  });

  it('auto takes the program on PATH, and the built-in client where there is none', async () => {
    for (const [env, where] of [
      [process.env, new RegExp(`\\(${findSsh(process.env)}\\)$`)],
      [{ PATH: '/nowhere' }, /\(built-in client\)$/],
    ] as const) {
      const opened = await sshSource(options({ env })).open(node, {});
      assert.match(opened.where, where);
      assert.equal((await opened.exec.run(['iptables-save'])).status, 0);
      await opened.close();
    }
  });

  it('the program works where its logins cannot be shared', async () => {
    const wire = await relay(server.port, 3_000_000);
    lab.onClose(wire.close);
    const file = lab.write('known-wire', `[127.0.0.1]:${wire.port} ${lab.publicKey('host')}\n`);
    const to: Destination = {
      host: '127.0.0.1',
      user: lab.user,
      port: wire.port,
      identities: [lab.path('user')],
      jump: undefined,
      knownHosts: [file],
      connectTimeoutMs: 5000,
      aliveEveryMs: 5000,
      env: process.env,
      configFile: lab.path('config'),
      prompt: undefined,
    };
    const connection = await connectSystem(findSsh(process.env) ?? 'ssh', to, undefined, false);
    assert.equal(connection.uid, process.getuid?.());
    const three = await connection.run('echo out; echo err >&2; exit 3', {});
    assert.deepEqual(
      { ...three, stdout: Buffer.from(three.stdout).toString() },
      { status: 3, stdout: 'out\n', stderr: 'err\n', broken: undefined },
    );
    const cut = await connection.run('head -c 20000000 /dev/zero', {});
    assert.equal(cut.status, undefined);
    assert.match(cut.broken ?? '', /connection ended before the command did/);
    await connection.close();
  });

  it('the program and its login end with us, even when we are killed', async () => {
    const script = `
      const { sshSource } = await import(${JSON.stringify(new URL('../../../src/sources/ssh.ts', import.meta.url).href)});
      await sshSource(${JSON.stringify(options({ client: 'system' }))}).open(${JSON.stringify(node)}, {});
      console.log('open');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: lab.folder },
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const [ssh] = execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' })
      .split('\n')
      .map(Number);
    assert.ok(ssh);
    child.kill('SIGKILL');
    await until(() => {
      try {
        // A zombie nobody waits for is gone, too.
        return / Z /.test(readFileSync(`/proc/${ssh}/stat`, 'utf8'));
      } catch {
        return true;
      }
    });
  });

  it('the built-in client says that it cannot check host certificates', async () => {
    const file = lab.write('known-authority', `@cert-authority [127.0.0.1]:* ${lab.publicKey('authority')}\n`);
    await assert.rejects(sshSource(options({ client: 'builtin', knownHosts: [file] })).open(node, {}), {
      code: 'SSH_HOST_CERTIFICATE',
      hint: /--ssh-client system/,
    });
  });

  it('the built-in client answers questions through the prompt only', async () => {
    const { default: ssh2 } = await import('ssh2');
    const asked: string[] = [];
    const far = new ssh2.Server({ hostKeys: [readFileSync(lab.path('host'))] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['publickey', 'keyboard-interactive']);
        context.prompt([{ prompt: 'Code: ', echo: false }], (answers) =>
          answers[0] === '123456' ? context.accept() : context.reject(),
        );
      });
      client.on('session', (accept) => {
        accept().on('exec', (yes) => {
          const channel = yes();
          channel.write('0\n');
          channel.exit(0);
          channel.end();
        });
      });
    });
    const port = await freePort();
    await new Promise<void>((resolve) => far.listen(port, '127.0.0.1', resolve));
    lab.onClose(() => {
      far.close();
    });
    const file = lab.write('known-far', `[127.0.0.1]:${port} ${lab.publicKey('host')}\n`);
    const to = options({ client: 'builtin', port, knownHosts: [file] });
    const prompt = async (text: string) => {
      asked.push(text);
      return '123456';
    };
    const opened = await sshSource({ ...to, prompt }).open(node, {});
    await opened.close();
    assert.deepEqual(asked, ['Code: ']);
    await assert.rejects(sshSource(to).open(node, {}), { code: 'SSH_AUTH_FAILED' });
  });
});

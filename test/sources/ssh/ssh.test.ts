// Both SSH clients against the real sshd, from one table.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { after, before, describe, it, type TestContext } from 'node:test';
import { SourceError } from '../../../src/errors.ts';
import type { NodeTarget, OpenNode } from '../../../src/sources/source.ts';
import { type SshOptions, sshSource } from '../../../src/sources/ssh.ts';
import { isRoot, type Lab, makeLab, missing, relay, type Sshd, stop, until, type Wire } from './lab.ts';

const passphrase = 'correct horse battery';
const node: NodeTarget = {
  name: 'node-a',
  addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
  kubeletVersion: undefined,
};
const absent = '/var/lib/rancher/k3s/data/current/bin/aux/iptables-save';
const clients = ['system', 'builtin'] as const;

describe('ssh', { skip: missing, concurrency: 6 }, () => {
  let lab: Lab;
  let server: Sshd;
  let knownHosts: string;

  before(async () => {
    lab = makeLab();
    for (const name of ['host', 'host-2', 'host-rsa', 'user', 'wrong'])
      lab.key(name, '', name === 'host-rsa' ? 'rsa' : 'ed25519');
    lab.key('locked', passphrase);
    lab.write('authorized_keys', ['user', 'locked'].map((name) => lab.publicKey(name)).join('\n'));
    lab.command(
      'bin',
      'iptables-save',
      `if [ "$1" = -c ]; then exec head -c 200000000 /dev/zero; fi; echo '*nat'; echo COMMIT; echo careful >&2`,
    );
    lab.command('bin', 'ip6tables-save', 'echo half; echo no such table >&2; exit 3');
    lab.command('bin', 'iptables-nft-save', 'head -c 100000 /dev/zero; sleep 30');
    lab.command('bin', 'ip6tables-nft-save', 'echo half; kill -9 $$');
    server = await lab.start({ hostKey: 'host', extra: `HostKey ${lab.path('host-rsa')}` });
    knownHosts = lab.write('known_hosts', known(server.port, 'host'));
    lab.write('config', '');
  });
  after(() => lab?.close());

  const known = (port: number, key: string, name = `[127.0.0.1]:${port}`) => `${name} ${lab.publicKey(key)}\n`;
  const env = (more: Record<string, string> = {}) => {
    const { SSH_AUTH_SOCK: _, DISPLAY: __, ...rest } = process.env;
    return { ...rest, ...more };
  };
  const options = (client: 'system' | 'builtin', more: SshOptions = {}): SshOptions => ({
    client,
    user: lab.user,
    port: server.port,
    identities: [lab.path('user')],
    knownHosts: [knownHosts],
    configFile: lab.path('config'),
    sudo: 'never',
    env: env(),
    ...more,
  });

  async function using<T>(options: SshOptions, use: (opened: OpenNode) => Promise<T>): Promise<T> {
    const opened = await sshSource(options).open(node, {});
    try {
      return await use(opened);
    } finally {
      await opened.close();
    }
  }
  const save = (options: SshOptions) => using(options, ({ exec }) => exec.run(['iptables-save']));
  const refusal = async (options: SshOptions): Promise<SourceError> => {
    try {
      await save(options);
    } catch (error) {
      assert.ok(error instanceof SourceError, String(error));
      const all = JSON.stringify([error.message, error.hint, error.code]);
      assert.ok(!all.includes(passphrase) && !all.includes('PRIVATE KEY'), all);
      return error;
    }
    throw new assert.AssertionError({ message: 'the source opened' });
  };
  const wireTo = async (port: number, cutAfter?: number): Promise<Wire> => {
    const wire = await relay(port, cutAfter);
    lab.onClose(wire.close);
    return wire;
  };
  const hash = (file: string) => {
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    return file;
  };
  const print = (name: string) =>
    execFileSync('ssh-keygen', ['-lf', lab.path(`${name}.pub`)], { encoding: 'utf8' }).split(' ')[1] ?? '';

  for (const client of clients) {
    const test = (name: string, run: (t: TestContext) => Promise<void>) => it(`${client}: ${name}`, run);

    test('standard output and standard error come apart, with the status', () =>
      using(options(client), async ({ exec, where }) => {
        const fine = await exec.run(['iptables-save']);
        assert.deepEqual(
          { ...fine, stdout: Buffer.from(fine.stdout).toString() },
          { status: 0, stdout: '*nat\nCOMMIT\n', stderr: 'careful\n', broken: undefined },
        );
        const three = await exec.run(['ip6tables-save']);
        assert.equal(three.status, 3);
        assert.equal(Buffer.from(three.stdout).toString(), 'half\n');
        assert.equal(three.stderr, 'no such table\n');
        const gone = await exec.run([absent]);
        assert.equal(gone.status, 127);
        assert.equal(gone.broken, undefined);
        const killed = await exec.run(['ip6tables-nft-save']);
        assert.notEqual(killed.status, 0);
        assert.match(where, /^ssh .*127\.0\.0\.1/);
        await assert.rejects(async () => exec.run(['iptables-save', '-t', 'nat']), {
          name: 'Error',
          message: /not on the list/,
        });
      }));

    test('commands run at the same time on one login', async () => {
      const own = await lab.start({ hostKey: 'host' });
      const file = lab.write(`same-${client}`, known(own.port, 'host'));
      await using(options(client, { port: own.port, knownHosts: [file] }), async ({ exec }) => {
        const all = await Promise.all(Array.from({ length: 8 }, () => exec.run(['iptables-save'])));
        assert.ok(all.every(({ status, stdout }) => status === 0 && stdout.length === 12));
        assert.equal(own.log().match(/Accepted publickey/g)?.length, 1);
      });
    });

    test('200 MB come whole', (t) =>
      using(options(client), async ({ exec }) => {
        const start = performance.now();
        const output = await exec.run(['iptables-save', '-c']);
        const seconds = (performance.now() - start) / 1000;
        assert.equal(output.status, 0);
        assert.equal(output.stdout.length, 200_000_000);
        t.diagnostic(`${client}: 200 MB in ${seconds.toFixed(2)} s, ${(200 / seconds).toFixed(0)} MB/s`);
      }));

    test('a hashed known_hosts is read', async () => {
      const file = hash(lab.write(`hashed-${client}`, known(server.port, 'host')));
      assert.equal((await save(options(client, { knownHosts: [file] }))).status, 0);
    });

    test('one of several host keys is enough', async () => {
      const file = lab.write(`rsa-${client}`, known(server.port, 'host-rsa'));
      assert.equal((await save(options(client, { knownHosts: [file] }))).status, 0);
    });

    test('names in a list, with wildcards and negation', async () => {
      const file = lab.write(`lists-${client}`, known(server.port, 'host', `other,[127.0.*]:${server.port}`));
      assert.equal((await save(options(client, { knownHosts: [file] }))).status, 0);
      const not = lab.write(`not-${client}`, known(server.port, 'host', `[127.0.*]:*,![127.0.0.1]:${server.port}`));
      assert.equal((await refusal(options(client, { knownHosts: [not] }))).code, 'SSH_HOST_KEY_UNKNOWN');
    });

    test('a bare name will do for another port, as for ssh', async () => {
      const file = lab.write(`bare-${client}`, known(server.port, 'host', '127.0.0.1'));
      assert.equal((await save(options(client, { knownHosts: [file] }))).status, 0);
    });

    test('an unknown host key is refused, with its fingerprint and how to fetch it', async () => {
      const error = await refusal(options(client, { knownHosts: [lab.write(`empty-${client}`, '')] }));
      assert.equal(error.code, 'SSH_HOST_KEY_UNKNOWN');
      assert.ok(error.message.includes(print('host')) || error.message.includes(print('host-rsa')), error.message);
      assert.match(error.hint ?? '', new RegExp(`ssh-keyscan -t \\w+ -p ${server.port} 127\\.0\\.0\\.1`));
    });

    test('a changed host key is refused, with both fingerprints and the line', async () => {
      const file = lab.write(`changed-${client}`, `# a comment\n${known(server.port, 'host-2')}`);
      const error = await refusal(options(client, { knownHosts: [file] }));
      assert.equal(error.code, 'SSH_HOST_KEY_CHANGED');
      assert.match(error.message, /HAS CHANGED/);
      for (const part of [print('host'), print('host-2'), `${file}:2`])
        assert.ok(error.message.includes(part), error.message);
    });

    test('a revoked host key is refused', async () => {
      const file = lab.write(
        `revoked-${client}`,
        `${known(server.port, 'host')}@revoked ${known(server.port, 'host', '*')}`,
      );
      assert.equal((await refusal(options(client, { knownHosts: [file] }))).code, 'SSH_HOST_KEY_REVOKED');
    });

    test('HostKeyAlias, HostName and Port come from the configuration', async () => {
      const file = lab.write(`alias-known-${client}`, known(0, 'host', 'the-node'));
      const config = lab.write(
        `alias-${client}`,
        `Host node-a\n HostName 127.0.0.1\n Port ${server.port}\n HostKeyAlias the-node\n User ${lab.user}\n IdentityFile "${lab.path('user')}"\n UserKnownHostsFile ${file}\n`,
      );
      const output = await save({ client, address: 'name', configFile: config, sudo: 'never', env: env() });
      assert.equal(output.status, 0);
    });

    test('a jump host is gone through, and its host key checked too', async () => {
      const config = lab.write(`jump-${client}`, `IdentityFile ${lab.path('user')}\n`);
      const hop = await lab.start({ hostKey: 'host-2' });
      const both = lab.write(`both-${client}`, known(server.port, 'host') + known(hop.port, 'host-2'));
      const through = options(client, {
        configFile: config,
        jump: `${lab.user}@127.0.0.1:${hop.port}`,
        knownHosts: [both],
      });
      assert.equal((await save(through)).status, 0);
      assert.equal(hop.log().match(/Accepted publickey/g)?.length, 1);
      const noJump = await refusal({
        ...through,
        knownHosts: [lab.write(`no-jump-${client}`, known(server.port, 'host'))],
      });
      assert.equal(noJump.code, 'SSH_HOST_KEY_UNKNOWN');
      assert.ok(noJump.message.includes(print('host-2')), noJump.message);
      assert.match(noJump.hint ?? '', new RegExp(`\`ssh-keyscan -t ed25519 -p ${hop.port} `));
      const noTarget = await refusal({
        ...through,
        knownHosts: [lab.write(`no-target-${client}`, known(hop.port, 'host-2'))],
      });
      assert.equal(noTarget.code, 'SSH_HOST_KEY_UNKNOWN');
      assert.ok(noTarget.message.includes(`]:${server.port}`), noTarget.message);
      assert.match(noTarget.hint ?? '', /`ssh \S+ ssh-keyscan/);
    });

    test('two jumps of the configuration, one after the other', async () => {
      const hop = await lab.start({ hostKey: 'host-2' });
      const both = lab.write(`both-jumps-${client}`, known(server.port, 'host') + known(hop.port, 'host-2'));
      const config = lab.write(
        `jumps-${client}`,
        `IdentityFile ${lab.path('user')}\nUser ${lab.user}\nMatch host 127.0.0.1 originalhost node-a\n Port ${server.port}\n ProxyJump first,second\nHost node-a first second\n HostName 127.0.0.1\nHost node-a\n ProxyJump first,second\n Port ${server.port}\nHost first second\n Port ${hop.port}\n`,
      );
      const output = await save({
        client,
        address: 'name',
        configFile: config,
        knownHosts: [both],
        sudo: 'never',
        env: env(),
      });
      assert.equal(output.status, 0);
      assert.equal(hop.log().match(/Accepted publickey/g)?.length, 2);
    });

    test('a key of the agent', async () => {
      const socket = lab.path(`agent-${client}`);
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
      try {
        await new Promise((resolve) => agent.stdout.once('data', resolve));
        const withAgent = env({ SSH_AUTH_SOCK: socket });
        execFileSync('ssh-add', ['-q', lab.path('wrong'), lab.path('user')], { env: withAgent, stdio: 'ignore' });
        assert.equal((await save(options(client, { identities: [], env: withAgent }))).status, 0);
        const only = lab.write(`only-${client}`, `IdentitiesOnly yes\nIdentityFile ${lab.path('wrong')}\n`);
        const error = await refusal(options(client, { identities: [], env: withAgent, configFile: only }));
        assert.equal(error.code, 'SSH_AUTH_FAILED');
      } finally {
        await stop(agent);
      }
    });

    test('a key with a passphrase is asked for where someone can answer, else refused', async () => {
      lab.command('ask', 'askpass', `echo '${passphrase}'`);
      const asked: string[] = [];
      const prompt = async (text: string) => {
        asked.push(text);
        return passphrase;
      };
      const identities = [lab.path('locked')];
      const answers = env({ SSH_ASKPASS: lab.path('ask', 'askpass'), SSH_ASKPASS_REQUIRE: 'force' });
      assert.equal((await save(options(client, { identities, prompt, env: answers }))).status, 0);
      if (client === 'builtin') assert.deepEqual(asked, [`Passphrase for the key ${lab.path('locked')}: `]);
      const error = await refusal(options(client, { identities, env: answers }));
      assert.equal(error.code, 'SSH_AUTH_FAILED');
      if (client === 'builtin')
        assert.equal(
          (await refusal(options(client, { identities, prompt: async () => 'wrong' }))).code,
          'SSH_AUTH_FAILED',
        );
    });

    test('a wrong key is refused', async () => {
      const error = await refusal(options(client, { identities: [lab.path('wrong')] }));
      assert.equal(error.code, 'SSH_AUTH_FAILED');
      assert.match(error.message, new RegExp(lab.path('wrong')));
    });

    test('nobody listens; a name that does not resolve; nobody answers', async () => {
      const silent = await wireTo(server.port);
      silent.stall();
      const closed = await wireTo(server.port);
      await closed.close();
      assert.equal((await refusal(options(client, { port: closed.port }))).code, 'SSH_REFUSED');
      const config = lab.write(`unresolved-${client}`, 'Host 127.0.0.1\n HostName no-such-host.invalid\n');
      assert.equal((await refusal(options(client, { configFile: config }))).code, 'SSH_UNRESOLVED');
      const start = performance.now();
      assert.equal((await refusal(options(client, { port: silent.port, connectTimeoutMs: 1500 }))).code, 'SSH_TIMEOUT');
      assert.ok(performance.now() - start < 6000);
    });

    test('a connection cut half way is broken, never an end', async () => {
      const wire = await wireTo(server.port, 3_000_000);
      const file = lab.write(`cut-${client}`, known(wire.port, 'host'));
      await using(options(client, { port: wire.port, knownHosts: [file] }), async ({ exec }) => {
        const output = await exec.run(['iptables-save', '-c']);
        assert.equal(output.status, undefined);
        assert.match(output.broken ?? '', /connection ended before the command did/);
        assert.ok(output.stdout.length < 200_000_000);
      });
    });

    test('the sshd of the session dies', async () => {
      const own = await lab.start({ hostKey: 'host' });
      const file = lab.write(`dies-${client}`, known(own.port, 'host'));
      await using(options(client, { port: own.port, knownHosts: [file] }), async ({ exec }) => {
        const running = exec.run(['iptables-nft-save']);
        await new Promise((resolve) => setTimeout(resolve, 500));
        for (const pid of children(own.pid)) process.kill(pid, 'SIGKILL');
        const output = await running;
        assert.equal(output.status, undefined);
        assert.notEqual(output.broken, undefined);
      });
    });

    test('a stalled connection ends at the timeout, or when no sign of life comes', async () => {
      for (const limit of [2500, undefined]) {
        const wire = await wireTo(server.port);
        const file = lab.write(`stall-${client}-${limit}`, known(wire.port, 'host'));
        await using(options(client, { port: wire.port, knownHosts: [file], aliveEveryMs: 1000 }), async ({ exec }) => {
          const running = exec.run(['iptables-nft-save'], limit === undefined ? {} : { timeoutMs: limit });
          await until(() => wire.seen() > 100_000);
          await new Promise((resolve) => setTimeout(resolve, 100));
          wire.stall();
          const start = performance.now();
          const output = await running;
          assert.equal(output.status, undefined);
          assert.match(
            output.broken ?? '',
            limit === undefined ? /ended before the command did/ : /no end within 2\.5 s/,
          );
          assert.equal(output.stdout.length, 100_000);
          assert.ok(performance.now() - start < (limit ?? 6500) + 1000);
        });
      }
    });

    test('an interruption ends what runs, and what opens', async () => {
      const reason = new Error('interrupted by hand');
      await using(options(client), async ({ exec }) => {
        const stop = new AbortController();
        const running = exec.run(['iptables-nft-save'], { signal: stop.signal });
        setTimeout(() => stop.abort(reason), 300);
        await assert.rejects(running, reason);
      });
      const silent = await wireTo(server.port);
      silent.stall();
      const stop = new AbortController();
      const opening = sshSource(options(client, { port: silent.port })).open(node, { signal: stop.signal });
      setTimeout(() => stop.abort(reason), 300);
      await assert.rejects(opening, reason);
    });

    it(`${client}: sudo`, { skip: isRoot || process.getuid === undefined ? whyNoUser() : false }, async () => {
      const user = isRoot ? addUser() : lab.user;
      lab.command('sudo-ok', 'sudo', '[ "$1 $2" = "-n --" ] || exit 9; shift 2; PR_SUDO=1 exec "$@"');
      lab.command('sudo-ok', 'iptables-save', '[ "$PR_SUDO" ] && echo by sudo || exit 4');
      lab.command('sudo-ok', 'id', 'echo 1234');
      lab.command('sudo-ok', 'conntrack', 'echo "conntrack v1: Operation failed" >&2; exit 1');
      lab.command('sudo-no', 'sudo', 'echo "sudo: a password is required" >&2; exit 1');
      const login = (commands: string) => lab.start({ hostKey: 'host', commands });
      const [yes, no] = [await login('sudo-ok'), await login('sudo-no')];
      const file = lab.write(`sudo-${client}`, known(yes.port, 'host') + known(no.port, 'host'));
      const as = (port: number, sudo: 'auto' | 'never' | 'always'): SshOptions =>
        options(client, { user, port, sudo, knownHosts: [file] });
      await using(as(yes.port, 'auto'), async ({ exec }) => {
        assert.equal(Buffer.from((await exec.run(['iptables-save'])).stdout).toString(), 'by sudo\n');
        // What needs no root gets none, and the command's own failure stays its own.
        assert.equal(Buffer.from((await exec.run(['id', '-u'])).stdout).toString(), '1234\n');
        assert.equal((await exec.run(['conntrack', '-C'])).status, 1);
      });
      assert.equal((await save(as(yes.port, 'never'))).status, 4);
      const error = await refusal(as(no.port, 'auto'));
      assert.equal(error.code, 'SSH_SUDO_REFUSED');
      assert.match(error.hint ?? '', /NOPASSWD: \/usr\/sbin\/iptables-save/);
    });
  }

  // Changing this machine's users is for a machine that is thrown away afterwards.
  function whyNoUser(): string | false {
    if (!isRoot) return false;
    return process.env.PROXYRULES_TEST_USERS === '1'
      ? false
      : 'running as root: a login that is not root is needed; PROXYRULES_TEST_USERS=1 makes one and removes it';
  }
  function addUser(): string {
    const name = `kpr-test-${process.pid}`;
    if (execFileSync('getent', ['passwd'], { encoding: 'utf8' }).includes(`${name}:`)) return name;
    execFileSync('useradd', ['-M', '-N', '-s', '/bin/sh', '-d', lab.folder, '-p', '*', name]);
    lab.onClose(() => {
      execFileSync('userdel', [name]);
    });
    return name;
  }
  const children = (pid: number) =>
    execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .split('\n')
      .map(Number)
      .filter(Boolean);
});

// What goes to a shell or to ssh, and what never may.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { NodeTarget } from '../../../src/sources/source.ts';
import { commandLine, quoteWord } from '../../../src/sources/ssh/command-line.ts';
import { hostOf, safeHost, safeUser } from '../../../src/sources/ssh/host-name.ts';
import { parseJumps, printJumps } from '../../../src/sources/ssh/jumps.ts';
import { matchesPattern } from '../../../src/sources/ssh/known-hosts.ts';
import { readCommand } from '../../../src/sources/ssh/read-commands.ts';
import { readSudo } from '../../../src/sources/ssh/sudo.ts';
import { sshSource } from '../../../src/sources/ssh.ts';

describe('commands for a node', () => {
  for (const line of [
    'iptables-save',
    'ip6tables-legacy-save -c',
    '/usr/sbin/iptables-nft-save -c',
    'iptables --version',
    'nft list ruleset',
    'nft -j list table ip kube-proxy',
    'nft -a -n list chains inet',
    'ip -j addr show',
    'ip -6 route show table all',
    'sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.rp_filter',
    'cat /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/ipv4/ip_forward',
    'conntrack -L -p tcp -o extended',
    'conntrack -C',
    'id -u',
    'curl -fsS --max-time 5 http://127.0.0.1:10249/proxyMode',
  ])
    it(`may run: ${line}`, () => assert.ok(readCommand(line.split(' '))));

  for (const argv of [
    ['iptables-legacy-save', '-t', 'nat'],
    ['iptables', '-L'],
    ['iptables-save', '-c;reboot'],
    ['iptables-save', '-f', '/etc/x'],
    ['nft', 'flush', 'ruleset'],
    ['nft', 'list', 'ruleset', ';', 'flush', 'ruleset'],
    ['nft', '-f', 'x'],
    ['ip', 'route', 'del', 'default'],
    ['ip', 'route', 'show', 'table', 'all', '; x'],
    ['sysctl', '-w', 'net.ipv4.ip_forward=0'],
    ['sysctl', '-n', 'net.ipv4.ip_forward=0'],
    ['cat', '/etc/shadow'],
    ['cat', '/proc/sys/net/../../../etc/shadow'],
    ['cat', '/proc/version /etc/shadow'],
    ['conntrack', '-D'],
    ['conntrack', '-F'],
    ['curl', '-fsS', '--max-time', '5', 'http://127.0.0.1:10249/proxyMode@evil'],
    ['sh', '-c', 'id'],
    ['/tmp/iptables-save'],
    ['./iptables-save'],
    ['iptables-save', ''],
    [],
  ])
    it(`may not run: ${JSON.stringify(argv)}`, () => assert.throws(() => readCommand(argv), /not on the list/));

  it('a quoted word is that word, for the shell', { skip: process.platform === 'win32' }, () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0') && word.isWellFormed()),
          { maxLength: 4 },
        ),
        (words) => {
          const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' x ${words.map(quoteWord).join(' ')}`], {
            encoding: 'utf8',
          });
          assert.deepEqual(stdout.split('\0').slice(1, -1), words);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sudo asks nothing, and only where it is told to', () => {
    const environment = `env LC_ALL=C "PATH=$PATH"':/usr/local/sbin:/usr/sbin:/sbin'`;
    assert.equal(commandLine(['id', '-u'], { sudo: false }), `${environment} 'id' '-u'`);
    assert.equal(commandLine(['iptables-save'], { sudo: true }), `${environment} sudo -n -- 'iptables-save'`);
  });
});

describe('what sudo says', () => {
  const said = (stderr: string, status = 1) => ({ status, stderr, stdout: new Uint8Array(), broken: undefined });
  for (const stderr of [
    'sudo: a password is required',
    'sudo: a terminal is required to read the password; either use the -S option',
    'alice is not in the sudoers file.',
    "Sorry, user alice is not allowed to execute '/usr/sbin/iptables-save' as root on n.",
    'sudo: unable to resolve host n: Name or service not known\nsudo: a password is required',
    'sudo: interactive authentication is required',
    "env: 'sudo': No such file or directory",
  ])
    it(stderr, () =>
      assert.throws(() => readSudo(said(stderr), 'iptables-save', 'alice@n'), { code: 'SSH_SUDO_REFUSED' }),
    );

  it('a missing command is 127, and its own failure is its own', () => {
    assert.equal(readSudo(said('sudo: iptables-save: command not found'), 'iptables-save', 'a').status, 127);
    assert.equal(readSudo(said('iptables-save v1.8: no', 4), 'iptables-save', 'a').status, 4);
    assert.equal(readSudo(said('sudo: unable to resolve host n', 0), 'iptables-save', 'a').status, 0);
  });
});

describe('where SSH goes', () => {
  const node = (...addresses: [string, string][]): NodeTarget => ({
    name: 'node-a',
    addresses: addresses.map(([type, address]) => ({ type, address })),
    kubeletVersion: undefined,
  });
  it('takes the address that is asked for', () => {
    const all = node(
      ['InternalIP', '10.0.0.1'],
      ['ExternalIP', '1.2.3.4'],
      ['Hostname', 'a.example'],
      ['InternalIP', 'fd00::1'],
    );
    assert.deepEqual(
      (['internal', 'external', 'hostname', 'name'] as const).map((kind) => hostOf(all, kind)),
      ['10.0.0.1', '1.2.3.4', 'a.example', 'node-a'],
    );
    assert.equal(hostOf(node(), 'internal'), 'node-a');
    assert.throws(() => hostOf(node(['Hostname', 'a']), 'internal'), {
      code: 'SSH_NO_ADDRESS',
      hint: /--ssh-address hostname, --ssh-address name/,
    });
  });

  for (const host of ['-oProxyCommand=id', '', 'a b', 'a;id', '$(id)', 'a\nb', 'user@host', "a'b", 'a/b', 'ü'])
    it(`refuses the host ${JSON.stringify(host)} before anything runs`, async () => {
      assert.throws(() => safeHost(host), { code: 'SSH_HOST_NAME' });
      const options = { env: { PATH: '/nowhere' }, client: 'builtin' } as const;
      await assert.rejects(sshSource(options).open(node(['InternalIP', host]), {}), { code: 'SSH_HOST_NAME' });
    });

  it('refuses users and jumps that could be options', () => {
    for (const user of ['-l', '', 'a b', 'a;b', '$(id)'])
      assert.throws(() => safeUser(user), { code: 'SSH_USER_NAME' });
    for (const jump of ['-oX=1', 'a@-b', '-u@b', 'a b', 'a:b:c', 'a,,b', '']) assert.throws(() => parseJumps(jump));
    assert.equal(printJumps(parseJumps('me@one:22,ssh://two:2222/,[fd00::1]:22')), 'me@one:22,two:2222,[fd00::1]:22');
  });

  it('says so where there is no ssh', async () => {
    await assert.rejects(sshSource({ client: 'system', env: { PATH: '/nowhere' } }).open(node(), {}), {
      code: 'SSH_NO_CLIENT',
      exitCode: 3,
    });
  });
});

describe('patterns', () => {
  it('match as their regular expressions do, and long ones end soon', () => {
    const letter = fc.constantFrom('a', 'b', '*', '?');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b') }), fc.string({ unit: letter }), (text, pattern) => {
        const expression = new RegExp(`^${pattern.replace(/\*+/g, '.*').replaceAll('?', '.')}$`);
        assert.equal(matchesPattern(text, pattern), expression.test(text));
      }),
    );
    assert.equal(matchesPattern('a'.repeat(2000), `${'*a'.repeat(200)}b`), false);
  });
});

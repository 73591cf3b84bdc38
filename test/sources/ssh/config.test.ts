// The built-in client's reading of ssh_config, judged by `ssh -G` on the same files.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { hostSettings } from '../../../src/sources/ssh/config.ts';
import { printJumps } from '../../../src/sources/ssh/jumps.ts';

const version = spawnSync('ssh', ['-V'], { encoding: 'utf8' });
const missing = version.error === undefined ? false : 'there is no ssh on PATH to judge by';
const folder = mkdtempSync(join(tmpdir(), 'kpr-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Case {
  readonly name: string;
  readonly config: string;
  readonly host?: string;
  readonly user?: string;
  readonly port?: number;
}

const cases: Case[] = [
  { name: 'nothing', config: '' },
  {
    name: 'the first value wins',
    config: 'Host node-a\n Port 1\n User one\nHost *\n Port 2\n User two\n HostName 10.0.0.9',
  },
  { name: 'before any Host', config: 'User early\nHost node-a\nUser late' },
  { name: 'keywords know no case; = and quotes', config: 'hOsT=node-a\n\tUSER = "some one"\n  port=2222' },
  { name: 'patterns', config: 'Host node-? !node-a\n Port 1\nHost *-a,x\n Port 2\nHost other node-*\n Port 3' },
  { name: 'several patterns, one negated', config: 'Host * !node-a\n Port 1\nHost !node-b *\n User x' },
  { name: 'tokens of HostName', config: 'Host node-a\n HostName %h.example.org', host: 'node-a' },
  { name: 'percent in HostName', config: 'Host node-a\n HostName fe80::1%%eth0' },
  {
    name: 'identity files add up, each once',
    config: 'IdentityFile ~/.ssh/a\nHost node-a\nIdentityFile "/b c"\nIdentityFile ~/.ssh/a\nIdentityFile %d/k',
  },
  { name: 'IdentitiesOnly', config: 'Host node-a\nIdentitiesOnly yes\nIdentityFile /k' },
  { name: 'jumps', config: 'Host node-a\nProxyJump one,me@two:2222' },
  { name: 'a jump in brackets', config: 'Host node-a\nProxyJump me@[fd00::1]:22' },
  { name: 'no jump', config: 'Host node-a\nProxyJump none\nHost *\nProxyJump one' },
  { name: 'known hosts files', config: 'UserKnownHostsFile /a "/b c"\nGlobalKnownHostsFile /g\nUserKnownHostsFile /z' },
  { name: 'HostKeyAlias', config: 'Host node-*\nHostKeyAlias nodes' },
  {
    name: 'Match host is the HostName so far',
    config: 'Host node-a\nHostName 10.0.0.1\nMatch host 10.*\nUser ten\nMatch host node-a\nPort 5',
  },
  { name: 'Match originalhost', config: 'Host node-a\nHostName 10.0.0.1\nMatch originalhost node-*,x\nUser ten' },
  { name: 'Match user so far', config: 'Match user root\nPort 1\nHost *\nUser bob\nMatch user bob\nPort 2' },
  { name: 'Match user of the command line', config: 'Match user alice\nPort 7', user: 'alice' },
  {
    name: 'Match with several conditions, negated',
    config: 'Match host node-a !user bob\nPort 2\nMatch !host node-b\nUser u',
  },
  { name: 'Match all', config: 'Host other\nPort 3\nMatch all\nUser u' },
  { name: 'Match localuser', config: `Match localuser ${userInfo().username}\nPort 9` },
  { name: 'Match final all, as Fedora has it', config: 'Match final all\nPort 9\nHost node-a\nUser u' },
  { name: 'Match final host', config: 'Host node-a\nHostName 10.1.2.3\nMatch final host 10.1.*\nPort 9' },
  { name: 'Match that fails before what is not understood', config: 'Match host other exec "exit 1"\nPort 3' },
  { name: 'Include', config: `Include ${folder}/inc-*.conf\nHost *\nUser last` },
  { name: 'Include inside Host', config: `Host other\nInclude ${folder}/inc-a.conf\nHost node-a\nPort 44` },
  { name: 'Include inside a Host that holds', config: `Host node-a\nInclude ${folder}/inc-b.conf\nPort 45` },
  { name: 'Include of nothing', config: `Include ${folder}/none-*.conf\nPort 46` },
  { name: 'comments and blank lines', config: '# Host x\n\n   # Port 3\nPort 5 # five\r\nUser me' },
  { name: 'the command line wins', config: 'User u\nPort 5', user: 'cli', port: 6 },
  { name: 'an address', config: 'Host 10.0.0.*\nUser ten', host: '10.0.0.7' },
  { name: 'an IPv6 address', config: 'Host fd00*\nUser six', host: 'fd00::7' },
];

writeFileSync(join(folder, 'inc-a.conf'), 'Host node-b\nUser b\nHost node-a\nUser a\nPort 71\n');
writeFileSync(join(folder, 'inc-b.conf'), 'User bb\nPort 72\nHost nobody\nHostKeyAlias n\n');

let count = 0;
function compare({ name, config, host = 'node-a', user, port }: Case) {
  const file = join(folder, `${count++}`);
  writeFileSync(file, config);
  const flags = [...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', String(port)])];
  const judge = spawnSync('ssh', ['-G', '-F', file, ...flags, '--', host], { encoding: 'utf8' });
  assert.equal(judge.status, 0, `${name}: ${judge.stderr}`);
  const lines = judge.stdout.split('\n').map((line) => /^(\S+) (.*)$/.exec(line) ?? []);
  const all = (keyword: string) => lines.filter(([, key]) => key === keyword).map(([, , value = '']) => value);
  const ours = hostSettings({ host, user, port, jumps: undefined, files: [{ file, includes: folder }] });
  const theirs = {
    hostname: all('hostname')[0],
    user: all('user')[0],
    port: Number(all('port')[0]),
    identitiesOnly: all('identitiesonly')[0] === 'yes',
    jumps: all('proxyjump')[0] ?? '',
    userKnownHosts: all('userknownhostsfile')[0],
    globalKnownHosts: all('globalknownhostsfile')[0],
    hostKeyAlias: all('hostkeyalias')[0],
    identityFiles: all('identityfile'),
  };
  const { identityFiles = theirs.identityFiles } = ours;
  assert.deepEqual(
    {
      hostname: ours.hostname,
      user: ours.user,
      port: ours.port,
      identitiesOnly: ours.identitiesOnly,
      // ssh -G leaves out what it would take anyway.
      jumps: printJumps(ours.jumps),
      userKnownHosts: ours.userKnownHosts.join(' ').replaceAll('~', process.env.HOME ?? '~'),
      globalKnownHosts: ours.globalKnownHosts.join(' '),
      hostKeyAlias: ours.hostKeyAlias,
      identityFiles,
    },
    { ...theirs, userKnownHosts: theirs.userKnownHosts?.replaceAll('~', process.env.HOME ?? '~') },
    `${name}\n${config}`,
  );
}

describe('ssh configuration', { skip: missing }, () => {
  for (const one of cases) it(one.name, () => compare(one));

  it('any mixture of these', () => {
    const pattern = fc.constantFrom(
      'node-a',
      'node-*',
      '*',
      '!node-b',
      '!node-a',
      'other',
      'node-?',
      '10.*',
      'node-a,x',
    );
    const condition = fc.oneof(
      fc.constant('all'),
      fc
        .tuple(fc.constantFrom('host', '!host', 'originalhost', '!originalhost'), pattern)
        .map((words) => words.join(' ')),
      fc.tuple(fc.constantFrom('user', '!user'), fc.constantFrom('bob', 'root', '*')).map((words) => words.join(' ')),
      fc.tuple(fc.constant('final host'), pattern).map((words) => words.join(' ')),
    );
    const line = fc.oneof(
      fc.array(pattern, { minLength: 1, maxLength: 3 }).map((words) => `Host ${words.join(' ')}`),
      condition.map((text) => `Match ${text}`),
      fc.constantFrom(
        'User bob',
        'User "root"',
        'HostName 10.0.0.1',
        'HostName=%h.x',
        'Port 1',
        'Port 2',
        'IdentityFile /a',
      ),
      fc.constantFrom(
        'ProxyJump one',
        'ProxyJump none',
        'IdentitiesOnly yes',
        'HostKeyAlias k',
        'UserKnownHostsFile /u /v',
      ),
      fc.constantFrom(`Include ${folder}/inc-a.conf`, `Include ${folder}/inc-*.conf`, `  IdentityFile "/b c"`, '# x'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 9 }), (lines) => compare({ name: 'mixture', config: lines.join('\n') })),
      { numRuns: 150 },
    );
  });

  for (const [config, words] of [
    ['Match exec "true"\nPort 3', /Match exec/],
    ['ProxyCommand nc %h %p', /ProxyCommand/],
    ['RevokedHostKeys /krl', /RevokedHostKeys/],
    ['CanonicalizeHostname yes', /CanonicalizeHostname/],
    ['HostName %Q', /%Q/],
    ['User "half', /half/],
  ] as const)
    it(`says what it does not understand: ${config.split('\n')[0]}`, () => {
      const file = join(folder, `${count++}`);
      writeFileSync(file, config);
      const request = {
        host: 'node-a',
        user: undefined,
        port: undefined,
        jumps: undefined,
        files: [{ file, includes: folder }],
      };
      assert.throws(
        () => hostSettings(request),
        (error) =>
          error instanceof Error && 'code' in error && error.code === 'SSH_CONFIG' && words.test(error.message),
      );
    });

  it('an Include of itself ends', () => {
    const file = join(folder, 'loop');
    writeFileSync(file, `Include ${file}\n`);
    assert.throws(
      () =>
        hostSettings({
          host: 'a',
          user: undefined,
          port: undefined,
          jumps: undefined,
          files: [{ file, includes: folder }],
        }),
      /too deeply/,
    );
  });
});

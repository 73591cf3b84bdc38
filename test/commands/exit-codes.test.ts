// Each exit code of the contract by a real case, with a sentence and a next step, and never a stack.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  cli,
  documentOf,
  type Outcome,
  onRecording,
  onRules,
  recorded,
  recordedText,
  type Surroundings,
} from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-exit-'));
after(() => rmSync(folder, { recursive: true }));

function saved(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** No stack and no word of a bug: an error is one sentence, and what to do is on the lines behind it. */
function assertPlain({ stdout, stderr }: Outcome): void {
  assert.doesNotMatch(stdout + stderr, /^\s+at /m, 'a stack');
  assert.doesNotMatch(stderr, /this is a bug|undefined|\[object|NaN/);
}

const rules = ['--rules', recorded('1.36-iptables/iptables-save.txt')];
const objects = ['--objects', recorded('objects.json')];
const demo = ['--demo'];

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly exit: number;
  readonly says?: RegExp;
  readonly on?: Surroundings;
}

function check(cases: readonly Case[]): void {
  for (const { name, args, exit, says, on } of cases) {
    test(`${exit}: ${name}`, async () => {
      const outcome = await cli(args, on);
      assert.equal(outcome.exitCode, exit, outcome.stderr);
      assertPlain(outcome);
      if (says !== undefined) assert.match(outcome.stderr, says);
      if (exit > 1 && exit !== 3) assert.equal(outcome.stdout, '', 'an error leaves standard output empty');
    });
  }
}

const stale = ['explain', 'svc/web', ...demo];
const sticky = ['backends', 'svc/lb-sticky', '-n', 'edge', ...onRecording('1.36-iptables', 'objects-after.json')];
const ranged = ['explain', 'svc/lb', '-n', 'edge', ...onRecording('1.36-iptables')];

check([
  { name: 'nothing found', args: ['explain', 'svc/web', ...onRecording('1.36-iptables')], exit: 0 },
  { name: 'critical at the default', args: stale, exit: 1 },
  { name: 'critical at critical', args: [...stale, '--fail-on', 'critical'], exit: 1 },
  { name: 'critical at info', args: [...stale, '--fail-on', 'info'], exit: 1 },
  { name: 'critical at none', args: [...stale, '--fail-on', 'none'], exit: 0 },
  { name: 'warning at the default', args: sticky, exit: 1 },
  { name: 'warning at critical', args: [...sticky, '--fail-on', 'critical'], exit: 0 },
  { name: 'info at the default', args: ranged, exit: 0 },
  { name: 'info at info', args: [...ranged, '--fail-on=info'], exit: 1 },
  { name: 'info at critical', args: [...ranged, '--fail-on', 'critical'], exit: 0 },
]);

for (const format of ['table', 'wide', 'json', 'yaml', 'mermaid', 'dot', 'svg']) {
  check([
    { name: `findings, -o ${format}`, args: [...stale, '-o', format], exit: 1 },
    { name: `info only, -o ${format}`, args: [...ranged, '-o', format], exit: 0 },
    { name: `findings ignored, -o ${format}`, args: [...stale, '-o', format, '--fail-on', 'none'], exit: 0 },
  ]);
}

check([
  { name: 'unknown verb', args: ['exlpain', 'svc/web'], exit: 2, says: /unknown command 'exlpain'/ },
  { name: 'unknown flag', args: ['explain', 'svc/web', '--nope'], exit: 2, says: /unknown option '--nope'/ },
  { name: 'unknown flag before the verb', args: ['--nope', 'explain', 'svc/web'], exit: 2, says: /unknown option/ },
  { name: 'flag without its value', args: ['explain', 'svc/web', '--rules'], exit: 2, says: /argument missing/ },
  { name: 'unknown format', args: [...stale, '-o', 'pdf'], exit: 2, says: /Allowed choices are table, wide, json/ },
  { name: 'format of another verb', args: ['backends', ...demo, '-o', 'svg'], exit: 2, says: /Allowed choices/ },
  { name: 'format without the part', args: ['graph', 'svc/web', ...demo, '-o', 'table'], exit: 2, says: /mermaid/ },
  { name: 'unknown severity', args: [...stale, '--fail-on', 'error'], exit: 2, says: /critical, warning, info, none/ },
  { name: 'unknown colour', args: [...stale, '--color', 'yes'], exit: 2, says: /auto, always, never/ },
  { name: 'no target', args: ['explain', ...demo], exit: 2, says: /missing required argument/ },
  { name: 'two targets', args: ['explain', 'svc/a', 'svc/b', ...demo], exit: 2, says: /too many arguments/ },
  { name: 'a target of no form', args: ['explain', 'svc/Web!', ...demo], exit: 2, says: /A target is/ },
  { name: 'an empty target', args: ['explain', '', ...demo], exit: 2, says: /A target is/ },
  { name: 'unknown Service', args: ['explain', 'svc/wep', ...demo], exit: 2, says: /Near it: svc\/web/ },
  { name: 'unknown port', args: ['explain', 'svc/web:https', ...demo], exit: 2, says: /It has http/ },
  { name: 'unknown pod', args: ['explain', 'pod/nope', ...demo], exit: 2, says: /no pod default\/nope/ },
  { name: 'unknown chain', args: ['explain', 'KUBE-SERVICE', ...demo], exit: 2, says: /Near it: KUBE-SERVICES/ },
  { name: 'unknown target of backends', args: ['backends', 'svc/wep', ...demo], exit: 2, says: /Near it/ },
  { name: 'unknown code', args: ['codes', 'KPR999'], exit: 2, says: /codes lists them all/ },
  { name: 'code of the prototype', args: ['codes', 'toString'], exit: 2, says: /no finding/ },
  { name: 'unknown shell', args: ['completion', 'tcsh'], exit: 2, says: /bash, zsh, fish, powershell/ },
  { name: 'no shell', args: ['completion'], exit: 2, says: /missing required argument/ },
  { name: 'a release that is none', args: [...stale, '--kube-proxy-version', '34'], exit: 2, says: /v1\.34/ },
  { name: 'output file without a format', args: [...stale, '--output-file', 'x'], exit: 2, says: /FORMAT=PATH/ },
  { name: 'output file without a path', args: [...stale, '--output-file', 'json='], exit: 2, says: /FORMAT=PATH/ },
  { name: 'output file of no format', args: [...stale, '--output-file', 'pdf=x'], exit: 2, says: /FORMAT=PATH/ },
  { name: 'demo and rules', args: [...stale, ...rules], exit: 2, says: /--demo and --rules do not go together/ },
  { name: 'demo and capture', args: [...stale, '--capture', folder], exit: 2, says: /do not go together/ },
  { name: 'capture and rules', args: ['backends', ...rules, '--capture', folder], exit: 2, says: /do not go together/ },
  { name: 'rules without objects or a cluster', args: ['backends', ...rules], exit: 4, says: /--no-cluster/ },
  { name: 'neither a cluster nor files', args: ['backends'], exit: 4, says: /--kubeconfig FILE.*--rules FILE/ },
  { name: 'no cluster and no rules', args: ['backends', '--no-cluster'], exit: 2, says: /--demo/ },
  { name: 'objects alone', args: ['backends', ...objects], exit: 2, says: /--rules/ },
  {
    name: 'stdin twice',
    args: ['backends', '--rules', '-', '--objects', '-'],
    exit: 2,
    says: /one flag only/,
  },
  {
    name: 'a pod without objects',
    args: ['explain', 'pod/x', ...onRules('1.36-iptables')],
    exit: 2,
    says: /--objects/,
  },
]);

const dockerRules = `# Generated by iptables-save v1.8.10 (nf_tables) on Sat Nov 21 08:00:00 2026
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
# Completed on Sat Nov 21 08:00:00 2026
# Generated by iptables-save v1.8.10 (nf_tables) on Sat Nov 21 08:00:00 2026
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
COMMIT
# Completed on Sat Nov 21 08:00:00 2026
`;

const ipTables = recordedText('1.36-iptables/iptables-save.txt');
const head = (text: string) => ['explain', 'svc/web', ...objects, '--rules', saved('rules.txt', text)];
const withRules = (name: string, text: string | Uint8Array) => ['backends', ...objects, '--rules', saved(name, text)];
const withObjects = (name: string, text: string | Uint8Array) => ['backends', ...rules, '--objects', saved(name, text)];

check([
  {
    name: 'a plain Docker host',
    args: withRules('docker.txt', dockerRules),
    exit: 6,
    says: /KUBE-SERVICES[\s\S]*right node/,
  },
  { name: 'the same, rules only', args: ['backends', '--no-cluster', '--rules', saved('d.txt', dockerRules)], exit: 6 },
]);

check([
  {
    name: 'no such rules file',
    args: ['backends', ...objects, '--rules', join(folder, 'none')],
    exit: 5,
    says: /no such file/,
  },
  {
    name: 'a directory as rules',
    args: ['backends', ...objects, '--rules', folder],
    exit: 5,
    says: /it is a directory/,
  },
  {
    name: 'no such objects file',
    args: ['backends', ...rules, '--objects', join(folder, 'none')],
    exit: 5,
    says: /no such file/,
  },
  {
    name: 'a directory as objects',
    args: ['backends', ...rules, '--objects', folder],
    exit: 5,
    says: /it is a directory/,
  },
  { name: 'empty rules', args: withRules('empty.txt', ''), exit: 5, says: /is empty: that proves nothing/ },
  { name: 'blank rules', args: withRules('blank.txt', '\n\n  \n'), exit: 5 },
  {
    name: 'prose as rules',
    args: withRules('prose.txt', 'permission denied\n'),
    exit: 5,
    says: /not the text of iptables-save/,
  },
  { name: 'binary junk as rules', args: withRules('junk.bin', junk(50_000)), exit: 5 },
  {
    name: 'a compressed dump',
    args: withRules('x.gz', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])),
    exit: 5,
    says: /gunzip/,
  },
  {
    name: 'nft text',
    args: ['backends', ...objects, '--rules', recorded('1.36-nftables/nft.txt')],
    exit: 5,
    says: /nft/,
  },
  {
    name: 'an ipvs node',
    args: ['backends', ...objects, '--rules', recorded('1.36-ipvs/iptables-save.txt')],
    exit: 5,
    says: /ipvs/,
  },
  {
    name: 'ipvsadm text',
    args: ['backends', ...objects, '--rules', recorded('1.36-ipvs/ipvsadm-save.txt')],
    exit: 5,
    says: /ipvsadm/,
  },
  {
    name: 'JSON as rules',
    args: ['backends', ...objects, '--rules', recorded('objects.json')],
    exit: 5,
    says: /is JSON[\s\S]*--objects/,
  },
  {
    name: 'YAML as rules',
    args: withRules('o.yaml', 'apiVersion: v1\nkind: List\nitems: []\n'),
    exit: 5,
    says: /YAML/,
  },
  {
    name: 'iptables -L as rules',
    args: withRules('L.txt', 'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\n'),
    exit: 5,
    says: /iptables -L/,
  },
  {
    name: 'IPv6 text as --rules',
    args: ['backends', ...objects, '--rules', recorded('1.36-iptables/ip6tables-save.txt')],
    exit: 5,
    says: /ip6tables-save[\s\S]*--rules6/,
  },
  {
    name: 'IPv4 text as --rules6',
    args: ['backends', ...objects, '--rules6', recorded('1.36-iptables/iptables-save.txt')],
    exit: 5,
    says: /written by iptables-save[\s\S]*--rules6/,
  },
  {
    name: 'rules as objects',
    args: ['backends', ...rules, '--objects', recorded('1.36-iptables/iptables-save.txt')],
    exit: 5,
    says: /--rules/,
  },
  { name: 'empty objects', args: withObjects('empty.json', ''), exit: 5 },
  { name: 'cut objects', args: withObjects('cut.json', recordedText('objects.json').slice(0, 60_000)), exit: 5 },
  { name: 'binary junk as objects', args: withObjects('junk.json', junk(50_000)), exit: 5 },
  {
    name: 'a table of kubectl',
    args: withObjects('t.txt', 'NAMESPACE   NAME   TYPE\ndefault     web    ClusterIP\n'),
    exit: 5,
    says: /for people/,
  },
  { name: 'a number as objects', args: withObjects('n.json', '17'), exit: 5 },
  {
    name: 'a configuration that is none',
    args: ['backends', ...rules, ...objects, '--kube-proxy-config', saved('c.yaml', 'a: [')],
    exit: 5,
    says: /not YAML/,
  },
  {
    name: 'another kind of configuration',
    args: ['backends', ...rules, ...objects, '--kube-proxy-config', saved('k.yaml', 'kind: KubeletConfiguration\n')],
    exit: 5,
    says: /no KubeProxyConfiguration/,
  },
  {
    name: 'no such configuration',
    args: ['backends', ...rules, ...objects, '--kube-proxy-config', join(folder, 'none')],
    exit: 5,
  },
  {
    name: 'an output path that cannot be written',
    args: [...stale, '--output-file', `json=${join(folder, 'none', 'x')}`],
    exit: 5,
    says: /cannot write/,
  },
  {
    name: 'an output path that is a directory',
    args: [...stale, '--output-file', `json=${folder}`],
    exit: 5,
    says: /cannot write/,
  },
]);

/** The same bytes in every run. */
function junk(length: number): Uint8Array {
  let state = 2_463_534_242;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

for (const [name, beginning] of [
  ['one line of 200 MB', ''],
  [
    'a table with a line of 200 MB',
    '# Generated by iptables-save v1.8.9\n*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -m comment --comment ',
  ],
] as const) {
  test(name, { timeout: 60_000 }, async () => {
    const path = join(folder, 'long.txt');
    writeFileSync(path, Buffer.concat([Buffer.from(beginning), Buffer.alloc(200_000_000, 'a')]));
    const outcome = await cli(['backends', ...objects, '--rules', path]);
    rmSync(path);
    assert.equal(outcome.exitCode, beginning === '' ? 5 : 3, outcome.stderr.slice(0, 300));
    assertPlain({ ...outcome, stdout: outcome.stdout.slice(0, 10_000) });
    assert.ok(outcome.stderr.length + outcome.stdout.length < 1_000_000, 'the line is not printed whole');
  });
}

test('70: an error that nobody foresaw, with its stack and how to report it', async () => {
  const outcome = await cli(['backends', ...objects, '--rules', '-']);
  assert.equal(outcome.exitCode, 70);
  assert.match(outcome.stderr, /bug of kubectl-proxyrules: please report/);
  assert.match(outcome.stderr, /^\s+at /m);
  assert.equal(outcome.stdout, '');
});

test('- reads standard input, for each flag that takes a file', async () => {
  const asked = ['explain', 'svc/web', '-o', 'json', '--node-name', 'node-a'];
  const given = documentOf(await cli([...asked, ...rules, ...objects]));
  const withStdin: readonly (readonly [readonly string[], string])[] = [
    [['--rules', '-', ...objects], ipTables],
    [[...rules, '--objects', '-'], recordedText('objects.json')],
  ];
  for (const [args, stdin] of withStdin) {
    const outcome = await cli([...asked, ...args], { stdin });
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    assert.deepEqual(documentOf(outcome), given);
  }
});

/** Places where a transfer might have ended. */
const cuts = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((part) => Math.floor(ipTables.length * part));
const telling = [
  ipTables.lastIndexOf('# Completed'),
  ipTables.lastIndexOf('COMMIT'),
  ipTables.lastIndexOf('COMMIT') + 7,
  ipTables.indexOf('COMMIT') + 7,
  ipTables.indexOf('*nat'),
  ipTables.indexOf('*nat') + 5,
  ipTables.indexOf('-A KUBE-SVC') + 20,
  ipTables.indexOf(':KUBE-SVC') + 5,
  ipTables.length - 60,
];

for (const at of [...cuts, ...telling]) {
  test(`3: the dump ends at byte ${at}`, async () => {
    for (const asked of [['explain', 'svc/web'], ['backends']]) {
      const args = [...asked, ...objects, '--rules', saved('cut.txt', ipTables.slice(0, at)), '--node-name', 'node-a'];
      const outcome = await cli([...args, '-o', 'json']);
      assert.equal(outcome.exitCode, 3, outcome.stderr);
      assertPlain(outcome);
      const { findings, verdict } = documentOf(outcome);
      assert.ok(findings.length > 0);
      for (const { code } of findings) assert.match(code, /^KPR9/);
      if (asked[0] === 'explain') {
        assert.equal(verdict?.state, 'unknown');
        assert.match(verdict?.sentence ?? '', /nothing can be concluded/);
      }
      const { stdout, exitCode } = await cli(args);
      assert.equal(exitCode, 3);
      assert.match(stdout, /^UNKNOWN: nothing can be concluded: the IPv4 text (is cut|has no table|has rules of)/);
    }
  });
}

test('3: of a cut dump, what can be shown is shown', async () => {
  const at = ipTables.lastIndexOf('# Completed');
  const { stdout } = await cli(head(ipTables.slice(0, at)));
  assert.match(stdout, /^UNKNOWN[^\n]+\n/);
  assert.match(stdout, /10\.244\.0\.3:8080/);
  assert.match(stdout, /-A KUBE-SVC-CDGGSHYLG3RE2FKL/);
  assert.doesNotMatch(stdout, /^\s*KPR[1-8]/m);
});

test('one family cut: it is not judged, and the other is', async () => {
  const ip6 = recordedText('1.36-iptables/ip6tables-save.txt');
  const cut6 = saved('one-family.txt', ip6.slice(0, ip6.length - 40));
  const args = (objects: string, asked = ['explain', 'svc/web']) => [
    ...[...asked, '--rules', recorded('1.36-iptables/iptables-save.txt'), '--rules6', cut6],
    ...['--objects', recorded(objects), '--node-name', 'node-a'],
  ];
  for (const format of ['table', 'json', 'yaml', 'mermaid', 'dot', 'svg', 'wide']) {
    // Nothing wrong was seen, and not all could be looked at.
    assert.equal((await cli([...args('objects.json'), '-o', format])).exitCode, 3, format);
    // Findings beat incomplete.
    assert.equal((await cli([...args('objects-after.json'), '-o', format])).exitCode, 1, format);
  }
  assert.equal((await cli([...args('objects-after.json'), '--fail-on', 'none'])).exitCode, 3);
  const half = documentOf(await cli([...args('objects.json'), '-o', 'json'])).verdict;
  assert.deepEqual([half?.state, half?.cause], ['unknown', 'node']);
  assert.match(
    half?.sentence ?? '',
    /^IPv6 was not judged: its text is cut or damaged; default\/web:http is reachable/,
  );
  const { findings, verdict } = documentOf(await cli([...args('objects-after.json'), '-o', 'json']));
  assert.equal(verdict?.state, 'degraded');
  assert.match(verdict?.sentence ?? '', /IPv6 was not judged: its text is cut/);
  assert.deepEqual([...new Set(findings.map(({ code }) => code))].sort(), ['KPR201', 'KPR902']);
  for (const { code, message } of findings) if (code === 'KPR201') assert.doesNotMatch(message, /fd00/);
  const only6 = await cli([...args('objects-after.json', ['explain', 'svc/v6', '-n', 'shop']), '-o', 'json']);
  assert.equal(only6.exitCode, 3);
  assert.equal(documentOf(only6).verdict?.state, 'unknown');
});

test('3: cut anywhere, in small steps', async () => {
  const ip6 = recordedText('1.36-iptables/ip6tables-save.txt');
  const args = (text: string) => ['backends', '-o', 'json', ...objects, '--rules6', saved('cut6.txt', text)];
  // Without its last newline, and in the last characters of the date, nothing is lost.
  assert.equal((await cli(args(ip6.trimEnd()))).exitCode, 0);
  for (let at = 1; at < ip6.length - 40; at += 89) {
    const outcome = await cli(args(ip6.slice(0, at)));
    // Of a few characters nobody can tell what they were.
    assert.ok(outcome.exitCode === 3 || (at < 40 && outcome.exitCode === 5), `${at}: exit ${outcome.exitCode}`);
    assertPlain(outcome);
    if (outcome.exitCode === 3) {
      for (const { code } of documentOf(outcome).findings) assert.match(code, /^KPR9/, `${at}`);
    }
  }
});

test('3: damage that another iptables did', async () => {
  for (const [from, to] of [
    ['-j DNAT --to-destination 10.244.0.3:8080', '-j DNAT [unsupported revision]'],
    [
      '-j DNAT --to-destination 10.244.0.3:8080',
      '-j DNAT --to-destination :0 --persistent --to-destination :0 --persistent --to-destination 0.0.0.0:0',
    ],
  ] as const) {
    assert.ok(ipTables.includes(from));
    const { exitCode, stdout } = await cli(head(ipTables.replace(from, to)));
    assert.equal(exitCode, 3, to);
    assert.match(stdout, /^UNKNOWN: nothing can be concluded/, to);
  }
});

test('several output files in one run, also when findings exist and when the text is cut', async () => {
  const out = join(folder, 'out');
  mkdirSync(out);
  const files = ['json', 'yaml', 'svg', 'dot', 'mermaid', 'wide', 'table'];
  const flags = files.flatMap((format) => ['--output-file', `${format}=${join(out, format)}`]);
  const outcome = await cli([...stale, ...flags]);
  assert.equal(outcome.exitCode, 1);
  assert.match(outcome.stdout, /^DEGRADED: /);
  assert.deepEqual(readdirSync(out).sort(), [...files].sort());
  assert.equal(readFileSync(join(out, 'table'), 'utf8'), outcome.stdout);
  const { stdout } = await cli([...stale, '-o', 'json']);
  assert.equal(readFileSync(join(out, 'json'), 'utf8'), stdout);
  assert.match(readFileSync(join(out, 'svg'), 'utf8'), /<svg /);
  const cut = [...head(ipTables.slice(0, 20_000)), '--output-file', `json=${join(out, 'cut')}`];
  assert.equal((await cli(cut)).exitCode, 3);
  assert.equal(JSON.parse(readFileSync(join(out, 'cut'), 'utf8')).verdict.state, 'unknown');
});

test('colour: never in files and pipes, always where asked, as the environment says', async () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  const painted = /\u001b\[/;
  const run = (args: readonly string[], on?: Surroundings) => cli([...stale, ...args], on);
  assert.doesNotMatch((await run([])).stdout, painted);
  assert.match((await run(['--color', 'always'])).stdout, painted);
  assert.match((await run([], { width: 100 })).stdout, painted);
  assert.doesNotMatch((await run(['--color', 'never'], { width: 100 })).stdout, painted);
  assert.doesNotMatch((await run([], { width: 100, env: { NO_COLOR: '1' } })).stdout, painted);
  assert.doesNotMatch((await run([], { width: 100, env: { TERM: 'dumb' } })).stdout, painted);
  assert.match((await run([], { env: { FORCE_COLOR: '1' } })).stdout, painted);
  const path = join(folder, 'painted');
  await run(['--color', 'always', '--output-file', `table=${path}`]);
  assert.doesNotMatch(readFileSync(path, 'utf8'), painted);
});

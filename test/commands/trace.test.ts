// `trace` from a capture that a test changes by one thing each: who wins, what a bridge does, what is not known; and that
// a live node gives the answer that its capture gives.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { ExecCall, ExecReply } from '../api-server/index.ts';
import { cli, type Outcome, recorded } from './cli.ts';
import { liveCluster, on, recordedNode } from './live-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-trace-'));
after(() => rmSync(folder, { recursive: true }));

const files: Readonly<Record<string, string>> = {
  'iptables-save': 'iptables-save.txt',
  'ip6tables-save': 'ip6tables-save.txt',
  'ip-addr': 'ip-addr.json',
  'ip-route': 'ip-route.json',
  'ip-rule': 'ip-rule.json',
  sysctl: 'sysctl.txt',
};

function recordedSection(name: string): string {
  return readFileSync(recorded(`live-node-a/${files[name]}`), 'utf8');
}

/** The recorded node; sections replaced, added, or (by `undefined`) left out. */
function captureWith(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const path = mkdtempSync(join(folder, 'capture-'));
  const whole = { ...Object.fromEntries(Object.keys(files).map((name) => [name, recordedSection(name)])), ...changes };
  const sections = Object.entries(whole).flatMap(([name, text]) => {
    if (text === undefined) return [];
    writeFileSync(join(path, name), text);
    return [{ name, file: name, command: name, status: 0, bytes: Buffer.byteLength(text) }];
  });
  writeFileSync(join(path, 'objects.json'), readFileSync(recorded('live-node-a/objects.json')));
  const manifest = {
    version: 'proxyrules/capture/v1',
    node: 'node-a',
    source: 'files',
    sections,
    objects: ['objects.json'],
  };
  writeFileSync(join(path, 'capture.json'), JSON.stringify(manifest));
  return path;
}

interface TraceDocument {
  readonly packet: { readonly source: string; readonly destination: string; readonly inInterface: string | null };
  readonly outcomes: readonly {
    readonly probability: number;
    readonly fate: string;
    readonly destination: string;
    readonly source: string;
    readonly reason?: string;
    readonly client?: string;
    readonly undecided?: readonly { readonly fact: string; readonly command: string }[];
    readonly steps: readonly {
      readonly kind: string;
      readonly rule?: { readonly line: number; readonly text: string };
    }[];
  }[];
  readonly rival?: { readonly winner: { readonly line: number }; readonly loser: { readonly line: number } };
  readonly reply?: { readonly fate: string };
}

async function ask(ends: string, changes?: Readonly<Record<string, string | undefined>>, input?: readonly string[]) {
  const args = ['trace', ...ends.split(' '), ...(input ?? ['--capture', captureWith(changes)])];
  const text = await cli(args);
  const json = await cli([...args, '-o', 'json']);
  assert.equal(json.exitCode, text.exitCode);
  const document: TraceDocument = json.exitCode === 2 ? { packet: none, outcomes: [] } : JSON.parse(json.stdout);
  return { ...text, document, told: document.outcomes.map(told) };
}

const none = { source: '', destination: '', inInterface: '' };

function told({ probability, fate, source, destination }: TraceDocument['outcomes'][number]): string {
  return `${probability.toFixed(3)} ${fate} ${source} > ${destination}`;
}

const web = 'pod/web-b978ccd84-xqkm7';
const toItself = `--from ${web} --to svc/web`;
const fromOutside = '--from internet --to nodeport/30180';
const others = ['0.250 accepted 10.244.0.3 > 10.244.0.7:8080', '0.250 accepted 10.244.0.3 > 10.244.1.3:8080'];

/** A bridge cni0 whose ports are all so. */
function bridge(...hairpin: readonly boolean[]): string {
  return JSON.stringify(
    hairpin.map((each, at) => ({
      ifname: `veth${at}`,
      master: 'cni0',
      linkinfo: { info_slave_kind: 'bridge', info_slave_data: { hairpin: each } },
    })),
  );
}

suite('a pod that reaches itself', () => {
  for (const [name, link, itself, exit] of [
    ['bridge ports in hairpin mode', bridge(true, true), 'accepted 10.244.0.1', 0],
    ['bridge ports that are not', bridge(false, false), 'dropped 10.244.0.1', 0],
    ['bridge ports of both kinds', bridge(true, false), 'undetermined 10.244.0.1', 3],
    ['no bridge', '[]', 'accepted 10.244.0.1', 0],
    ['nobody looked', undefined, 'undetermined 10.244.0.1', 3],
  ] as const) {
    test(name, async () => {
      const { told, exitCode, stderr } = await ask(toItself, { 'ip-link': link });
      assert.equal(exitCode, exit, stderr);
      assert.deepEqual(told.slice(0, 3), [`0.250 ${itself} > 10.244.0.3:8080`, ...others]);
    });
  }
});

test('a pod that reaches itself where the bridge does not call the rules: it is routed, in whatever mode', async () => {
  const told0 = async (call: string) => {
    const sysctl = recordedSection('sysctl').replace('net.bridge.bridge-nf-call-iptables = 1\n', call);
    const { told, document } = await ask(toItself, { 'ip-link': bridge(false), sysctl });
    return [told[0], document.outcomes[0]?.undecided?.map(({ fact }) => fact)];
  };
  const end = '10.244.0.1 > 10.244.0.3:8080';
  assert.deepEqual(await told0('net.bridge.bridge-nf-call-iptables = 0\n'), [`0.250 accepted ${end}`, undefined]);
  assert.deepEqual(await told0(''), [`0.250 undetermined ${end}`, ['net.bridge.bridge-nf-call-iptables']]);
});

suite('two that want the packet', () => {
  const rules = recordedSection('iptables-save');
  const ofKube = /-A PREROUTING .*-j KUBE-SERVICES\n/.exec(rules)?.[0] ?? '';
  const ofHostPort = /-A PREROUTING .*-j CNI-HOSTPORT-DNAT\n/.exec(rules)?.[0] ?? '';

  test('as recorded kube-proxy is asked first', async () => {
    const { stdout, told, document } = await ask(fromOutside);
    assert.deepEqual(told, [
      '0.500 accepted 10.244.0.1 > 10.244.0.41:8080',
      '0.500 accepted 10.99.0.11 > 10.244.1.41:8080',
    ]);
    assert.match(
      stdout,
      /^- kube-proxy \(nat:308 .*\) wins over a hostPort \(nat:185 .*10\.244\.0\.6:8080: PREROUTING asks nat:177 before nat:178/m,
    );
    assert.deepEqual([document.rival?.winner.line, document.rival?.loser.line], [308, 185]);
  });

  test('a hostPort that is asked first has it', async () => {
    const swapped = rules.replace(ofKube + ofHostPort, ofHostPort + ofKube);
    assert.notEqual(swapped, rules);
    const { stdout, told, document } = await ask(fromOutside, { 'iptables-save': swapped });
    assert.deepEqual(told, ['1.000 accepted 198.51.100.1 > 10.244.0.6:8080']);
    assert.match(stdout, /^- a hostPort \(nat:185 .*\) wins over kube-proxy \(nat:308 /m);
    assert.match(stdout, /takes it \(not kube-proxy's\) \(dnat name/);
    assert.deepEqual([document.rival?.winner.line, document.rival?.loser.line], [185, 308]);
  });

  test('alone, nobody is named', async () => {
    const { document } = await ask(fromOutside, { 'iptables-save': rules.replace(ofHostPort, '') });
    assert.equal(document.rival, undefined);
  });
});

suite('what is not known', () => {
  const facts = async (ends: string, changes: Readonly<Record<string, string | undefined>>) => {
    const { document, exitCode, stdout } = await ask(ends, changes);
    return {
      exitCode,
      stdout,
      fates: new Set(document.outcomes.map(({ fate }) => fate)),
      undecided: document.outcomes[0]?.undecided,
    };
  };

  test('forwarding: every end is open, and the command that tells is named', async () => {
    const { exitCode, fates, undecided, stdout } = await facts(fromOutside, { sysctl: undefined });
    assert.equal(exitCode, 3);
    assert.deepEqual(fates, new Set(['undetermined']));
    assert.deepEqual(undecided, [{ fact: 'net.ipv4.ip_forward', command: 'sysctl net.ipv4.ip_forward' }]);
    assert.match(stdout, /^UNDETERMINED: .* would reach one of 2 backends, 50 % each/);
  });

  test('the members of a set that a rule asks', async () => {
    const rules = recordedSection('iptables-save').replace(
      /(?=-A FORWARD)/,
      '-A FORWARD -m set --match-set blocked src -j DROP\n',
    );
    const open = await facts(fromOutside, { 'iptables-save': rules });
    assert.deepEqual(open.undecided, [{ fact: 'the members of ipset "blocked"', command: 'ipset save blocked' }]);
    const set = (address: string) =>
      `create blocked hash:ip family inet hashsize 1024 maxelem 65536\nadd blocked ${address}\n`;
    assert.deepEqual(
      (await facts(fromOutside, { 'iptables-save': rules, ipset: set('198.51.100.1') })).fates,
      new Set(['dropped']),
    );
    assert.deepEqual(
      (await facts(fromOutside, { 'iptables-save': rules, ipset: set('198.51.100.2') })).fates,
      new Set(['accepted']),
    );
  });

  test('a text that was cut decides nothing', async () => {
    const { exitCode, fates } = await facts(fromOutside, {
      'iptables-save': recordedSection('iptables-save').replace(/COMMIT\n(?![\s\S]*COMMIT)/, ''),
    });
    assert.equal(exitCode, 3);
    assert.deepEqual(fates, new Set(['undetermined']));
  });

  test('a family that was not read is refused', async () => {
    const { exitCode, stderr } = await ask(`${toItself} --family ipv6`, { 'ip6tables-save': undefined });
    assert.equal(exitCode, 2);
    assert.match(stderr, /error: the IPv6 rules were not read/);
  });

  test('addresses and routes: the Node object stands in, and says so', async () => {
    const { stderr, told } = await ask(`${fromOutside} --in-interface eth0`, {
      'ip-addr': undefined,
      'ip-route': undefined,
      'ip-rule': undefined,
    });
    assert.match(
      stderr,
      /Node node-a is taken to have no other addresses than 10\.99\.0\.11 and fd99::11 and loopback/,
    );
    assert.match(stderr, /taken to send 10\.244\.0\.0\/24 to its own pods and everything else out/);
    assert.match(stderr, /no policy routing is taken to be there/);
    assert.deepEqual(told, ['0.500 undetermined  > 10.244.0.41:8080', '0.500 undetermined  > 10.244.1.41:8080']);
  });

  test('the other backend drops what this one lets through', async () => {
    const drop =
      '# Generated by iptables-save v1.8.9 (legacy)\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n# Completed\n';
    const { told, stdout, stderr } = await ask(fromOutside, { 'iptables-save-other': drop });
    assert.deepEqual(
      told.map((each) => each.split(' ')[1]),
      ['dropped', 'dropped'],
    );
    assert.match(stdout, /policy DROP of FORWARD/);
    assert.match(stderr, /both iptables backends/);
  });
});

suite('the answer', () => {
  test('on one bridge it needs bridge-nf-call-iptables', async () => {
    const sysctl = recordedSection('sysctl').replace('bridge-nf-call-iptables = 1', 'bridge-nf-call-iptables = 0');
    const on1 = await ask('--from pod/hostport --to svc/web', {});
    const on0 = await ask('--from pod/hostport --to svc/web', { sysctl });
    assert.match(on1.stdout, /^- The answer comes back the same way, and the translation is undone\.$/m);
    assert.match(on0.stdout, /^- The answer does not come back: net\.bridge\.bridge-nf-call-iptables is 0/m);
  });
});

test('affinity: shares are those of new clients, and add up to 1', async () => {
  const { document } = await ask('--from node-a --to svc/web-np');
  const fresh = document.outcomes.filter(({ client }) => client === 'new client');
  const seen = document.outcomes.filter(({ client }) => client === 'seen before');
  assert.equal(fresh.length, 4);
  assert.equal(seen.length, 4);
  assert.ok(Math.abs(fresh.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-9);
  assert.ok(seen.every(({ probability }) => probability === 0));
});

test('every step cites the rule as it stands in the text', async () => {
  const { document } = await ask(fromOutside);
  const lines = recordedSection('iptables-save').split('\n');
  const rules = document.outcomes.flatMap(({ steps }) => steps.flatMap(({ rule }) => rule ?? []));
  assert.ok(rules.length > 20);
  for (const { line, text } of rules) assert.equal(lines[line - 1], text);
});

/** What the programs on the recorded node print; kube-proxy's own image has no ip(8), a debug pod's has. */
function liveNode(call: ExecCall): ExecReply {
  const words = call.command.join(' ');
  if (words === 'ip -j addr show') return { stdout: recordedSection('ip-addr') };
  if (words === 'ip -j route show table all') return { stdout: recordedSection('ip-route') };
  if (words === 'ip -j rule show') return { stdout: recordedSection('ip-rule') };
  if (call.command[0] === 'sysctl') return { stdout: recordedSection('sysctl') };
  return recordedNode(call);
}

test('a live node gives the answer of its capture, and is the node of the pod', async (context) => {
  const server = await liveCluster(context, { exec: liveNode });
  const live = [...on(server), '--source', 'proxy-pod'];
  const path = join(folder, 'live');
  const captured = await cli(['capture', ...live, '--node', 'node-a', '--out', path]);
  assert.equal(captured.exitCode, 0, captured.stderr);
  for (const ends of [toItself, fromOutside, '--from node-a --to svc/web-np']) {
    const args = ['trace', ...ends.split(' '), '-o', 'json'];
    const [first, second]: readonly Outcome[] = [
      await cli([...args, ...live]),
      await cli([...args, '--capture', path]),
    ];
    assert.equal(first?.exitCode, second?.exitCode, first?.stderr);
    assert.deepEqual(JSON.parse(first?.stdout ?? ''), JSON.parse(second?.stdout ?? ''));
  }
  const run = await cli(['trace', '--from', 'pod/web-b978ccd84-z9nh5', '--to', 'svc/web', ...live]);
  assert.match(run.stderr, /looking at node node-b: the node of the pod/);
});

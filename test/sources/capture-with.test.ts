// What is read from a node, against a scripted one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Capture, sectionOf } from '../../src/capture/capture.ts';
import { SourceError } from '../../src/errors.ts';
import { type CaptureOptions, captureWith } from '../../src/sources/capture-with.ts';
import { readCommands, sysctlFiles } from '../../src/sources/sections/commands.ts';
import { saveText } from './rules-text.ts';
import { type Script, type ScriptedNode, scriptedNode, target } from './scripted-exec.ts';

const nft = saveText();
const legacy = saveText({ backend: 'legacy' });
const foreign = saveText({ chains: ['DOCKER'] });
const foreignLegacy = saveText({ backend: 'legacy', chains: ['DOCKER'] });
const cut = nft.slice(0, -60);
const noTables = { 'cat /proc/net/ip_tables_names': {}, 'cat /proc/net/ip6_tables_names': {} };
const both = (reply: Script[string]): Script => ({ 'iptables-save -c': reply, 'ip6tables-save -c': reply });
const normal = { ...both({ stdout: nft }), ...noTables };

async function capture(
  script: Script,
  options: Partial<CaptureOptions> = {},
): Promise<{ capture: Capture; node: ScriptedNode }> {
  const node = scriptedNode(script);
  return { capture: await captureWith(node, target, { source: 'proxy-pod', beside: [], ...options }), node };
}

const textOf = (from: Capture, name: Parameters<typeof sectionOf>[1]) => {
  const section = sectionOf(from, name);
  return section === undefined ? undefined : new TextDecoder().decode(section.text);
};

describe('the rules', () => {
  it('are what iptables-save says, with who said it and how it went', async () => {
    const { capture: got, node } = await capture(
      { ...normal, 'iptables-save -c': { stdout: nft, stderr: '# Warning: x\n' } },
      { now: () => new Date('2026-11-21T12:00:00Z') },
    );
    assert.deepEqual(
      { ...got, sections: got.sections.map((section) => ({ ...section, text: section.text.length })) },
      {
        node: 'node-a',
        kubeProxyVersion: undefined,
        taken: '2026-11-21T12:00:00.000Z',
        source: 'proxy-pod',
        where: 'a scripted node',
        sections: ['iptables-save', 'ip6tables-save'].map((name) => ({
          name,
          command: `${name} -c`,
          status: 0,
          text: nft.length,
          reading: {
            stderr: name === 'iptables-save' ? '# Warning: x\n' : '',
            bytes: nft.length,
            attempts: 1,
            completeness: { state: 'whole' },
            program: { name: 'iptables-save', version: '1.8.9', backend: 'nf_tables' },
          },
        })),
        gaps: [],
        objects: [],
      },
    );
    assert.equal(node.exec.asked.length, 4);
    assert.equal(node.closed(), 0);
  });

  const fallbacks: readonly [name: string, command: string][] = [
    ['by absolute path where PATH lacks it', '/usr/sbin/iptables-save -c'],
    ['of k3s', '/var/lib/rancher/k3s/data/current/bin/aux/iptables-save -c'],
    ['by the backend’s own name', 'iptables-nft-save -c'],
    ['by the multi program', 'xtables-nft-multi iptables-save -c'],
    ['by the multi program’s path', '/usr/sbin/xtables-legacy-multi iptables-save -c'],
  ];
  for (const [name, command] of fallbacks) {
    it(`are found ${name}`, async () => {
      const { capture: got } = await capture({
        [command]: { stdout: command.includes('legacy') ? legacy : nft },
        ...noTables,
      });
      assert.equal(sectionOf(got, 'iptables-save')?.command, command);
      assert.ok(got.gaps?.some(({ section }) => section === 'ip6tables-save'));
    });
  }

  it('are asked of another program where the first fails', async () => {
    const { capture: got } = await capture({
      'iptables-save -c': { status: 1, stderr: 'Fatal: no alternative' },
      'xtables-nft-multi iptables-save -c': { stdout: nft },
    });
    assert.equal(sectionOf(got, 'iptables-save')?.command, 'xtables-nft-multi iptables-save -c');
  });

  it('that nobody can save are an error with the reason', async () => {
    await assert.rejects(capture(both({ status: 1, stderr: 'Permission denied (you must be root)' })), (error) => {
      assert.ok(error instanceof SourceError);
      assert.equal(error.code, 'RULES_UNREADABLE');
      assert.match(error.message, /iptables-save -c: exit status 1: Permission denied \(you must be root\)/);
      assert.ok(error.hint);
      return true;
    });
    await assert.rejects(capture({}), /iptables-save is not there/);
  });

  it('of a lost connection are an error as it came', async () => {
    const lost = new SourceError('SSH_LOST', 'lost');
    await assert.rejects(capture(both(lost)), lost);
  });

  it('of IPv4 stay where IPv6 cannot be read', async () => {
    const { capture: got } = await capture({ 'iptables-save -c': { stdout: nft }, ...noTables });
    assert.equal(got.sections.length, 1);
    assert.match(got.gaps?.[0]?.reason ?? '', /ip6tables-save is not there/);
  });

  it('that are refused by the transport’s own list are asked otherwise', async () => {
    const refused = new Error('not on the list');
    const { capture: got } = await capture({
      ...both(refused),
      '/sbin/iptables-save -c': { stdout: nft },
      ...noTables,
    });
    assert.equal(sectionOf(got, 'iptables-save')?.command, '/sbin/iptables-save -c');
  });
});

describe('a cut text', () => {
  it('is asked for again', async () => {
    const { capture: got } = await capture({
      ...normal,
      'iptables-save -c': [{ stdout: cut }, { stdout: nft, status: undefined }, { stdout: nft }],
    });
    const reading = sectionOf(got, 'iptables-save')?.reading;
    assert.equal(reading?.attempts, 3);
    assert.deepEqual(reading?.completeness, { state: 'whole' });
  });

  it('is kept with its verdict after the third time, the longest of them', async () => {
    const { capture: got, node } = await capture({
      ...normal,
      'iptables-save -c': [{ stdout: cut.slice(0, 80) }, { stdout: cut }, { stdout: cut.slice(0, 70) }],
    });
    assert.equal(textOf(got, 'iptables-save'), cut);
    const reading = sectionOf(got, 'iptables-save')?.reading;
    assert.equal(reading?.attempts, 3);
    assert.deepEqual(reading?.completeness, { state: 'cut', reason: 'table nat has no COMMIT' });
    assert.equal(node.exec.asked.filter((line) => line === 'iptables-save -c').length, 3);
  });

  it('is not asked for again when the node’s time is used up', async () => {
    const { capture: got } = await capture({ ...normal, ...both({ stdout: cut }) }, { timeoutMs: 0 });
    assert.equal(sectionOf(got, 'iptables-save')?.reading?.attempts, 1);
  });

  it('of nothing at all is asked for twice, and then no text to judge', async () => {
    const { capture: got } = await capture({ ...normal, 'iptables-save -c': [{}, { stdout: nft }] });
    assert.equal(textOf(got, 'iptables-save'), nft);
    await assert.rejects(capture({ ...normal, ...both({}) }), /iptables-save -c printed nothing/);
    const { capture: only4 } = await capture({ ...normal, 'ip6tables-save -c': {} });
    assert.deepEqual(
      [sectionOf(only4, 'ip6tables-save'), only4.gaps?.find(({ section }) => section === 'ip6tables-save')?.reason],
      [undefined, 'ip6tables-save -c printed nothing: which proves nothing about the node'],
    );
  });
});

describe('the backend', () => {
  const some = { 'cat /proc/net/ip_tables_names': { stdout: 'nat\nfilter\n' } };
  const warned = {
    stdout: nft,
    stderr: '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n',
  };

  const table: readonly [name: string, script: Script, own: string | undefined, other: string | undefined][] = [
    ['nft alone', normal, nft, undefined],
    [
      'nft, legacy tables of another component',
      { ...normal, ...some, 'iptables-legacy-save': { stdout: foreignLegacy } },
      nft,
      foreignLegacy,
    ],
    [
      'nft, legacy tables told by the warning',
      { 'iptables-save': warned, 'iptables-legacy-save': { stdout: foreignLegacy } },
      nft,
      foreignLegacy,
    ],
    [
      'nft without kube-proxy, legacy with it: the wrapper was wrong',
      { ...both({ stdout: foreign }), ...some, 'xtables-legacy-multi': { stdout: legacy } },
      legacy,
      foreign,
    ],
    [
      'nft without tables, legacy with kube-proxy',
      { ...both({}), ...some, 'iptables-legacy-save': { stdout: legacy } },
      legacy,
      undefined,
    ],
    ['legacy, nothing in nft', { ...both({ stdout: legacy }), 'iptables-nft-save': {} }, legacy, undefined],
    [
      'legacy, nft tables of another component',
      { ...both({ stdout: legacy }), 'iptables-nft-save': { stdout: foreign } },
      legacy,
      foreign,
    ],
    [
      'legacy without kube-proxy, nft with it',
      { ...both({ stdout: foreignLegacy }), 'iptables-nft-save': { stdout: nft } },
      nft,
      foreignLegacy,
    ],
    [
      'both with kube-proxy: what the image picked',
      { ...both({ stdout: legacy }), 'iptables-nft-save': { stdout: nft } },
      legacy,
      nft,
    ],
  ];
  for (const [name, script, own, other] of table) {
    it(name, async () => {
      const { capture: got } = await capture(script);
      assert.equal(textOf(got, 'iptables-save'), own);
      assert.equal(textOf(got, 'iptables-save-other'), other);
    });
  }

  it('that cannot be read is a gap', async () => {
    const { capture: got } = await capture({ ...normal, ...some, 'iptables-legacy-save': { status: 1, stderr: 'no' } });
    assert.deepEqual(
      got.gaps?.map(({ section }) => section),
      ['iptables-save-other'],
    );
  });

  it('of legacy is not touched where it has no tables', async () => {
    const { node } = await capture(normal);
    assert.deepEqual(
      node.exec.asked.filter((line) => line.includes('legacy')),
      [],
    );
  });
});

describe('a text that its reader could not read', () => {
  const unreadable = saveText({ rules: ['-A KUBE-SERVICES -j DNAT [unsupported revision]'] });

  it('is asked of another program of the same backend', async () => {
    const newer = saveText({ version: 'v1.8.11' });
    const { capture: got } = await capture({
      ...normal,
      'iptables-save -c': { stdout: unreadable },
      'iptables-nft-save -c': { stdout: unreadable },
      'iptables-legacy-save': { stdout: legacy },
      'xtables-nft-multi': { stdout: newer },
    });
    assert.equal(textOf(got, 'iptables-save'), newer);
    assert.equal(sectionOf(got, 'iptables-save')?.reading?.program?.version, '1.8.11');
  });

  it('stays where no program can read it', async () => {
    const { capture: got } = await capture({ ...normal, 'iptables-save -c': { stdout: unreadable } });
    assert.equal(textOf(got, 'iptables-save'), unreadable);
  });
});

describe('what lies beside the rules', () => {
  const all = { beside: undefined } as unknown as Partial<CaptureOptions>;
  const everything = async (script: Script, more = {}) => {
    const node = scriptedNode({ ...normal, ...script }, more);
    return captureWith(node, target, { source: 'debug-pod', ...all, beside: besideAll });
  };
  const besideAll = ['sysctl', 'ip-addr', 'ip-route', 'proxy-mode', 'metrics', 'kube-proxy-version'] as const;

  it('fails softly, each with its reason', async () => {
    const got = await everything({
      'ip -j addr show': [{ stdout: '[{"ifname"' }, { stdout: '[]' }],
      ip: { status: 1, stderr: 'Object "x" is unknown' },
      curl: { status: 7, stderr: 'curl: (7) Failed to connect' },
    });
    assert.equal(textOf(got, 'ip-addr'), '[]');
    assert.equal(sectionOf(got, 'ip-addr')?.reading?.attempts, 2);
    assert.deepEqual(
      got.gaps?.map(({ section }) => section),
      ['sysctl', 'ip-route', 'proxy-mode', 'metrics'],
    );
    assert.match(got.gaps?.[1]?.reason ?? '', /ip: exit status 1: Object "x" is unknown; .*cat/);
    assert.match(got.gaps?.[2]?.reason ?? '', /Failed to connect; wget is not there/);
  });

  it('asks for ipsets only where a rule asks one: ipset would load its kernel module', async () => {
    const asks = nft.replace('COMMIT', '-A FORWARD -m set --match-set blocked src -j DROP\nCOMMIT');
    assert.notEqual(asks, nft);
    for (const [text, sets] of [
      [nft, undefined],
      [asks, 'create blocked hash:ip\n'],
    ] as const) {
      const script = { ...normal, 'iptables-save': { stdout: text }, ipset: { stdout: 'create blocked hash:ip\n' } };
      const node = scriptedNode({ ...script, 'iptables-save -c': { stdout: text } });
      const got = await captureWith(node, target, { source: 'debug-pod', beside: ['ipset'] });
      assert.equal(sectionOf(got, 'ipset') && textOf(got, 'ipset'), sets);
      assert.deepEqual(
        got.gaps?.filter(({ section }) => section === 'ipset'),
        [],
      );
    }
  });

  it('is not lost with the connection: the rules are read', async () => {
    const got = await everything({ sysctl: new SourceError('LOST', 'the connection was lost') });
    assert.match(got.gaps?.[0]?.reason ?? '', /the connection was lost/);
    assert.equal(textOf(got, 'iptables-save'), nft);
  });

  const values: readonly [name: string, script: Script][] = [
    ['sysctl', { sysctl: { stdout: 'net.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 32768\t60999\n' } }],
    [
      'grep',
      {
        grep: {
          status: 2,
          stdout: '/proc/sys/net/ipv4/ip_forward:1\n/proc/sys/net/ipv4/ip_local_port_range:32768\t60999\n',
        },
      },
    ],
    [
      'cat',
      {
        cat: {
          status: 1,
          stdout: '1\n32768\t60999\n',
          stderr: sysctlFiles
            .slice(2)
            .map((file) => `cat: ${file}: No such file or directory\n`)
            .join(''),
        },
      },
    ],
  ];
  for (const [program, script] of values) {
    it(`has the sysctls in one form from ${program}`, async () => {
      const got = await everything(script);
      assert.equal(textOf(got, 'sysctl'), 'net.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 32768 60999\n');
      assert.ok(sectionOf(got, 'sysctl')?.command.startsWith(program));
    });
  }

  it('does not guess which value is whose', async () => {
    const got = await everything({ cat: { status: 1, stdout: '1\n', stderr: 'cat: trouble' } });
    assert.equal(sectionOf(got, 'sysctl'), undefined);
  });

  it('tells kube-proxy’s release: its own program, then its metrics, then its image', async () => {
    const metrics = { curl: { stdout: 'kubernetes_build_info{build_date="",git_version="v1.35.2"} 1\n' } };
    const program = { 'kube-proxy --version': { stdout: 'Kubernetes v1.36.1\n' } };
    const image = { kubeProxyImage: 'registry.k8s.io/kube-proxy:v1.34.0@sha256:00' };
    const release = async (script: Script, more = {}) => (await everything(script, more)).kubeProxyVersion;
    assert.equal(await release({ ...metrics, ...program }, image), 'v1.36.1');
    assert.equal(await release({ ...metrics, ...program }), 'v1.35.2');
    assert.equal(await release({}, image), 'v1.34.0');
    assert.equal(await release({}), undefined);
  });
});

describe('an interruption', () => {
  it('ends it with the caller’s own reason', async () => {
    const reason = new Error('interrupted');
    await assert.rejects(capture(normal, { signal: AbortSignal.abort(reason) }), reason);
  });
});

describe('the list of read commands', () => {
  it('has nothing that could change a node', () => {
    const programs =
      /^(?:ip6?tables(?:-nft|-legacy)?(?:-save)?|xtables-(?:nft|legacy)-multi|ip|ipset|cat|grep|sysctl|conntrack|curl|wget|kube-proxy)$/;
    for (const [path = '', ...args] of readCommands) {
      assert.match(path.replace(/^.*\//, ''), programs);
      // A table that is named is created; -w of sysctl writes; -X, -d, -T of curl send.
      assert.deepEqual(
        args.filter((word) => /^(?:-t|--table|-w|-p|-X|-d|--modprobe|-M|-F|-D|-A|-I)$/.test(word)),
        [],
      );
    }
  });

  it('is all that is ever asked', async () => {
    const node = scriptedNode(
      { ...both({ status: 1 }), xtables: {}, 'xtables-legacy-multi': { stdout: legacy } },
      { kubeProxyImage: 'x' },
    );
    await captureWith(node, target, { source: 'ssh' });
    const known = new Set(readCommands.map((command) => command.join(' ')));
    assert.deepEqual(
      node.exec.asked.filter((line) => !known.has(line)),
      [],
    );
  });
});

// What CI reads of `drift`, whole: JUnit and SARIF hold to their schemas, every format ends with the same code, files are
// written however the run ends, and a terminal of 100 columns holds every line.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { validateXML } from 'xmllint-wasm';
import { annotationsOf } from '../renderers/annotations.ts';
import { empty, sample } from '../renderers/sample.ts';
import { readSarif, runOf } from '../renderers/sarif-reader.ts';
import { cli, onRecording, recorded, recordedText } from './cli.ts';
import { driftOf } from './drift-document.ts';
import { freshPath, inputOf, recordedNode, savedFile } from './edited-run.ts';

const frozen = onRecording('1.36-iptables', 'objects-after.json');
const sound = onRecording('1.36-iptables');
const node = recordedNode('1.36-iptables', 'objects-after.json');
const cut = inputOf({ ...node, rules: node.rules.slice(0, 20_000), rules6: node.rules6.slice(0, 5000) });
const halfCut = [
  '--node-name',
  'node-a',
  ...inputOf({ ...recordedNode('1.36-iptables', 'objects.json'), rules6: node.rules6.slice(0, 5000) }),
];
const halfCutStale = ['--node-name', 'node-a', ...inputOf({ ...node, rules6: node.rules6.slice(0, 5000) })];
const foreign = ['--rules', savedFile('*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n')];
const objects = ['--objects', recorded('objects.json')];
const formats = {
  drift: ['table', 'wide', 'json', 'yaml', 'junit', 'sarif', 'github'],
  status: ['table', 'wide', 'json', 'yaml'],
};

const ends: readonly (readonly [what: string, exit: number, flags: readonly string[]])[] = [
  ['in sync', 0, sound],
  ['in sync, --fail-on info', 0, [...sound, '--fail-on', 'info']],
  ['findings', 1, frozen],
  ['findings, --fail-on critical', 1, [...frozen, '--fail-on', 'critical']],
  ['findings, --fail-on none', 0, [...frozen, '--fail-on', 'none']],
  ['findings, all suppressed', 0, [...frozen, '--suppress', 'KPR*=Node/*']],
  ['unknown flag', 2, [...sound, '--nope']],
  ['nothing to compare with', 2, ['--no-cluster', ...sound.slice(0, 4)]],
  ['text cut', 3, cut],
  ['one family cut, the other in sync', 3, halfCut],
  ['one family cut, the other stale: findings beat incomplete', 1, halfCutStale],
  ['the same, --fail-on none', 3, [...halfCutStale, '--fail-on', 'none']],
  ['no cluster', 4, []],
  ['no such file', 5, ['--rules', 'no/such/file', ...objects]],
  ['another text', 5, ['--rules', recorded('1.36-nftables/nft.txt'), ...objects]],
  ['no kube-proxy', 6, [...foreign, ...objects]],
];

suite('one exit code for every format', () => {
  for (const verb of ['drift', 'status'] as const) {
    for (const [what, exit, flags] of ends) {
      test(`${verb}, ${what}: ${exit}`, async () => {
        for (const format of formats[verb]) {
          const outcome = await cli([verb, ...flags, '-o', format]);
          assert.equal(outcome.exitCode, exit, `${format}: ${outcome.stderr}`);
          assert.doesNotMatch(outcome.stdout + outcome.stderr, /^\s+at |undefined|\[object|NaN/m);
        }
      });
    }
  }
});

const schema = [
  {
    fileName: 'junit.xsd',
    contents: readFileSync(fileURLToPath(new URL('../fixtures/schemas/junit.xsd', import.meta.url)), 'utf8'),
  },
];

async function assertJunit(xml: string): Promise<void> {
  const { valid, errors } = await validateXML({ xml: [{ fileName: 'drift.xml', contents: xml }], schema });
  assert.ok(valid, JSON.stringify(errors.slice(0, 3)));
}

const cases = (xml: string) =>
  [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"/g)].map(([, group, name]) => `${group} ${name}`);

suite('JUnit', () => {
  for (const [what, , flags] of ends.filter(([, exit]) => exit !== 2)) {
    test(`${what}: holds to the schema`, async () =>
      assertJunit((await cli(['drift', ...flags, '-o', 'junit'])).stdout));
  }

  test('a suite for the node, a case for it and one for each service port', async () => {
    for (const [flags, failures] of [
      [sound, 0],
      [frozen, 15],
    ] as const) {
      const { stdout } = await cli(['drift', ...flags, '-o', 'junit']);
      const { nodes } = driftOf(await cli(['drift', ...flags, '-o', 'json']));
      const [first, ...others] = cases(stdout);
      assert.equal(first, 'node rules of the node');
      assert.equal(others.length, nodes[0]?.servicePorts.expected);
      assert.equal(new Set(others).size, others.length);
      assert.ok(others.includes('shop/cart metrics/TCP') && others.includes('shop/dns dns/UDP'));
      assert.match(stdout, /<testsuite name="node-a" /);
      assert.match(stdout, /<property name="mode" value="iptables"\/>/);
      const failed = stdout.split('<failure ').length - 1;
      // The node's own case, and one for each service port that differs.
      const differing = (nodes[0]?.servicePorts.expected ?? 0) - (nodes[0]?.servicePorts.inSync ?? 0);
      assert.equal(failed, failures === 0 ? 0 : differing + 1);
    }
  });

  test('a cut text is an error of every case, and of none a failure', async () => {
    const { stdout } = await cli(['drift', ...cut, '-o', 'junit']);
    assert.doesNotMatch(stdout, /<failure/);
    assert.equal(stdout.split('<error ').length - 1, cases(stdout).length);
  });

  test('what is suppressed is skipped with its reason', async () => {
    const { stdout } = await cli(['drift', ...frozen, '--suppress', 'KPR204=Node/node-a', '-o', 'junit']);
    assert.doesNotMatch(stdout, /<failure/);
    assert.match(stdout, /<skipped message="suppressed: KPR204: /);
  });
});

suite('SARIF', () => {
  for (const [what, , flags] of ends.filter(([, exit]) => exit === 0 || exit === 1 || exit === 3)) {
    test(`${what}: holds to the schema, each result on a line of its text`, async () => {
      const { stdout } = await cli(['drift', ...flags, '-o', 'sarif']);
      const { findings } = driftOf(await cli(['drift', ...flags, '-o', 'json']));
      // As many results as findings; what each says is theirs.
      readSarif(stdout, { ...empty, findings: findings.flatMap(() => sample.findings.slice(0, 1)) });
      assert.equal(runOf(stdout).automationDetails.id, 'kubectl-proxyrules/drift/');
      const lines = recordedText('1.36-iptables/iptables-save.txt').split('\n').length;
      for (const { locations } of runOf(stdout).results) {
        const { artifactLocation, region } = locations[0].physicalLocation;
        assert.notEqual(artifactLocation.uri, '');
        assert.ok(region.startLine <= lines);
      }
    });
  }

  test('fingerprints are the same where other lines moved', async () => {
    const prints = async (rules: string) => {
      const { stdout } = await cli(['drift', '--node-name', 'node-a', ...inputOf({ ...node, rules }), '-o', 'sarif']);
      return runOf(stdout).results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash);
    };
    const moved = node.rules.replace('*nat\n', '*nat\n:OTHER-1 - [0:0]\n:OTHER-2 - [0:0]\n');
    assert.notEqual(moved, node.rules);
    const before = await prints(node.rules);
    assert.equal(before.length, 1);
    assert.deepEqual(await prints(moved), before);
  });
});

test('GitHub: one annotation a finding, an error', async () => {
  const { stdout } = await cli(['drift', ...frozen, '-o', 'github']);
  assert.deepEqual(
    annotationsOf(stdout).map(({ name, properties }) => `${name} ${properties.title}`),
    ['error KPR204 Rules are frozen'],
  );
  assert.equal(annotationsOf((await cli(['drift', ...sound, '-o', 'github'])).stdout).length, 0);
});

test('several files in one run, however it ends', async () => {
  for (const [what, exit, flags] of ends.filter(([, exit]) => exit !== 2)) {
    const paths = ['junit', 'sarif', 'github', 'json'].map((format) => [format, freshPath(`out.${format}`)] as const);
    const files = paths.flatMap(([format, path]) => ['--output-file', `${format}=${path}`]);
    const outcome = await cli(['drift', ...flags, ...files]);
    assert.equal(outcome.exitCode, exit, what);
    for (const [format, path] of paths) {
      if (format === 'json' && exit > 3) assert.ok(!existsSync(path), 'no answer, no document');
      else if (exit <= 3 || format !== 'json') assert.ok(readFileSync(path, 'utf8').length > 0, `${what}: ${format}`);
    }
    if (exit <= 3) {
      const [, junit = ''] = paths[0] ?? [];
      assert.equal(readFileSync(junit, 'utf8'), (await cli(['drift', ...flags, '-o', 'junit'])).stdout);
    }
  }
});

suite('a terminal of 100 columns holds every line, one of 80 those of drift', () => {
  const runs = [
    ...ends.filter(([, exit]) => exit !== 2).map(([what, , flags]) => [what, flags] as const),
    ['demo', ['--demo']] as const,
  ];
  for (const [what, flags] of runs) {
    test(what, async () => {
      for (const verb of ['drift', 'status']) {
        for (const format of ['table', 'wide']) {
          for (const width of verb === 'drift' ? [80, 100] : [100]) {
            const { stdout } = await cli([verb, ...flags, '-o', format], { width });
            // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours
            const lines = stdout.replace(/\u001b\[[0-9;]*m/g, '').split('\n');
            for (const line of lines) assert.ok([...line].length <= width, `${verb} -o ${format}: ${line}`);
          }
        }
      }
    });
  }

  test('piped, a line is never wrapped and nothing is coloured', async () => {
    const { stdout } = await cli(['drift', ...frozen]);
    assert.match(stdout, /^ {4}the rules on node-a are frozen: .* kube-proxy has written nothing since$/m);
    assert.ok(!stdout.includes('\u001b'));
  });
});

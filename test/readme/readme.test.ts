// The pages say what the program does: every command of theirs is run here, every output compared, every table of
// theirs laid beside the program's own tree.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { program, readmePage, said, verbs } from '../../.build/readme.ts';
import { isFindingCode } from '../../src/report/catalogue.ts';
import { startApiServer, type TestApiServer } from '../api-server/index.ts';
import { furtherNodes, liveObjects, recordedNode } from '../commands/live-cluster.ts';
import { anchors, codeBlocks, codeSpans, isAbridged, read, root, tableUnder, withoutCodeBlocks } from './pages.ts';

const readme = read('README.md');
const essay = read('docs/how-it-decides.md');
const driftPage = read('docs/drift.md');
const written = {
  'README.md': readme,
  'docs/how-it-decides.md': essay,
  'docs/drift.md': driftPage,
  'CHANGELOG.md': read('CHANGELOG.md'),
};
const manifest = JSON.parse(read('package.json'));

/** The cluster that the pages' commands find. */
let server: TestApiServer;

suite('the pages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxyrules-readme-'));
  const home = process.cwd();
  before(async () => {
    server = await startApiServer({ objects: [...liveObjects(), ...furtherNodes(['worker-1'])], exec: recordedNode });
    for (const [from, to] of [
      ['iptables-save.txt', 'rules.txt'],
      ['ip6tables-save.txt', 'rules6.txt'],
      ['objects.json', 'objects.json'],
    ] as const) {
      copyFileSync(join(root, 'src', 'demo', from), join(folder, to));
    }
    process.chdir(folder);
  });
  after(async () => {
    await server.close();
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  test('what README.md shows of the program is what the program has', async () => {
    assert.equal(await readmePage(readme), readme, 'run `node .build/readme.ts`');
  });

  for (const [page, text] of Object.entries(written)) {
    for (const { language, lines } of codeBlocks(text)) {
      test(`${page}: ${lines[0]}`, async () => {
        if (language === 'console') return checkOutput(lines);
        assert.equal(language, 'sh', 'a block is a sample (console) or commands (sh)');
        for (const line of lines) {
          for (const command of line.split(/ && |; /)) await checkCommand(command);
        }
      });
    }

    test(`${page}: every link leads somewhere`, () => {
      for (const [, target = ''] of withoutCodeBlocks(text).matchAll(/\]\(([^)]+)\)/g)) {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        assert.ok(existsSync(join(root, file)), `${target}: no such file`);
        if (anchor !== undefined) assert.ok(anchors(read(file)).includes(anchor), `${target}: no such heading`);
      }
    });

    test(`${page}: every flag, code and script it speaks of exists`, () => {
      const flags = new Set([...program.options, ...verbs.flatMap(({ options }) => options)].map(({ long }) => long));
      // Of other programs: iptables prints it.
      flags.add('--probability').add('--help');
      for (const span of codeSpans(withoutCodeBlocks(text))) {
        for (const [flag] of span.matchAll(/(?<!\S)--[a-z][a-z0-9-]*/g))
          assert.ok(flags.has(flag), `${flag}: no such flag`);
      }
      for (const [code] of text.matchAll(/\bKPR\d{3}\b/g)) assert.ok(isFindingCode(code), `${code}: no such finding`);
    });
  }

  test('a sample may leave lines out where it says so, and nowhere else', () => {
    const output = ['a', 'b', 'c', 'd'];
    for (const shown of ['a b c d', 'a ... d', '... d', 'a b ...', '...'])
      assert.ok(isAbridged(shown.split(' '), output), shown);
    for (const shown of ['a b c', 'b c d', 'a d', 'a ... c', 'a b c d ...', 'a ... x']) {
      assert.ok(!isAbridged(shown.split(' '), output), shown);
    }
  });

  test('a target has the forms that the program takes, and each example is one', async () => {
    const rows = tableUnder(readme, 'Targets');
    const { stderr } = await said(['explain', 'no/such/form', '--demo']);
    const [, list = ''] = /A target is ([\s\S]*)/.exec(stderr) ?? [];
    const forms = list.trim().split(/,\s+(?:or a chain such as )?/);
    assert.deepEqual(
      rows.map(([form = '']) => codeSpans(form)[0]),
      forms,
    );
    for (const example of rows.flatMap((row) => codeSpans(row[2] ?? ''))) {
      const { stderr, exitCode } = await said(['explain', example, '--demo']);
      assert.ok(exitCode <= 1, `${example}: ${stderr}`);
    }
  });

  test('the exit codes are those that the help names', () => {
    const [, help = ''] = /Exit codes: ([\s\S]*)/.exec(helpText()) ?? [];
    const codes = [...help.matchAll(/\d+/g)].map(([code]) => code);
    assert.deepEqual(
      tableUnder(readme, 'Exit codes').map(([code]) => code),
      codes,
    );
  });

  test('the commands to save rules and objects are those that the help names', () => {
    for (const line of ['iptables-save -c > rules.txt; ip6tables-save -c > rules6.txt', getObjects]) {
      assert.ok(readme.includes(line), line);
      assert.ok(helpText().includes(line), line);
    }
  });

  test('the pages speak of the Node, the version and the licence that package.json has', () => {
    assert.ok(readme.includes(`Node ${manifest.engines.node.replace('>=', '>= ')}`));
    assert.ok(written['CHANGELOG.md'].includes('\n## Unreleased\n'));
    assert.ok(written['CHANGELOG.md'].includes(manifest.version));
    assert.ok(readme.includes(`Licence: ${manifest.license}.`));
  });

  test('the releases said to be checked are those that were recorded', () => {
    const recordings = join(root, 'test/fixtures/recordings');
    const names = [...readdirSync(recordings), ...readdirSync(join(recordings, 'random'))];
    const minors = new Set(names.flatMap((name) => /^1\.(\d+)-/.exec(name)?.[1] ?? []).map(Number));
    const [, first, last] = /kube-proxy 1\.(\d+) to 1\.(\d+): checked/.exec(readme) ?? [];
    const said = Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
    assert.deepEqual([...minors].sort(), said);
    assert.ok(names.some((name) => name.endsWith('-legacy')));
  });

  test('a text that is no good ends as the pages say', async () => {
    const rules = read('src/demo/iptables-save.txt');
    const asked = async (text: string) => {
      writeFileSync('other.txt', text);
      return said(['explain', 'svc/web', '--rules', 'other.txt', '--objects', 'objects.json']);
    };
    const cut = await asked(rules.slice(0, rules.length - 4000));
    assert.match(cut.stdout, /^UNKNOWN: /);
    assert.equal(cut.exitCode, 3);
    assert.equal((await asked('Chain INPUT (policy ACCEPT)\n')).exitCode, 5);
    assert.equal((await asked(read('test/fixtures/recordings/1.36-nftables/nft.txt'))).exitCode, 5);
    const bare = (table: string) => `*${table}\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`;
    assert.equal((await asked(`${bare('filter')}${bare('nat')}`)).exitCode, 6);
  });

  test('what drift forgives is what it can forgive', () => {
    const [, union = ''] = /export type Harmless =\n([^;]*);/.exec(read('src/proxiers/difference.ts')) ?? [];
    const reasons = [...union.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name);
    assert.ok(reasons.length > 0);
    const rows = tableUnder(driftPage, 'What is forgiven');
    assert.deepEqual(rows.map(([name = '']) => codeSpans(name)[0]).sort(), reasons.sort());
    for (const [name, words = ''] of rows) assert.ok(words.length > 20, name);
  });

  test('the settle time, the releases and the states of drift are those that the program has', () => {
    const [, seconds] = /after `--settle`, (\d+) seconds/.exec(driftPage) ?? [];
    const settle = verbs.find((verb) => verb.name() === 'drift')?.options.find(({ long }) => long === '--settle');
    assert.match(settle?.description ?? '', new RegExp(`default: ${seconds}s live, 0 for files`));
    const releases = /kube-proxy 1\.\d+ to 1\.\d+/;
    assert.equal(releases.exec(driftPage)?.[0], releases.exec(readme)?.[0]);
    const [, union = ''] = /type NodeState =([^;]*);/.exec(read('src/analyses/drift/node-drift.ts')) ?? [];
    const states = [...union.matchAll(/'([A-Z-]+)'/g)].map(([, state = '']) => state);
    assert.equal(states.length, 4);
    for (const state of states) assert.ok(codeSpans(withoutCodeBlocks(driftPage)).includes(state), state);
  });

  test('the worked chain names are the hashes', () => {
    const rows = tableUnder(essay, 'Whose chain is it').map(([text = '', chain = '']) => [
      codeSpans(text)[0] ?? '',
      codeSpans(chain)[0] ?? '',
    ]);
    assert.equal(rows.length, 3);
    for (const [text = '', chain = ''] of rows) {
      assert.equal(base32(createHash('sha256').update(text).digest()).slice(0, 16), chain.slice(-16));
      assert.ok(read('src/demo/iptables-save.txt').includes(`:${chain} `), chain);
    }
  });

  test('the worked cascade is that of the demo', () => {
    const lines = read('src/demo/iptables-save.txt').split('\n');
    const rows = tableUnder(essay, 'What share each backend gets');
    assert.equal(rows.length, 4);
    let left = 1;
    for (const [place, probability, kernel, before, share] of rows) {
      const rule = lines[Number(place?.replace('nat:', '')) - 1] ?? '';
      assert.match(rule, /^-A KUBE-SVC-CDGGSHYLG3RE2FKL .* -j KUBE-SEP-/);
      const text = /--probability (\S+)/.exec(rule)?.[1];
      assert.equal(probability, text ?? 'none: takes the rest');
      const steps = text === undefined ? 2 ** 31 : Math.round(Number(text) * 2 ** 31);
      assert.equal(kernel, text === undefined ? '1' : `${steps} / 2^31`);
      assert.equal(before, left === 1 ? '1' : left.toFixed(10));
      assert.equal(share, ((left * steps) / 2 ** 31).toFixed(10));
      left -= (left * steps) / 2 ** 31;
    }
    assert.equal(left, 0);
  });
});

async function checkOutput([command = '', ...shown]: readonly string[]): Promise<void> {
  assert.match(command, /^\$ kubectl proxyrules /);
  const { stdout } = await said(command.replace('$ kubectl proxyrules ', '').split(' '));
  const output = stdout.trimEnd().split('\n');
  assert.ok(isAbridged(shown, output), `${command} says:\n${stdout}`);
}

const getObjects = 'kubectl get services,endpointslices,pods,nodes -A -o json > objects.json';

/** Commands of other programs, word for word: what they do is not ours to test. */
const others = [
  'npm ci',
  'npm pack',
  `npm install -g ./${manifest.name}-${manifest.version}.tgz`,
  'iptables-save -c > rules.txt',
  'ip6tables-save -c > rules6.txt',
  getObjects,
  "printf 'default/web:httptcp' | openssl dgst -sha256 -binary | base32 | cut -c1-16",
];

async function checkCommand(line: string): Promise<void> {
  const command = /^source <\((.*)\)$/.exec(line)?.[1] ?? line;
  const [, own] = /^kubectl(?: |-)proxyrules (.*)$/.exec(command) ?? [];
  if (own !== undefined) {
    const asksCluster =
      /^(explain|backends|drift|status|graph|capture|cleanup)\b(?!.*--(demo|rules|capture|help))/.test(own);
    const { stderr, exitCode } = await said([
      ...own.split(' '),
      ...(asksCluster ? ['--kubeconfig', server.kubeconfig] : []),
    ]);
    assert.ok(exitCode <= 1, `${command}: ${stderr}`);
    return;
  }
  const [, script] = /^npm (?:run )?(\w+)$/.exec(command) ?? [];
  if (script === 'test' || command.startsWith('npm run ')) {
    assert.ok(script !== undefined && manifest.scripts[script] !== undefined, `${command}: no such script`);
    return;
  }
  assert.ok(others.includes(command), `${command}: neither ours nor known`);
}

function helpText(): string {
  const out: string[] = [];
  program.configureOutput({ writeOut: (text) => out.push(text) }).outputHelp();
  return out.join('');
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('');
}

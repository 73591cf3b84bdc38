// What users install: the packed tarball, its two programs, and what they load.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Packed, pack } from './packed.ts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const windows = process.platform === 'win32';

suite('the package', () => {
  let packed: Packed;
  before(() => {
    packed = pack();
  });
  after(() => packed.remove());

  const run = (program: string, argv: readonly string[], options: { node?: string; loads?: string } = {}) => {
    const { NODE_V8_COVERAGE: _, ...env } = process.env;
    const hook = options.loads === undefined ? [] : ['--require', resolve('test/packaging/loads.cjs')];
    return spawnSync(options.node ?? process.execPath, [...hook, join(packed.folder, 'bin', program), ...argv], {
      encoding: 'utf8',
      env: { ...env, PROXYRULES_LOADS: options.loads },
    });
  };
  const loadedBy = (argv: readonly string[]) => {
    const loads = join(packed.folder, 'loads');
    run('kubectl-proxyrules', argv, { loads });
    return readFileSync(loads, 'utf8')
      .split('\n')
      .filter((url) => !url.startsWith('node:'));
  };

  test('holds what it runs with, and nothing else', () => {
    const expected = [
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].filter((file) => existsSync(file)),
      ...globSync('{bin,dist,src/demo}/**').filter((file) => statSync(file).isFile()),
    ];
    assert.deepEqual(packed.files, expected.map((file) => file.replaceAll('\\', '/')).sort());
    assert.ok(packed.files.includes('dist/main.cjs') && packed.files.includes('dist/THIRD-PARTY.txt'));
    const size = packed.files.reduce((sum, file) => sum + statSync(join(packed.folder, file)).size, 0);
    assert.ok(size < 3_000_000, `${size} bytes`);
  });

  test('names the licence of everything it contains', () => {
    const notices = readFileSync(join(packed.folder, 'dist', 'THIRD-PARTY.txt'), 'utf8');
    for (const name of ['chalk', 'cli-table3', 'commander', 'nanotar', 'yaml', 'string-width']) {
      assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((?:MIT|ISC)\\)$`, 'm'));
    }
  });

  test('tells nothing of the machine it was built on', () => {
    for (const file of packed.files.filter((name) => name.startsWith('dist/'))) {
      const text = readFileSync(join(packed.folder, file), 'utf8');
      assert.ok(!text.includes(resolve('.')), `${file} holds the path of the checkout`);
    }
  });

  test('runs without a package beside it', () => {
    const explain = run('kubectl-proxyrules', ['explain', 'svc/web', '--demo']);
    assert.equal(explain.stderr, '');
    assert.equal(explain.status, 1, 'the demo has a finding');
    assert.match(explain.stdout, /default\/web/);
    for (const argv of [
      ['--help'],
      ['version'],
      ['codes'],
      ['explain', 'svc/web', '--demo', '-o', 'yaml', '--fail-on', 'none'],
    ]) {
      const { status, stdout, stderr } = run('kubectl-proxyrules', argv);
      assert.deepEqual([status, stderr], [0, ''], argv.join(' '));
      assert.notEqual(stdout, '');
    }
  });

  test('tells its version', () => {
    assert.ok(run('kubectl-proxyrules', ['version']).stdout.includes(manifest.version));
  });

  test('completes as kubectl asks', () => {
    const { status, stdout } = run('kubectl_complete-proxyrules', ['']);
    assert.equal(status, 0);
    assert.match(stdout, /^explain\t/m);
    assert.match(stdout, /\n:\d+\n$/);
  });

  test('--help loads the tree of verbs and nothing else', () => {
    const names = loadedBy(['--help']).map((url) => basename(url));
    assert.deepEqual(
      names.sort(),
      ['kubectl-proxyrules', 'main.cjs', 'package.json', 'start.cjs'].filter((name) => names.includes(name)),
    );
    assert.ok(names.includes('main.cjs'));
  });

  test('explain --demo loads no package, and of its own files only what it prints with', () => {
    const urls = loadedBy(['explain', 'svc/web', '--demo']);
    assert.deepEqual(
      urls.filter((url) => url.includes('node_modules')),
      [],
    );
    assert.deepEqual(
      urls.map((url) => basename(url)).filter((name) => /svg|graph|yaml|codes|package-/.test(name)),
      [],
    );
  });

  test('is run by a program that is executable', { skip: windows ? 'Windows has no such bit' : false }, () => {
    for (const file of Object.values<string>(manifest.bin)) {
      assert.ok(statSync(file).mode & 0o111, `${file} in the checkout`);
      assert.ok(statSync(join(packed.folder, file)).mode & 0o111, `${file} in the tarball`);
      assert.match(readFileSync(file, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    }
  });

  test('an old Node gets one clear sentence', () => {
    const pretend =
      "Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } }); Object.defineProperty(process, 'version', { value: 'v20.20.2' });";
    const start = join(packed.folder, 'bin', 'start.cjs');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-e', `${pretend} require(${JSON.stringify(start)})([])`],
      { encoding: 'utf8' },
    );
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^error: kubectl-proxyrules needs Node >= 22\.18, this is v20\.20\.2\n {2}.+\n$/);
  });

  for (const { node, version } of oldNodes()) {
    test(`the ${version} of this machine gets it, too`, () => {
      const { status, stdout, stderr } = run('kubectl-proxyrules', ['--help'], { node });
      assert.deepEqual([status, stdout], [2, '']);
      assert.ok(stderr.startsWith(`error: kubectl-proxyrules needs Node >= 22.18, this is ${version}\n`), stderr);
    });
  }

  test('a checkout that was not built says how to build it', () => {
    const checkout = join(packed.folder, 'checkout');
    mkdirSync(checkout);
    cpSync('bin', join(checkout, 'bin'), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [join(checkout, 'bin', 'kubectl-proxyrules')], {
      encoding: 'utf8',
    });
    assert.deepEqual(
      [status, stderr],
      [2, 'error: kubectl-proxyrules is not built yet\n  Run: npm ci && npm run build\n'],
    );
  });
});

suite('package.json', () => {
  test('says what is installed', () => {
    const { name, license, engines, bin } = manifest;
    assert.deepEqual([name, license, engines.node], ['kubectl-proxyrules', 'Apache-2.0', '>=22.18']);
    assert.deepEqual(Object.keys(bin), ['kubectl-proxyrules', 'kubectl_complete-proxyrules']);
    assert.match(readFileSync('LICENSE', 'utf8'), /Apache License\s+Version 2\.0, January 2004/);
  });

  test('pins every version', () => {
    for (const [name, version] of Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
    }
  });

  test('no package runs a script at installation but those named', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    const scripted = Object.keys(packages)
      .filter((path) => packages[path].hasInstallScript)
      .map((path) => path.replace(/^.*node_modules\//, ''));
    assert.deepEqual(scripted.sort(), Object.keys(manifest.allowScripts).sort());
  });

  test('the lock holds each platform of a package that has several, and no address', () => {
    const lock = readFileSync('package-lock.json', 'utf8');
    assert.ok(!lock.includes('"resolved"'));
    const { packages } = JSON.parse(lock);
    for (const [path, { optionalDependencies = {} }] of Object.entries<{ optionalDependencies?: object }>(packages)) {
      if (path === '') continue;
      for (const name of Object.keys(optionalDependencies)) {
        const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
        assert.ok(
          places.some((place) => place in packages),
          `${path} wants ${name}: npm ci would refuse the lock`,
        );
      }
    }
  });
});

/** A machine's own Node may be older than ours: the real thing beats a pretended one. */
function oldNodes(): readonly { readonly node: string; readonly version: string }[] {
  if (windows) return [];
  const found = new Map<string, string>();
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (!existsSync(node)) continue;
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    if (version !== '' && (major < 22 || (major === 22 && minor < 18))) found.set(version, node);
  }
  return [...found].map(([version, node]) => ({ node, version }));
}

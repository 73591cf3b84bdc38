// What users copy and what runs at night: the YAML is YAML, the shell is shell, every command is one that the program
// has, and no action floats.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { readSuppressions } from '../../src/commands/suppressions-file.ts';
import { isFindingCode } from '../../src/report/catalogue.ts';
import { commandsIn, refusal } from './commands.ts';
import { documentsOf, read, root, shellOf, textsOf, yamlFiles } from './yaml-files.ts';

const { version } = JSON.parse(read('package.json'));
const scripts = ['.ci/run', '.ci/kind/run'];
const noBash = spawnSync('bash', ['--version']).error === undefined ? false : 'no bash here';

suite('the YAML of examples/ and of the workflows', () => {
  test('is there', () => {
    for (const file of ['cronjob', 'github-actions', 'gitlab-ci', 'suppressions']) {
      assert.ok(yamlFiles.includes(`examples/${file}.yaml`), file);
    }
    assert.ok(yamlFiles.includes('.github/workflows/nightly.yml'));
  });

  for (const path of yamlFiles) {
    test(`${path} parses`, () => {
      const documents = documentsOf(path);
      assert.ok(documents.length > 0);
      for (const { errors, warnings } of documents) assert.deepEqual([...errors, ...warnings], []);
    });

    test(`${path} names no registry and no machine`, () => {
      assert.doesNotMatch(
        read(path),
        /\b(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|registry\.\w|npmjs)|\/(?:tmp|home|work)\//,
      );
    });

    test(`${path}: an action is pinned to its major version, and its owner is known`, () => {
      for (const { at, text } of textsOf(path)) {
        if (!/\.uses$/.test(at)) continue;
        assert.match(text, /^(?:actions|github|helm)\/[a-z-]+(?:\/[a-z-]+)?@v\d+$/, at);
      }
    });
  }

  test('no text of a workflow is pasted into a script', () => {
    for (const path of yamlFiles.filter((each) => /github/.test(each))) {
      for (const { at, text } of shellOf(path)) assert.doesNotMatch(text, /\$\{\{/, `${path} ${at}`);
    }
  });

  test('a workflow may write nothing but code scanning’s results', () => {
    for (const path of yamlFiles.filter((each) => /github/.test(each))) {
      const { permissions } = parse(read(path));
      assert.equal(permissions.contents, 'read', path);
      const writes = Object.keys(permissions).filter((key) => permissions[key] === 'write');
      assert.deepEqual(writes, path.startsWith('examples/') ? ['security-events'] : [], path);
    }
  });
});

suite('the shell of examples/ and of the workflows', { skip: noBash }, () => {
  const snippets = [
    ...yamlFiles.flatMap((path) => shellOf(path).map(({ at, text }) => ({ name: `${path} ${at}`, text }))),
    ...scripts.map((path) => ({ name: path, text: read(path) })),
  ];
  for (const { name, text } of snippets) {
    test(`${name} is bash`, () => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
  }

  test('is found at all', () => {
    assert.ok(snippets.length >= 14, `${snippets.length}`);
  });
});

suite('the commands of examples/ and of the workflows', () => {
  const cronJob = documentsOf('examples/cronjob.yaml')
    .map((document) => document.toJS())
    .find(({ kind }) => kind === 'CronJob');
  const { args } = cronJob.spec.jobTemplate.spec.template.spec.containers[0];
  const shells = [...yamlFiles.flatMap(shellOf), ...scripts.map((path) => ({ at: path, text: read(path) }))];
  const commands: readonly (readonly string[])[] = [...shells.flatMap(({ text }) => commandsIn(text)), args];

  for (const words of commands) {
    test(words.join(' '), () => assert.equal(refusal(words), undefined));
  }

  test('are found in every job', () => {
    const drifts = commands.filter(([verb]) => verb === 'drift');
    assert.equal(drifts.length, 4, 'GitHub, GitLab, the CronJob, the nightly job');
    for (const words of drifts) assert.ok(words.includes('--all-nodes'), words.join(' '));
    for (const path of ['examples/github-actions.yaml', 'examples/gitlab-ci.yaml', '.ci/kind/run']) {
      const text = path.endsWith('.yaml') ? shellOf(path).map((each) => each.text) : [read(path)];
      assert.equal(text.flatMap(commandsIn).filter(([verb]) => verb === 'drift').length, 1, path);
    }
  });

  test('a command that the program has not is refused', () => {
    for (const line of ['drifts', 'drift --every-node', 'drift --fail-on maybe', 'drift --output-file html=x']) {
      assert.ok(refusal(line.split(' ')), line);
    }
  });

  test('the files that a job uploads are those that the command writes', () => {
    const [github = []] = shellOf('examples/github-actions.yaml').flatMap(({ text }) => commandsIn(text));
    const [gitlab = []] = shellOf('examples/gitlab-ci.yaml').flatMap(({ text }) => commandsIn(text));
    for (const word of ['junit=drift.xml', 'sarif=drift.sarif', 'github', 'warning']) assert.ok(github.includes(word));
    assert.ok(gitlab.includes('junit=drift.xml'));
    const job = parse(read('examples/gitlab-ci.yaml'))['kube-proxy-drift'];
    assert.deepEqual(job.artifacts.reports, { junit: 'drift.xml' });
    assert.equal(job.artifacts.when, 'always');
  });
});

suite('what examples/ says of the release', () => {
  test('the archive, its sha256 and the program in it are those of krew’s manifest', () => {
    const [platform] = parse(read('krew-manifest.yaml')).spec.platforms;
    assert.match(platform.uri, /(?:^|\/)proxyrules-v\d+\.\d+\.\d+\.tar\.gz$/);
    assert.match(read('examples/Dockerfile'), /^ADD proxyrules-v\*\.tar\.gz \/opt\/proxyrules\/$/m);
    assert.ok(read('examples/Dockerfile').includes(`ENTRYPOINT ["/opt/proxyrules/${platform.bin}"]`));
    for (const file of ['github-actions', 'gitlab-ci']) {
      assert.ok(read(`examples/${file}.yaml`).includes('proxyrules-vX.Y.Z.tar.gz'));
      assert.match(read(`examples/${file}.yaml`), /proxyrules\/bin"|proxyrules\/bin:/);
    }
  });

  test('the image of the CronJob is the one that the Dockerfile names, of this version', () => {
    const [, image] = /^ +image: (\S+)$/m.exec(read('examples/cronjob.yaml')) ?? [];
    assert.equal(image, `proxyrules:v${version}`);
    assert.ok(read('examples/Dockerfile').includes(`docker build --tag ${image} .`));
  });

  test('every example is known here', () => {
    const known = ['Dockerfile', 'cronjob.yaml', 'github-actions.yaml', 'gitlab-ci.yaml', 'suppressions.yaml'];
    assert.deepEqual(readdirSync(join(root, 'examples')).sort(), known);
  });
});

suite('examples/suppressions.yaml', () => {
  test('is read by the program, of codes that exist', async () => {
    const read = await readSuppressions(
      'suppressions.yaml',
      readFileSync(join(root, 'examples/suppressions.yaml'), 'utf8'),
    );
    assert.equal(read.length, 3);
    for (const { code, reason } of read) {
      assert.ok(code.includes('*') || isFindingCode(code), code);
      assert.ok(reason.length > 20, reason);
    }
    assert.ok(read.some(({ expires }) => expires !== undefined) && read.some(({ node }) => node !== undefined));
  });

  test('and so is what the CronJob has at first', async () => {
    const map = documentsOf('examples/cronjob.yaml')
      .map((document) => document.toJS())
      .find(({ kind }) => kind === 'ConfigMap');
    assert.deepEqual(await readSuppressions('the ConfigMap', map.data['suppressions.yaml']), []);
  });
});

suite('the nightly job', () => {
  test('has each minor that README.md says is supported, once', () => {
    const [, first, last] = /kube-proxy 1\.(\d+) to 1\.(\d+): checked/.exec(read('README.md')) ?? [];
    const minors = Array.from(
      { length: Number(last) - Number(first) + 1 },
      (_, index) => `v1.${Number(first) + index}`,
    );
    const { matrix } = parse(read('.github/workflows/nightly.yml')).jobs.kind.strategy;
    assert.deepEqual(
      matrix.kubernetes.map((release: string) => release.replace(/\.\d+$/, '')),
      minors,
    );
  });

  test('names files that are there', () => {
    const texts = textsOf('.github/workflows/nightly.yml').map(({ text }) => text);
    const files = texts.filter((text) => text.startsWith('.ci/'));
    assert.deepEqual(files, ['.ci/kind/cluster.yaml', '.ci/kind/run']);
    for (const file of [...files, '.ci/kind/services.yaml']) assert.ok(existsSync(join(root, file)), file);
  });

  test('makes a cluster whose kube-proxy is in the mode that is read', () => {
    const cluster = parse(read('.ci/kind/cluster.yaml'));
    assert.deepEqual(cluster.networking, { ipFamily: 'dual', kubeProxyMode: 'iptables' });
    const [patch] = cluster.kubeadmConfigPatches.map((text: string) => parse(text));
    assert.deepEqual(patch, { kind: 'KubeProxyConfiguration', iptables: { syncPeriod: '1h0m0s' } });
  });
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { krewRefuses } from './krew.ts';

const text = readFileSync('krew-manifest.yaml', 'utf8');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

suite('krew', () => {
  test('takes the manifest', () => {
    assert.deepEqual(krewRefuses(parse(text)), []);
  });

  test('gets the version of package.json and a program that is there', () => {
    const { metadata, spec } = parse(text);
    assert.equal(spec.version, `v${version}`);
    for (const { bin } of spec.platforms) {
      assert.ok(existsSync(bin), bin);
      assert.ok(bin.endsWith(`/kubectl-${metadata.name}`), bin);
    }
  });

  const spoiled: readonly (readonly [string, string, string])[] = [
    ['v1alpha2', 'v1', 'apiVersion'],
    ['kind: Plugin', 'kind: Plug', 'kind'],
    ['name: proxyrules', 'name: proxy.rules', 'metadata.name'],
    ['name: proxyrules', 'name: NUL', 'metadata.name'],
    [`v${version}`, version, 'spec.version'],
    ['shortDescription: ', 'shortDescription: "two\\nlines" # ', 'spec.shortDescription'],
    ['    Reads ', `    Reads ${'very '.repeat(20)}`, 'spec.description'],
    ['sha256: ', 'sha256: F', 'sha256'],
    ['.tar.gz', '.tgz', 'uri'],
    ['key: os', 'key: distribution', 'selector'],
    ['- darwin', '- windows', '.exe'],
    ['bin: bin/kubectl-proxyrules', 'files: []\n      bin: x', 'files'],
  ];
  for (const [from, to, refusal] of spoiled) {
    test(`would refuse ${JSON.stringify(to)}`, () => {
      assert.ok(text.includes(from));
      const refusals = krewRefuses(parse(text.replace(from, to)));
      assert.ok(
        refusals.some((each) => each.includes(refusal)),
        refusals.join('; '),
      );
    });
  }

  test('would refuse the same machine twice', () => {
    const manifest = parse(text);
    manifest.spec.platforms.push(manifest.spec.platforms[0]);
    assert.ok(krewRefuses(manifest).some((each) => each.includes('chosen twice')));
  });
});

// Every node that a real kube-proxy of iptables mode wrote is in sync with the objects of its moment, whatever of its
// configuration is known; so is the other node of the cluster, and not under this one's name.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { suite, test } from 'node:test';
import { type Recording, recordings } from '../proxiers/recordings.ts';
import { cli, type Outcome, onRecording, recorded } from './cli.ts';
import { assertClean, driftOf, statusOf } from './drift-document.ts';
import { editedRun } from './edited-run.ts';
import { writtenNode } from './written-node.ts';

const json = ['-o', 'json'];

/** All that a user may know of a recorded node beside its rules and objects. */
function knowledge({ folder, minor }: Recording): readonly (readonly [what: string, flags: readonly string[]])[] {
  const file = recorded(`${folder}/kube-proxy-config.yaml`);
  const config = existsSync(file) ? ['--kube-proxy-config', file] : [];
  const version = ['--kube-proxy-version', `v1.${minor}.0`];
  const node = ['--node-name', 'node-a'];
  return [
    ['all', [...config, ...version, ...node]],
    ['its configuration', config],
    ['its release', version],
    ['its name', node],
    ['nothing', []],
  ];
}

suite('a recorded node is in sync, whatever is known of it', () => {
  assert.equal(recordings.length, 25);
  for (const recording of recordings) {
    const nameless = onRecording(recording.folder).slice(0, -2);
    for (const [what, flags] of knowledge(recording)) {
      test(`${recording.folder}: ${what}`, async () => {
        const outcome = await cli(['drift', ...nameless, ...flags, ...json]);
        assert.equal(outcome.exitCode, 0, outcome.stdout);
        assertClean(driftOf(outcome));
      });
    }
  }
});

test('status of every recorded node: one row, SYNCED, every service port', async () => {
  for (const { folder } of recordings) {
    const outcome = await cli(['status', ...onRecording(folder), ...json]);
    const { kind, nodes } = statusOf(outcome);
    assert.equal(outcome.exitCode, 0, folder);
    assert.equal(kind, 'Status');
    const [row, ...others] = nodes;
    assert.deepEqual(others, []);
    assert.deepEqual([row?.name, row?.mode, row?.state, row?.note], ['node-a', 'iptables', 'SYNCED', ''], folder);
    assert.ok((row?.servicePorts.expected ?? 0) > 10, folder);
    assert.equal(row?.servicePorts.inSync, row?.servicePorts.expected, folder);
  }
});

suite('node-b', () => {
  // A node whose place no Service asks about has the rules of every other.
  const placed = recordings.filter(({ folder }) => !folder.startsWith('large-'));
  for (const recording of placed) {
    test(`as kube-proxy of ${recording.folder} would write it: in sync by its name, and not as node-a`, async () => {
      const { rules, rules6 } = writtenNode(recording, 'node-b');
      const objects = recorded(recording.objects);
      const ask = (name: readonly string[]): Promise<Outcome> =>
        editedRun(['drift', '--objects', objects, ...name, ...json], { rules, rules6 });
      const own = await ask(['--node-name', 'node-b']);
      assert.equal(own.exitCode, 0, own.stdout);
      assertClean(driftOf(own));
      const nameless = await ask([]);
      assert.equal(nameless.exitCode, 0, nameless.stdout);
      const other = await ask(['--node-name', 'node-a']);
      assert.equal(other.exitCode, 1, 'the rules of another node pass for its own');
      for (const { message } of driftOf(other).findings) assert.doesNotMatch(message, /frozen/);
    });
  }
});

// What real kube-proxies of 1.25 to 1.36 wrote for recorded objects is what is expected for those objects.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { expectRules } from '../../../src/proxiers/iptables/expect/index.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { type Dump, type Recording, recordings, snapshotAt } from '../recordings.ts';
import { assertSameRules, type ChainLines, savedLines } from './expected-text.ts';
import { settingsOf } from './recorded-settings.ts';

function expectedOf(recording: Recording, { family }: Dump) {
  const snapshot = snapshotAt(recording.objects);
  return expectRules(servicePorts(snapshot), endpointMap(snapshot), settingsOf(recording, family));
}

for (const recording of recordings) {
  if (recording.folder === 'live-node-a') continue;
  suite(`the rules of ${recording.folder}`, () => {
    for (const dump of recording.dumps) {
      test(dump.family, () => {
        const expected = expectedOf(recording, dump);
        assert.equal(expected.large, recording.folder.startsWith('large-') && dump.family === 'IPv4');
        assertSameRules(savedLines(dump.text), expected, dump.path);
      });
    }
  });
}

test('no random recording tells pods by their interface, whatever its configuration says', () => {
  const random = recordings.filter(({ folder }) => folder.startsWith('random/'));
  assert.equal(random.length, 12);
  for (const { dumps } of random) for (const { text, path } of dumps) assert.doesNotMatch(text, / -i /, path);
});

suite('the rules of live-node-a, where kubelet and portmap wrote, too', () => {
  const live = recordings.find(({ folder }) => folder === 'live-node-a');
  assert.ok(live);
  for (const dump of live.dumps) {
    test(dump.family, () => {
      const expected = expectedOf(live, dump);
      const saved = withoutForeign(savedLines(dump.text));
      // Kubelet's jumps to KUBE-FIREWALL were there first: the newer ones stand before them.
      for (const chain of ['filter/INPUT', 'filter/OUTPUT']) {
        const [table, name] = chain.split('/') as ['filter', string];
        const jumps =
          expected.tables
            .get(table)
            ?.chains.get(name)
            ?.rules.map(({ text }) => text) ?? [];
        assert.deepEqual(new Set(saved.get(chain)), new Set(jumps), chain);
        assert.equal(saved.get(chain)?.length, jumps.length);
        saved.set(chain, jumps);
      }
      assertSameRules(saved, expected, dump.path);
    });
  }
});

function withoutForeign(chains: ChainLines): Map<string, readonly string[]> {
  const foreign = /^\w+\/(CNI-|KUBE-KUBELET-CANARY|KUBE-IPTABLES-HINT)/;
  return new Map(
    [...chains]
      .filter(([key]) => !foreign.test(key))
      .map(([key, lines]) => [key, lines.filter((line) => !line.includes('-j CNI-'))]),
  );
}

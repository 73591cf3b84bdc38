// The order in which the API's objects come never matters: kube-proxy keeps them in maps.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { snapshotFromObjects } from '../../../src/cluster/from-objects.ts';
import type { ClusterSnapshot } from '../../../src/cluster/snapshot.ts';
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { expectRules } from '../../../src/proxiers/iptables/expect/index.ts';
import type { Settings } from '../../../src/proxiers/iptables/settings.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { arbitraryCluster } from '../arbitrary-cluster.ts';
import { recordingAt, recordingsFolder } from '../recordings.ts';
import { arbitrarySettings } from './arbitrary-settings.ts';
import { assertSameRules, expectedLines } from './expected-text.ts';
import { settingsOf } from './recorded-settings.ts';

function rulesOf(snapshot: ClusterSnapshot, settings: Settings) {
  return expectRules(servicePorts(snapshot), endpointMap(snapshot), settings);
}

function shuffled<T>(list: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
}

/** Also where the reader of the objects would have sorted them, and the endpoints within their slices. */
function shuffledSnapshot(snapshot: ClusterSnapshot): fc.Arbitrary<ClusterSnapshot> {
  return fc.tuple(shuffled(snapshot.services), shuffled(snapshot.endpointSlices)).map(([services, slices]) => ({
    ...snapshot,
    services,
    endpointSlices: slices.map((slice, index) =>
      index % 2 === 0 ? slice : { ...slice, endpoints: [...slice.endpoints].reverse() },
    ),
  }));
}

for (const folder of ['1.36-iptables', 'random/1.26-6001', 'random/1.36-6011']) {
  suite(`order of the objects of ${folder}`, () => {
    const recording = recordingAt(folder);
    const { items } = JSON.parse(readFileSync(`${recordingsFolder}${recording.objects}`, 'utf8'));
    const snapshot = snapshotFromObjects(items);
    for (const family of ['IPv4', 'IPv6'] as const) {
      const settings = settingsOf(recording, family);
      const expected = rulesOf(snapshot, settings);
      assert.ok((expected.tables.get('nat')?.chains.size ?? 0) > 10);

      test(`objects, ${family}`, () => {
        fc.assert(
          fc.property(shuffled(items), (objects) => {
            const again = rulesOf(snapshotFromObjects(objects), settings);
            assert.deepEqual([...expectedLines(again)], [...expectedLines(expected)]);
          }),
          { numRuns: 10 },
        );
      });

      test(`services, slices, endpoints, ${family}`, () => {
        fc.assert(
          fc.property(shuffledSnapshot(snapshot), (other) => {
            assertSameRules(expectedLines(rulesOf(other, settings)), expected, folder);
          }),
          { numRuns: 10 },
        );
      });
    }
  });
}

for (const family of ['IPv4', 'IPv6'] as const) {
  test(`order of the objects of generated clusters, ${family}`, () => {
    const drawn = fc
      .tuple(arbitraryCluster({ shared: true }), arbitrarySettings(family))
      .chain(([{ objects }, settings]) => {
        const snapshot = snapshotFromObjects(objects);
        return fc.record({
          expected: fc.constant(rulesOf(snapshot, settings)),
          other: fc.oneof(shuffled(objects).map(snapshotFromObjects), shuffledSnapshot(snapshot)),
          settings: fc.constant(settings),
        });
      });
    fc.assert(
      fc.property(drawn, ({ expected, other, settings }) => {
        assertSameRules(expectedLines(rulesOf(other, settings)), expected, 'generated');
      }),
    );
  });
}

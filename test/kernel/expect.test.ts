// The expected rules, as real iptables takes and prints them: with either backend, in both families, for a recorded
// cluster and for generated ones, under settings of many releases. As root only.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Family } from '../../src/address.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import { endpointMap } from '../../src/proxiers/endpoints.ts';
import { type ExpectedRuleset, expectRules } from '../../src/proxiers/iptables/expect/index.ts';
import type { Settings } from '../../src/proxiers/iptables/settings.ts';
import { servicePorts } from '../../src/proxiers/service-ports.ts';
import { arbitraryCluster, snapshotOfCluster } from '../proxiers/arbitrary-cluster.ts';
import { arbitrarySettings } from '../proxiers/iptables/arbitrary-settings.ts';
import { assertSameLines, expectedLines, restoreText, savedLines } from '../proxiers/iptables/expected-text.ts';
import { settingsOf } from '../proxiers/iptables/recorded-settings.ts';
import { recordingAt, snapshotAt } from '../proxiers/recordings.ts';
import { type Namespace, openNamespace, whyNoNamespace } from './namespace.ts';

const families = ['IPv4', 'IPv6'] as const;
const refusal = whyNoNamespace();
const counted = refusal === undefined && withNamespace(makeCounters);

for (const backend of ['nft', 'legacy'] as const) {
  suite(`expected rules in iptables-${backend}`, { skip: refusal ?? whyNot(backend) ?? false }, () => {
    for (const folder of ['random/1.25-6000', '1.29-iptables', '1.36-iptables', 'large-1.36-iptables']) {
      for (const family of families) {
        test(`for the cluster of ${folder}, ${family}`, () => {
          const recording = recordingAt(folder);
          assertTaken(backend, snapshotAt(recording.objects), settingsOf(recording, family));
        });
      }
    }

    for (const family of families) {
      const drawn = fc.sample(fc.tuple(arbitraryCluster({ most: 25, shared: true }), arbitrarySettings(family)), {
        numRuns: 25,
        seed: 7,
      });
      test(`for ${drawn.length} generated clusters, ${family}`, () => {
        for (const [cluster, settings] of drawn) assertTaken(backend, snapshotOfCluster(cluster), settings);
        // Or it would say little about releases.
        assert.ok(new Set(drawn.map(([, { minor }]) => minor)).size > 6);
      });
    }

    test('with the rules that count', { skip: counted ? false : 'no nfacct counters here' }, () => {
      const recording = recordingAt('1.36-iptables');
      const settings = settingsOf(recording, 'IPv4');
      const expected = assertTaken(backend, snapshotAt(recording.objects), settings);
      assert.match(restoreText(expected), /--nfacct-name {2}localhost_nps_accepted_pkts/);
    });

    // The kernel refuses such a rule of iptables-nft, and with it all that kube-proxy writes to nat.
    if (backend === 'nft') return;
    test('where everybody is a pod, the rule that says so is printed, too', () => {
      const detector = { kind: 'cidr', prefix: '0.0.0.0/0' } as const;
      const recording = recordingAt('1.36-iptables');
      assertTaken(backend, snapshotAt(recording.objects), { ...settingsOf(recording, 'IPv4'), detector });
    });
  });
}

/** What is restored comes back as it was: the same chains, the same rules, in the same order. Gives what was restored. */
function assertTaken(backend: string, snapshot: ClusterSnapshot, wanted: Settings): ExpectedRuleset {
  const settings = { ...wanted, counters: wanted.counters && counted };
  const expected = expectRules(servicePorts(snapshot), endpointMap(snapshot), settings);
  const lines = expectedLines(expected);
  const saved = withNamespace((namespace) => {
    if (counted) makeCounters(namespace);
    const loaded = namespace.run([...program(settings.family, backend, '-restore'), '-w', '10'], restoreText(expected));
    assert.equal(loaded.status, 0, loaded.stderr);
    return savedLines(namespace.run(program(settings.family, backend, '-save')).stdout);
  });
  const where = `1.${settings.minor} ${settings.family}`;
  assertSameLines([...saved.keys()].sort(), [...lines.keys()].sort(), where);
  for (const [chain, own] of lines) assertSameLines(saved.get(chain) ?? [], own, `${where} ${chain}`);
  return expected;
}

/** False where the kernel has no nfnetlink_acct, or nfacct(8) is missing: then no rule can count. */
function makeCounters(namespace: Namespace): boolean {
  const counters = ['ct_state_invalid_dropped_pkts', 'localhost_nps_accepted_pkts'];
  return counters.every((counter) => namespace.run(['nfacct', 'add', counter]).status === 0);
}

function program(family: Family, backend: string, verb: '-restore' | '-save'): string[] {
  return [`${family === 'IPv4' ? 'iptables' : 'ip6tables'}-${backend}${verb}`];
}

function whyNot(backend: 'nft' | 'legacy'): string | undefined {
  return withNamespace((namespace) => {
    for (const probe of families.map((family) => namespace.run([...program(family, backend, '-save'), '-t', 'nat']))) {
      if (probe.status !== 0) return `iptables-${backend} does not work here: ${probe.stderr.trim()}`;
    }
    return undefined;
  });
}

function withNamespace<T>(use: (namespace: Namespace) => T): T {
  const namespace = openNamespace();
  try {
    return use(namespace);
  } finally {
    namespace.close();
  }
}

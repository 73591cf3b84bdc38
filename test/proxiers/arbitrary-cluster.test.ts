// What the generated clusters are good for depends on what is in them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endpointMap } from '../../src/proxiers/endpoints.ts';
import { expectRules } from '../../src/proxiers/iptables/expect/index.ts';
import { servicePorts, whyUnserved } from '../../src/proxiers/service-ports.ts';
import { arbitraryCluster, snapshotOfCluster } from './arbitrary-cluster.ts';
import { arbitrarySettings } from './iptables/arbitrary-settings.ts';
import { restoreText } from './iptables/expected-text.ts';

const drawn = fc.sample(fc.tuple(arbitraryCluster(), arbitrarySettings('IPv4'), arbitrarySettings('IPv6')), {
  numRuns: 60,
  seed: 1,
});

test('the reader of objects leaves nothing of them out', () => {
  for (const [cluster] of drawn) assert.deepEqual(snapshotOfCluster(cluster).skipped, []);
});

test('no two Services share an address unless asked, and some do if asked', () => {
  const twice = (shared: boolean) =>
    fc.sample(arbitraryCluster({ shared }), { numRuns: 40, seed: 1 }).some((cluster) => {
      const used = snapshotOfCluster(cluster).services.flatMap(({ clusterIPs, externalIPs, loadBalancerIngress }) => [
        ...clusterIPs,
        ...externalIPs,
        ...loadBalancerIngress.flatMap(({ ip }) => ip ?? []),
      ]);
      return new Set(used).size < used.length;
    });
  assert.equal(twice(false), false);
  assert.equal(twice(true), true);
});

test('endpoints are contested only if asked', () => {
  const contested = (wish: boolean) =>
    fc.sample(arbitraryCluster({ contested: wish }), { numRuns: 40, seed: 1 }).some((cluster) => {
      const snapshot = snapshotOfCluster(cluster);
      const endpoints = endpointMap(snapshot);
      return servicePorts(snapshot).some((port) => endpoints.of(port).some((endpoint) => endpoint.contested));
    });
  assert.equal(contested(false), false);
  assert.equal(contested(true), true);
});

test('every reason not to serve a Service occurs, and every kind of rule', () => {
  const snapshots = drawn.map(([cluster]) => snapshotOfCluster(cluster));
  const reasons = new Set(snapshots.flatMap(({ services }) => services.map(whyUnserved)));
  for (const reason of ['headless', 'external-name', 'service-proxy-name', undefined] as const)
    assert.ok(reasons.has(reason), reason);
  const texts = drawn.flatMap(([, ...both], index) => {
    const snapshot = snapshots[index];
    assert.ok(snapshot);
    return both.map((settings) => restoreText(expectRules(servicePorts(snapshot), endpointMap(snapshot), settings)));
  });
  for (const kind of [
    /-A KUBE-SERVICES .*cluster IP" .*-j KUBE-SVC-/,
    /-A KUBE-SERVICES .*cluster IP" .*-j KUBE-SVL-/,
    /-A KUBE-SERVICES .*external IP" .*-j KUBE-EXT-/,
    /-A KUBE-SERVICES .*loadbalancer IP" .*-j KUBE-EXT-/,
    /-A KUBE-SERVICES .*loadbalancer IP" .*-j KUBE-FW-/,
    /-A KUBE-SERVICES .*has no endpoints" .*-j REJECT/,
    /-A KUBE-SERVICES .*has no local endpoints" .*-j DROP/,
    /-A KUBE-EXTERNAL-SERVICES -d .*has no endpoints" .*-j REJECT/,
    /-A KUBE-EXTERNAL-SERVICES -d .*has no local endpoints" .*-j DROP/,
    /-A KUBE-EXTERNAL-SERVICES -p .*addrtype --dst-type LOCAL .*-j REJECT/,
    /-A KUBE-EXTERNAL-SERVICES -p .*addrtype --dst-type LOCAL .*-j DROP/,
    /-A KUBE-PROXY-FIREWALL .*-j DROP/,
    /-A KUBE-FW-\S+ -m comment --comment "\S+ loadbalancer IP" -j KUBE-EXT-/,
    /-A KUBE-FW-\S+ -m comment --comment "other traffic .*"$/m,
    /-A KUBE-NODEPORTS -p .*-j KUBE-EXT-/,
    /-A KUBE-NODEPORTS .*localhost_nps_accepted_pkts -j KUBE-EXT-/,
    /-A KUBE-NODEPORTS .*health check node port/,
    /-A KUBE-EXT-\S+ -j KUBE-SVL-/,
    /-A KUBE-EXT-\S+ .*pod traffic for /,
    /-A KUBE-SV[CL]-\S+ ! -s /,
    /-A KUBE-SV[CL]-\S+ -d \S+ ! -i /,
    /-m recent --rcheck --seconds 10800 /,
    /-m recent --rcheck --seconds 30 /,
    /-m statistic --mode random --probability 0.33333333349 /,
    / -p sctp .*-m sctp -j DNAT /,
    /DNAT --to-destination \[fd00:/,
    /-> \[FD00:/,
  ]) {
    assert.ok(
      texts.some((text) => kind.test(text)),
      String(kind),
    );
  }
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hostPort } from '../../../src/address.ts';
import { viewNode } from '../../../src/analyses/node-view.ts';
import { portStates } from '../../../src/analyses/port-state.ts';
import { snapshotFromObjects } from '../../../src/cluster/from-objects.ts';
import { toNumber } from '../../../src/netfilter/fraction.ts';
import { printRuleset } from '../../../src/netfilter/print.ts';
import { clients, type Dispatch } from '../../../src/proxiers/dispatch.ts';
import { dissect } from '../../../src/proxiers/iptables/dissect.ts';
import { writtenBy } from '../../../src/proxiers/iptables/written-by.ts';
import { servicePortNameString, servicePorts } from '../../../src/proxiers/service-ports.ts';
import { wholeRuleset } from '../../netfilter/text.ts';
import { captureOf } from '../recordings.ts';
import { type OldMinor, oldMinors, oldObjects, oldText } from './old-releases.ts';

const snapshot = snapshotFromObjects(oldObjects);
const ports = servicePorts(snapshot);

/** What becomes of pods, node, outside: `balance` with an `m` where masqueraded, and the backends' last bytes. */
function told(dispatch: Dispatch): Readonly<Record<string, string>> {
  return Object.fromEntries(
    dispatch.frontends.map((frontend) => {
      const { owner, type, address, port, routes } = frontend;
      const whose = owner.kind === 'nameless' ? '?' : servicePortNameString(owner.name).slice('shop/'.length);
      const parts = clients.map((client) => {
        const { action, masquerade, through } = routes[client];
        const to = through.flatMap(({ balance, weight }) =>
          balance.backends.map(
            (backend) =>
              `${backend.address.slice('10.244.'.length)}*${Math.round(toNumber(weight) * toNumber(backend.share) * 1e5) / 1e5}`,
          ),
        );
        return `${action}${masquerade === true ? ' m' : ''}${to.length === 0 ? '' : ` ${to.join(' ')}`}`;
      });
      return [
        `${type} ${address ?? '*'} ${port}`,
        `${whose}: ${parts[1] === parts[0] && parts[2] === parts[0] ? parts[0] : parts.join(' | ')}`,
      ];
    }),
  );
}

const thirds = '0.7*0.33333 1.7*0.33333 1.8*0.33333';

/** The same for all: only who drops, and the internal policy, changed. Pods are not masqueraded, others are. */
function expected(minor: OldMinor): Readonly<Record<string, string>> {
  const inside = (whose: string, to: string) => `${whose}: balance ${to} | balance m ${to} | balance m ${to}`;
  const internal = minor === 21 ? '0.17*0.5 1.17*0.5' : '0.17*1';
  const npl = '0.11*0.33333 0.12*0.33333 1.11*0.33333';
  const lbLocal = 'lblocal:https: balance 0.16*0.5 1.16*0.5 | balance m 0.16*0.5 1.16*0.5 | balance 0.16*1';
  // To 1.23 external IPs are masqueraded as cluster IPs are.
  const ext = minor === 24 ? 'ext:http: balance m 0.13*1' : inside('ext:http', '0.13*1');
  return {
    'ClusterIP 10.96.0.10 80': inside('web', thirds),
    'ClusterIP 10.96.0.11 80': 'none:http: reject',
    'ClusterIP 10.96.0.12 80': inside('sticky:http', '0.9*0.5 1.9*0.5'),
    'ClusterIP 10.96.0.13 80': inside('np:http', '0.10*0.5 1.10*0.5'),
    'ClusterIP 10.96.0.14 80': inside('npl:http', npl),
    'ClusterIP 10.96.0.15 80': inside('nplnone:http', '1.12*1'),
    'ClusterIP 10.96.0.16 81': inside('ext:http', '0.13*1'),
    'ClusterIP 10.96.0.17 443': inside('lb:https', '0.14*0.5 1.14*0.5'),
    'ClusterIP 10.96.0.18 443': inside('lbranges:https', '0.15*1'),
    'ClusterIP 10.96.0.19 443': inside('lblocal:https', '0.16*0.5 1.16*0.5'),
    'ClusterIP 10.96.0.20 80': inside('internal:http', internal),
    'ClusterIP 10.96.0.21 80':
      minor === 21 ? inside('internalnone:http', '1.18*1') : `internalnone:http: ${minor === 24 ? 'drop' : 'reject'}`,
    'ExternalIP 203.0.113.5 81': ext,
    'LoadBalancer 198.51.100.10 443': 'lb:https: balance m 0.14*0.5 1.14*0.5',
    // Pods and the node are not in the ranges.
    'LoadBalancer 198.51.100.11 443': 'lbranges:https: drop | drop | balance m 0.15*1',
    'LoadBalancer 198.51.100.12 443': lbLocal,
    'NodePort * 30080': 'np:http: balance m 0.10*0.5 1.10*0.5',
    'NodePort * 30081': `npl:http: balance ${npl} | balance m ${npl} | balance 0.11*0.5 0.12*0.5`,
    'NodePort * 30082': 'nplnone:http: balance 1.12*1 | balance m 1.12*1 | drop',
    'NodePort * 30090': 'none:http: reject',
    'NodePort * 30443': 'lb:https: balance m 0.14*0.5 1.14*0.5',
    'NodePort * 30444': 'lbranges:https: balance m 0.15*1',
    'NodePort * 30445': lbLocal,
  };
}

for (const minor of oldMinors) {
  suite(`kube-proxy 1.${minor}`, () => {
    const text = oldText(minor);
    const ruleset = wholeRuleset(text);

    test('every way in does what that release did', () => {
      assert.deepEqual(told(dissect(ruleset, ports)), expected(minor));
    });

    test('also where comments of unnamed ports end in a colon, are gone, or are all there is', () => {
      assert.deepEqual(told(dissect(wholeRuleset(oldText(minor, { colon: true })), ports)), expected(minor));
      const bare = wholeRuleset(text.replaceAll(/ -m comment --comment "[^"]*"/g, ''));
      assert.deepEqual(told(dissect(bare, ports)), expected(minor));
      for (const colon of [false, true]) {
        assert.deepEqual(told(dissect(wholeRuleset(oldText(minor, { colon })), [])), expected(minor));
      }
    });

    test('every chain is claimed, and every clause understood', () => {
      for (const colon of [false, true]) {
        for (const given of [ports, []]) {
          const dispatch = dissect(wholeRuleset(oldText(minor, { colon })), given);
          assert.deepEqual(dispatch.loose, []);
          assert.deepEqual(dispatch.missingJumps, []);
          assert.equal(dispatch.localDetector, '10.244.0.0/16');
          assert.equal(dispatch.nodePortAddresses, 'any');
          assert.deepEqual(
            dispatch.healthCheckPorts.map(({ port }) => port),
            [32101],
          );
          for (const { owner, chain } of dispatch.balances) {
            assert.equal(owner.kind === 'known' || (owner.kind === 'named' && owner.confirmed), true, chain);
          }
        }
      }
      assert.equal(printRuleset(ruleset), text);
    });

    test('source ranges, affinity and shares', () => {
      const dispatch = dissect(ruleset, ports);
      const ranges = dispatch.frontends.filter(({ sourceRanges }) => sourceRanges.length > 0);
      assert.deepEqual(
        ranges.map(({ address, sourceRanges }) => [address, sourceRanges]),
        [['198.51.100.11', ['192.0.2.0/24']]],
      );
      const sticky = dispatch.balances.filter(({ affinitySeconds }) => affinitySeconds !== undefined);
      assert.deepEqual(
        sticky.map(({ affinitySeconds, backends }) => [affinitySeconds, backends.length]),
        [[10_800, 2]],
      );
      for (const { backends, leak, undecided, chain } of dispatch.balances) {
        assert.equal(toNumber(leak) + toNumber(undecided), 0, chain);
        const total = backends.reduce((sum, { share }) => sum + toNumber(share), 0);
        // A chain without endpoints drops.
        assert.ok(backends.length === 0 || Math.abs(total - 1) < 1e-12, chain);
      }
    });

    test('beside the objects nothing differs, with the release given and read from the rules', () => {
      for (const release of [`v1.${minor}.0`, undefined]) {
        const view = viewNode(captureOf([{ text, family: 'IPv4' }]), snapshot, {
          nodeName: 'node-a',
          kubeProxyVersion: release,
          config: undefined,
          imageVersion: undefined,
        });
        for (const state of portStates(view)) {
          const name = `${servicePortNameString(state.name)} ${release}`;
          assert.ok(state.port, name);
          assert.deepEqual([state.missingWays, state.leftovers], [[], []], name);
          for (const backend of state.backends) {
            assert.deepEqual(
              [backend.state, backend.unwanted],
              ['ready', undefined],
              `${name} ${hostPort(backend.address, backend.port)}`,
            );
          }
        }
      }
    });

    test('the rules tell the release, as far as they can', () => {
      const { first, last } = writtenBy([ruleset]);
      const range = { 21: [undefined, 21], 22: [undefined, 22], 23: [23, 24], 24: [24, 24] }[minor];
      assert.deepEqual([first, last], range);
    });
  });
}

test('without kubelet’s rule in KUBE-MARK-DROP nothing is dropped', () => {
  for (const minor of oldMinors) {
    const text = oldText(minor).replace('-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000\n', '');
    const { frontends } = dissect(wholeRuleset(text), ports);
    const dropped = frontends.find(({ port }) => port === 30082);
    assert.equal(dropped?.routes.outside.action, 'none', `1.${minor}`);
  }
});

test('1.21 without a KUBE-XLB chain: how pods are told apart is read from KUBE-SERVICES', () => {
  const text = oldText(21).replaceAll(/^-A KUBE-XLB-\w+ -s 10\.244\.0\.0\/16 .*\n/gm, '');
  const dispatch = dissect(wholeRuleset(text), ports);
  assert.equal(dispatch.localDetector, '10.244.0.0/16');
  const web = dispatch.frontends.find(({ address }) => address === '10.96.0.10');
  assert.deepEqual(
    clients.map((client) => web?.routes[client].masquerade),
    [false, true, true],
  );
});

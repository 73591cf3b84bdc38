// The comparison takes two shortcuts in a large cluster: a port whose chains read as expected is not read rule by rule,
// and settings are given up by the ports that differ alone. Neither may change the answer.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Ruleset, Table } from '../../../src/netfilter/ruleset.ts';
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { strangers } from '../../../src/proxiers/iptables/compare/any-settings.ts';
import {
  compareFamily,
  type FamilyComparison,
  fewestDifferences,
} from '../../../src/proxiers/iptables/compare/index.ts';
import { expectRules } from '../../../src/proxiers/iptables/expect/index.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { arbitraryCluster, snapshotOfCluster } from '../arbitrary-cluster.ts';
import { serviceObject, snapshotOf } from '../objects.ts';
import { rulesetOf } from '../recordings.ts';
import { arbitrarySettings } from './arbitrary-settings.ts';
import { restoreText } from './expected-text.ts';

for (const family of ['IPv4', 'IPv6'] as const) {
  suite(`shortcuts of the comparison, ${family}`, () => {
    /** Rules of one moment, with every so manieth line gone, and the objects of another. */
    const drawn = fc
      .record({
        cluster: arbitraryCluster(),
        settings: arbitrarySettings(family),
        others: arbitrarySettings(family),
        left: fc.nat({ max: 4 }),
        gone: fc.constantFrom(0, 3, 7, 40),
        commented: fc.boolean(),
      })
      .map(({ cluster, settings, others, left, gone, commented }) => {
        const snapshot = snapshotOfCluster(cluster);
        const endpoints = endpointMap(snapshot);
        const ports = servicePorts(snapshot);
        const text = restoreText(expectRules(ports.slice(left), endpoints, settings));
        const lines = text.split('\n').filter((line, at) => !line.startsWith('-A ') || gone === 0 || at % gone !== 0);
        const bare = commented ? lines : lines.map((line) => line.replace(endpointComment, '$1'));
        return {
          ports: ports.slice(left >> 1),
          endpoints,
          settings,
          others,
          ruleset: rulesetOf({ family, text: bare.join('\n') }),
        };
      });

    test('chains that are read at once are judged as rule by rule', () => {
      let shortened = 0;
      fc.assert(
        fc.property(drawn, ({ ports, endpoints, settings, ruleset }) => {
          const quick = compareFamily(ruleset, ports, endpoints, settings);
          const slow = compareFamily(readingSlowly(ruleset), ports, endpoints, settings);
          assert.deepEqual(
            [quick.differences, quick.expectedRules, chainsOf(quick)],
            [slow.differences, slow.expectedRules, chainsOf(slow)],
          );
          if (quick.differences.length < ports.length) shortened++;
        }),
      );
      assert.ok(shortened > 10, 'hardly a cluster had a port that is as expected');
    });

    test('settings are not given up that might fit better', () => {
      let [sharp, all] = [0, 0];
      fc.assert(
        fc.property(drawn, ({ ports, endpoints, settings, others, ruleset }) => {
          for (const [first, second] of [
            [settings, others],
            [others, settings],
          ] as const) {
            const best = compareFamily(ruleset, ports, endpoints, first).differences;
            const { length } = compareFamily(ruleset, ports, endpoints, second).differences;
            const fewest = fewestDifferences(ruleset, ports, endpoints, second, best);
            assert.ok(fewest <= length, `${fewest} at least, and there are ${length}`);
            all++;
            if (fewest === length) sharp++;
          }
        }),
      );
      assert.ok(sharp > all / 10, `${sharp} of ${all} are told exactly`);
    });
  });
}

/** Of rules about single endpoints, as a large cluster has them. */
const endpointComment = /^(-A KUBE-S(?:EP|V[CL])-\S+(?: -[sp] \S+)?) -m comment --comment "(?!.* cluster IP")[^"]*"/;

/** Rule by rule a chain may be forgiven for more than its comments. */
function chainsOf({ forgiven }: FamilyComparison): readonly string[] {
  return [...new Set(forgiven.map(({ table, chain }) => `${table}/${chain}`))];
}

function readingSlowly(ruleset: Ruleset): Ruleset {
  return { ...ruleset, tables: ruleset.tables.map((table): Table => new Proxy(table, { get: slowly })) };
}

function slowly(table: Table, property: string): unknown {
  if (property === 'reads') return () => false;
  const value = Reflect.get(table, property, table);
  return typeof value === 'function' ? value.bind(table) : value;
}

test('only a rule for what no Service of the API has is left over under any settings', () => {
  const balancer = {
    type: 'LoadBalancer',
    ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }],
    status: { loadBalancer: { ingress: [{ ip: '198.51.100.7', ipMode: 'Proxy' }] } },
  };
  const ports = servicePorts(snapshotOf(serviceObject(balancer), []));
  const count = (rest: string) => {
    const name = { namespace: 'shop', name: 'gone', port: 'http', protocol: 'TCP' } as const;
    const lines = [{ sign: '+', text: `-A KUBE-SERVICES${rest} -j KUBE-SVC-X`, rule: undefined }] as const;
    const of = { family: 'IPv4', table: 'nat', chain: 'KUBE-SERVICES', role: 'entry' } as const;
    return strangers([{ ...of, kind: 'extra', owner: { kind: 'named', name, confirmed: true }, lines }], ports, 'IPv4');
  };
  assert.equal(count(' -d 10.96.0.6/32 -p tcp -m tcp --dport 80'), 1);
  assert.equal(count(' -d 10.96.0.5/32 -p tcp -m tcp --dport 80'), 0);
  assert.equal(count(' -d 10.96.0.5/32 -p udp -m udp --dport 80'), 1);
  assert.equal(count(' -d 198.51.100.7/32 -p tcp -m tcp --dport 80'), 0);
  assert.equal(count(' -p tcp -m tcp --dport 30080'), 0);
  assert.equal(count(' -p tcp -m tcp --dport 30081'), 1);
  assert.equal(count(''), 0);
});

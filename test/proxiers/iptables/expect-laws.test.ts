// What holds for the expected rules of any cluster, told by readers that know nothing of the generator.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { hostPort } from '../../../src/address.ts';
import type { Frontend } from '../../../src/proxiers/dispatch.ts';
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { splitHashedName } from '../../../src/proxiers/iptables/chain-names.ts';
import { dissect } from '../../../src/proxiers/iptables/dissect.ts';
import { expectPorts, expectRules } from '../../../src/proxiers/iptables/expect/index.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { categorizeEndpoints } from '../../../src/proxiers/topology.ts';
import { arbitraryCluster, snapshotOfCluster } from '../arbitrary-cluster.ts';
import { rulesetOf } from '../recordings.ts';
import { arbitrarySettings } from './arbitrary-settings.ts';
import { settingsFor } from './expected-of.ts';
import { expectedChains, restoreText } from './expected-text.ts';

for (const family of ['IPv4', 'IPv6'] as const) {
  suite(`laws of the expected rules, ${family}`, () => {
    const drawn = fc.tuple(arbitraryCluster(), arbitrarySettings(family)).map(([cluster, settings]) => {
      const snapshot = snapshotOfCluster(cluster);
      const [ports, endpoints] = [servicePorts(snapshot), endpointMap(snapshot)];
      return { ports, endpoints, settings, expected: expectRules(ports, endpoints, settings) };
    });

    test('who is jumped to is there, who is there is jumped to', () => {
      fc.assert(
        fc.property(drawn, ({ expected }) => {
          const targets = new Set<string>();
          for (const { table, rules } of expectedChains(expected)) {
            for (const { text } of rules) {
              const target = / -j (KUBE-\S+)$/.exec(text)?.[1];
              if (target !== undefined) targets.add(`${table}/${target}`);
            }
          }
          const chains = expectedChains(expected).filter(({ base, name }) => !base && name !== 'KUBE-PROXY-CANARY');
          const names = new Set(chains.map(({ table, name }) => `${table}/${name}`));
          assert.deepEqual(
            [...targets].filter((target) => !names.has(target)),
            [],
          );
          const alone = [...names].filter((name) => !targets.has(name));
          // Node ports may be open nowhere, and a Service may have nobody to masquerade for.
          assert.deepEqual(
            alone.filter((name) => !['nat/KUBE-NODEPORTS', 'nat/KUBE-MARK-MASQ'].includes(name)),
            [],
          );
        }),
      );
    });

    test('port by port it is the same as all at once, and each port has its own', () => {
      fc.assert(
        fc.property(drawn, ({ ports, endpoints, settings, expected }) => {
          const each = [...expectPorts(ports, endpoints, settings)];
          for (const { port, rules } of each) assert.ok(rules.every((rule) => rule.port === port));
          const all = expectedChains(expected).flatMap(({ rules }) => rules);
          assert.deepEqual(
            each.flatMap(({ rules }) => rules.map(({ table, text }) => `${table} ${text}`)).sort(),
            all.flatMap(({ port, table, text }) => (port === undefined ? [] : [`${table} ${text}`])).sort(),
          );
          for (const chain of expectedChains(expected)) {
            assert.equal(chain.port !== undefined, splitHashedName(chain.name) !== undefined, chain.name);
            if (chain.port !== undefined)
              assert.ok(
                chain.rules.every(({ port }) => port === chain.port),
                chain.name,
              );
            for (const rule of chain.rules) assert.deepEqual([rule.table, rule.chain], [chain.table, chain.name]);
          }
        }),
      );
    });

    test('read back, each cluster IP leads to the endpoints of its policy, or is refused', () => {
      fc.assert(
        fc.property(drawn, ({ ports, endpoints, settings, expected }) => {
          const ruleset = rulesetOf({ family, text: restoreText(expected) });
          assert.deepEqual([ruleset.unread, ruleset.defects], [[], []]);
          const dispatch = dissect(ruleset, ports);
          assert.deepEqual(dispatch.loose, []);
          const own = ports.filter((port) => port.family === family);
          for (const port of own) {
            const { cluster, local, hasEndpoints } = categorizeEndpoints(
              endpoints.of(port),
              port,
              settings.node,
              settings.topology,
            );
            const usable = (port.internalPolicyLocal ? local : cluster) ?? [];
            const frontend = dispatch.frontends.find(
              ({ address, port: number, protocol }) =>
                address === port.clusterIP && number === port.port && protocol === port.name.protocol,
            );
            assert.ok(frontend);
            assert.deepEqual(actions(frontend), [usable.length > 0 ? 'balance' : hasEndpoints ? 'drop' : 'reject']);
            assert.deepEqual(backends(frontend), usable.map((each) => hostPort(each.address, each.port)).sort());
          }
        }),
      );
    });
  });
}

function actions({ routes }: Frontend): readonly string[] {
  return [...new Set(Object.values(routes).map(({ action }) => action))];
}

function backends({ routes }: Frontend): readonly string[] {
  const found = Object.values(routes).flatMap(({ through }) =>
    through.flatMap(({ balance }) => balance.backends.map(({ address, port }) => hostPort(address, port))),
  );
  return [...new Set(found)].sort();
}

test('what kube-proxy owns whole, and where order has no meaning', () => {
  const chains = (minor: number, localhostNodePorts: boolean) =>
    expectedChains(expectRules([], { of: () => [] }, settingsFor(minor, { localhostNodePorts })));
  const names = (list: ReturnType<typeof chains>) => list.map(({ table, name }) => `${table}/${name}`).sort();
  const dispatch = [
    'filter/KUBE-EXTERNAL-SERVICES',
    'filter/KUBE-NODEPORTS',
    'filter/KUBE-PROXY-FIREWALL',
    'filter/KUBE-SERVICES',
    'nat/KUBE-NODEPORTS',
    'nat/KUBE-SERVICES',
  ];
  assert.deepEqual(names(chains(36, true).filter((chain) => chain.dispatch)), dispatch);
  const shared = (minor: number, localhost: boolean) =>
    names(chains(minor, localhost).filter(({ exclusive, base }) => !exclusive && !base));
  const canaries = ['filter/KUBE-PROXY-CANARY', 'mangle/KUBE-PROXY-CANARY', 'nat/KUBE-PROXY-CANARY'];
  assert.deepEqual(shared(36, true), canaries);
  assert.deepEqual(shared(36, false), ['filter/KUBE-FIREWALL', ...canaries]);
  const builtIn = chains(36, true).filter(({ base }) => base);
  assert.deepEqual(names(builtIn), [
    'filter/FORWARD',
    'filter/INPUT',
    'filter/OUTPUT',
    'nat/OUTPUT',
    'nat/POSTROUTING',
    'nat/PREROUTING',
  ]);
  assert.ok(builtIn.every(({ exclusive }) => !exclusive));
});

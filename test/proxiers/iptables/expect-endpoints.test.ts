// Endpoints in the rules: their order, their chances, their spelling, and when comments are left out.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { expectRules, isLarge } from '../../../src/proxiers/iptables/expect/index.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { type EndpointSpec, serviceObject, snapshotOf } from '../objects.ts';
import { expectedOf, settingsFor } from './expected-of.ts';
import { expectedChains } from './expected-text.ts';

const ready = (address: string, more: Partial<EndpointSpec> = {}): EndpointSpec => ({ address, is: 'RS', ...more });
/** The endpoints in the order of their rules, each with its chance. */
const shares = (chain: readonly string[] | undefined) =>
  (chain ?? []).flatMap((rule) => {
    const [, id, chance] = / -> (\S+)"(?:.*--probability (\S+))?/.exec(` ${rule}`) ?? [];
    return id === undefined ? [] : [chance === undefined ? id : `${id} ${chance}`];
  });

test('1: their order is that of their text, ports of several slices together', () => {
  const slices = [
    {
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      endpoints: ['10.244.0.9', '10.244.0.10', '10.244.0.100'].map((each) => ready(each)),
    },
    { endpoints: [ready('10.244.0.10')] },
  ];
  assert.deepEqual(shares(expectedOf({ slices })['nat/KUBE-SVC']), [
    '10.244.0.100:80 0.25000000000',
    '10.244.0.10:80 0.33333333349',
    '10.244.0.10:8080 0.50000000000',
    '10.244.0.9:80',
  ]);
});

test('2.10: what is printed of one in n is what the kernel keeps of ten decimals', () => {
  const printed: Readonly<Record<number, string>> = {
    5: '0.20000000019',
    6: '0.16666666651',
    7: '0.14285714272',
    9: '0.11111111101',
    10: '0.10000000009',
    11: '0.09090909082',
    12: '0.08333333349',
    13: '0.07692307699',
    100: '0.00999999978',
    1000: '0.00100000016',
  };
  const endpoints = Array.from({ length: 1000 }, (_, index) => ready(`10.244.${index >> 8}.${index & 255}`));
  const chances = shares(expectedOf({ slices: [{ endpoints }] })['nat/KUBE-SVC']).map((each) => each.split(' ')[1]);
  assert.equal(chances.length, 1000);
  for (const [left, chance] of Object.entries(printed)) assert.equal(chances[1000 - Number(left)], chance, left);
});

suite('12, 13: hints', () => {
  const zoned = [
    ['10.244.0.5', 'a'],
    ['10.244.0.6', 'a'],
    ['10.244.1.5', 'b'],
  ] as const;
  const inZone = zoned.map(([address, zone]) => ready(address, { zones: [zone] }));
  const forNode = ['a', 'b'].map((letter, index) => ready(`10.244.${index}.5`, { nodes: [`node-${letter}`] }));
  const used = (endpoints: readonly EndpointSpec[], minor: number) =>
    shares(expectedOf({ slices: [{ endpoints }], settings: settingsFor(minor) })['nat/KUBE-SVC']).length;
  test('of zones, from 1.31 without an annotation', () => {
    assert.deepEqual([used(inZone, 31), used(inZone, 30)], [2, 3]);
  });
  test('of zones, one without', () => assert.equal(used([...inZone, ready('10.244.1.6')], 36), 4));
  test('of nodes, from 1.34', () => assert.deepEqual([used(forNode, 34), used(forNode, 33)], [1, 2]));
});

suite('addresses that are not canonical', () => {
  const spec = { clusterIP: 'fd00:96::5', clusterIPs: ['fd00:96::5'], ipFamilies: ['IPv6'] };
  const slices = [{ family: 'IPv6' as const, endpoints: [ready('FD00:244:1::d'), ready('fd00:244::d')] }];
  const rules = (minor: number) =>
    expectedOf({ spec, slices, settings: settingsFor(minor, { family: 'IPv6', detector: { kind: 'none' } }) });
  test('are made so from 1.31 on', () => {
    assert.deepEqual(shares(rules(31)['nat/KUBE-SVC']), ['[fd00:244:1::d]:8080 0.50000000000', '[fd00:244::d]:8080']);
  });
  test('to 1.30 are named as they are written, and the kernel makes them so', () => {
    const old = rules(30);
    assert.deepEqual(shares(old['nat/KUBE-SVC']), ['[FD00:244:1::d]:8080 0.50000000000', '[fd00:244::d]:8080']);
    assert.deepEqual(old['nat/KUBE-SEP'], [
      '-s fd00:244:1::d/128 -m comment --comment "shop/s:http" -j KUBE-MARK-MASQ',
      '-p tcp -m comment --comment "shop/s:http" -m tcp -j DNAT --to-destination [fd00:244:1::d]:8080',
      '-s fd00:244::d/128 -m comment --comment "shop/s:http" -j KUBE-MARK-MASQ',
      '-p tcp -m comment --comment "shop/s:http" -m tcp -j DNAT --to-destination [fd00:244::d]:8080',
    ]);
  });
});

suite('27: a large cluster', () => {
  const cluster = (count: number) => {
    const endpoints = Array.from({ length: count }, (_, index) =>
      ready(`10.244.${index >> 8}.${index & 255}`, index < 3 ? {} : { is: '' }),
    );
    // A slice of no Service, and of no port that a Service has, counts for nothing.
    const orphans = [
      { labels: { 'kubernetes.io/service-name': 'gone' }, endpoints },
      { ports: [{ name: 'web', port: 1, protocol: 'TCP' }], endpoints },
    ];
    const snapshot = snapshotOf(serviceObject({ sessionAffinity: 'ClientIP' }), [{ endpoints }, ...orphans]);
    return { ports: servicePorts(snapshot), endpoints: endpointMap(snapshot) };
  };
  const settings = settingsFor(36);

  test('has more than 1,000 endpoints, usable or not', () => {
    for (const [count, large] of [
      [1000, false],
      [1001, true],
    ] as const) {
      const { ports, endpoints } = cluster(count);
      assert.equal(isLarge(ports, endpoints, settings), large);
      assert.equal(expectRules(ports, endpoints, settings).large, large);
    }
  });

  test('has no comments on the rules of single endpoints, and all others', () => {
    const rules = (count: number) => {
      const { ports, endpoints } = cluster(count);
      return expectedChains(expectRules(ports, endpoints, settings)).flatMap((chain) => chain.rules);
    };
    const [small, large] = [rules(1000), rules(1001)];
    assert.equal(small.length, large.length);
    assert.equal(small.filter(({ commentVaries }) => commentVaries).length, 3 + 3 + 6);
    for (const [index, { text, commentVaries }] of small.entries()) {
      const other = large[index]?.text;
      assert.equal(other, commentVaries ? text.replace(/ -m comment --comment "[^"]*"/, '') : text);
    }
  });
});

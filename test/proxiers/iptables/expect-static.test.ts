// The rules that are there without any Service, and what release, kernel and configuration make of them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { oldestExpected, releaseFacts } from '../../../src/proxiers/iptables/releases.ts';
import type { Settings } from '../../../src/proxiers/iptables/settings.ts';
import { settingsFor, staticOf } from './expected-of.ts';

suite('28: the way to node ports', () => {
  const any =
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS';
  const to = (address: string) =>
    `-d ${address} -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -j KUBE-NODEPORTS`;
  const cases: readonly (readonly [minor: number, changes: Partial<Settings>, rules: readonly string[]])[] = [
    [36, {}, [any]],
    [36, { localhostNodePorts: false }, [`! -d 127.0.0.0/8 ${any}`]],
    [25, { localhostNodePorts: false }, [any]],
    [26, { family: 'IPv6' }, [`! -d ::1/128 ${any}`]],
    [25, { family: 'IPv6' }, [any]],
    [36, { nodePortAddresses: ['192.168.77.2', '127.0.0.1'] }, [to('192.168.77.2/32'), to('127.0.0.1/32')]],
    [36, { nodePortAddresses: ['192.168.77.2', '127.0.0.1'], localhostNodePorts: false }, [to('192.168.77.2/32')]],
    [36, { nodePortAddresses: ['127.0.0.1'], localhostNodePorts: false }, []],
    [36, { family: 'IPv6', nodePortAddresses: ['fd77::2', '::1'] }, [to('fd77::2/128')]],
    [36, { nodePortAddresses: [] }, []],
  ];
  for (const [minor, changes, rules] of cases) {
    test(`1.${minor} ${JSON.stringify(changes)}`, () => {
      assert.deepEqual(staticOf('nat', 'KUBE-SERVICES', settingsFor(minor, changes)), rules);
    });
  }
});

suite('KUBE-FORWARD', () => {
  const plain = '-m conntrack --ctstate INVALID -j DROP';
  const counted = '-m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP';
  const cases: readonly (readonly [number, Partial<Settings>, string | undefined])[] = [
    [31, {}, counted],
    [31, { family: 'IPv6' }, counted],
    [31, { counters: false }, plain],
    [30, {}, plain],
    [36, { dropInvalid: false }, undefined],
    [29, { dropInvalid: false }, undefined],
    [28, { dropInvalid: false }, plain],
  ];
  for (const [minor, changes, first] of cases) {
    test(`32: 1.${minor} ${JSON.stringify(changes)}`, () => {
      assert.deepEqual(staticOf('filter', 'KUBE-FORWARD', settingsFor(minor, changes)), [
        ...(first === undefined ? [] : [first]),
        '-m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
        '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      ]);
    });
  }
});

test('KUBE-FIREWALL is made from 1.27 on, and filled where localhost was opened', () => {
  const rules = (minor: number, changes: Partial<Settings> = {}) =>
    staticOf('filter', 'KUBE-FIREWALL', settingsFor(minor, changes))?.length;
  assert.deepEqual([rules(26), rules(27), rules(27, { localhostNodePorts: false })], [undefined, 1, 0]);
  assert.equal(rules(27, { family: 'IPv6', localhostNodePorts: false }), 0);
  const jumps = (minor: number) => staticOf('filter', 'INPUT', settingsFor(minor))?.includes('-j KUBE-FIREWALL');
  assert.deepEqual([jumps(26), jumps(27)], [false, true]);
});

test('the mark is the bit that is asked for, and old iptables cannot choose ports at random', () => {
  const settings = settingsFor(36, { masqueradeBit: 31, randomFully: false });
  assert.deepEqual(staticOf('nat', 'KUBE-MARK-MASQ', settings), ['-j MARK --set-xmark 0x80000000/0x80000000']);
  assert.deepEqual(staticOf('nat', 'KUBE-POSTROUTING', settings), [
    '-m mark ! --mark 0x80000000/0x80000000 -j RETURN',
    '-j MARK --set-xmark 0x80000000/0x0',
    '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE',
  ]);
});

test('every table has its canary', () => {
  for (const table of ['nat', 'filter', 'mangle'] as const) {
    assert.deepEqual(staticOf(table, 'KUBE-PROXY-CANARY', settingsFor(36)), [], table);
  }
});

test('every fact about releases begins or ends with a release, and says where it stands', () => {
  for (const [name, { first, last, reference }] of Object.entries(releaseFacts)) {
    assert.ok(first > oldestExpected || (last !== undefined && last > first), name);
    assert.match(reference, /v1\.\d\d/, name);
  }
});

// The addresses that rules and packets of the tests are about: the node's own, hosts near and far, and service
// addresses that nobody has.

export type Family = 'IPv4' | 'IPv6';

export interface Addresses {
  readonly own: readonly string[];
  /** Behind each device, by its VXLAN network. */
  readonly near: readonly (readonly string[])[];
  readonly far: readonly string[];
  readonly service: readonly string[];
  /** With a route that refuses them. */
  readonly nowhere: readonly string[];
  readonly loopback: string;
  readonly prefixes: readonly string[];
  readonly maps: readonly string[];
}

export const addresses: Readonly<Record<Family, Addresses>> = {
  IPv4: {
    own: ['192.0.2.1', '192.0.2.2', '10.244.0.1', '172.16.0.1', '169.254.20.10'],
    near: [
      [],
      ['192.0.2.77', '192.0.2.254'],
      ['10.244.0.9', '10.244.1.7'],
      ['172.16.0.33', '172.17.3.4', '198.51.100.9'],
    ],
    far: ['203.0.113.5', '198.51.100.200'],
    service: ['10.96.0.1', '10.96.0.10'],
    nowhere: ['10.66.0.1', '10.67.0.1'],
    loopback: '127.0.0.1',
    prefixes: [
      '10.244.0.0/16',
      '192.0.2.0/24',
      '10.96.0.0/12',
      '172.16.0.0/12',
      '0.0.0.0/1',
      '10.0.0.0/8',
      '203.0.113.5/32',
    ],
    maps: ['10.244.1.0/24', '192.0.2.0/26', '172.17.0.0/16'],
  },
  IPv6: {
    own: ['fd00:1::1', 'fd00:244::1', 'fd00:172::1'],
    near: [[], ['fd00:1::77', 'fd00:1::fe'], ['fd00:244::9', 'fd00:244:1::7'], ['fd00:172::33', 'fd00:98::9']],
    far: ['2001:db8::5', 'fd00:5::200'],
    service: ['fd00:96::1', 'fd00:96::a'],
    nowhere: ['fd00:66::1'],
    loopback: '::1',
    prefixes: [
      'fd00:244::/32',
      'fd00:1::/64',
      'fd00:96::/112',
      'fd00::/16',
      '2000::/3',
      '2001:db8::5/128',
      'fd00:172::/64',
    ],
    maps: ['fd00:244:1::/64', 'fd00:1::/96', 'fd00:172::/64'],
  },
};

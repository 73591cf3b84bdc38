// Settings of any release from 1.25 on, with every kind of local detection and node port addresses.
import fc from 'fast-check';
import type { Family } from '../../../src/address.ts';
import type { LocalDetector } from '../../../src/proxiers/iptables/local-detector.ts';
import type { Settings } from '../../../src/proxiers/iptables/settings.ts';
import { possibleTopologyRules } from '../../../src/proxiers/topology-rules.ts';

export function arbitrarySettings(family: Family): fc.Arbitrary<Settings> {
  const four = family === 'IPv4';
  return fc.integer({ min: 25, max: 37 }).chain((minor) =>
    fc.record({
      family: fc.constant(family),
      minor: fc.constant(minor),
      node: fc.constantFrom({ name: 'node-a', zone: 'a' }, { name: 'node-a', zone: undefined }),
      topology: fc.constantFrom(...possibleTopologyRules({ first: minor, last: minor, from: 'test' })),
      detector: fc.constantFrom<LocalDetector>(
        { kind: 'cidr', prefix: four ? '10.244.0.0/16' : 'fd00:244::/32' },
        { kind: 'interface', pattern: 'cni0' },
        { kind: 'interface', pattern: 'veth+' },
        { kind: 'none' },
      ),
      masqueradeAll: fc.boolean(),
      masqueradeBit: fc.constantFrom(14, 15, 0, 31),
      randomFully: fc.boolean(),
      nodePortAddresses: fc.constantFrom<Settings['nodePortAddresses']>(
        'any',
        four ? ['192.168.77.2', '127.0.0.1'] : ['fd77::2', '::1'],
        four ? ['127.0.0.1'] : ['::1'],
        [],
      ),
      localhostNodePorts: four ? fc.boolean() : fc.constant(false),
      dropInvalid: fc.boolean(),
      counters: fc.boolean(),
      nodeAddress: fc.constantFrom(four ? '192.168.77.2' : 'fd77::2', undefined),
    }),
  );
}

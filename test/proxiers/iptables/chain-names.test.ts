import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  endpointHash,
  hashedPrefixes,
  servicePortHash,
  splitHashedName,
} from '../../../src/proxiers/iptables/chain-names.ts';
import type { ServicePortName } from '../../../src/proxiers/service-ports.ts';

const name = (namespace: string, service: string, port: string, protocol: ServicePortName['protocol']) => ({
  namespace,
  name: service,
  port,
  protocol,
});

suite('the examples of kube-proxy-rules.md, computed with Python’s hashlib and seen in runs', () => {
  const ports: readonly (readonly [ServicePortName, string])[] = [
    [name('default', 'kubernetes', 'https', 'TCP'), 'NPX46M4PTMTKRN6Y'],
    [name('kube-system', 'kube-dns', 'dns', 'UDP'), 'TCOU7JCQXEZGVUNU'],
    [name('kube-system', 'kube-dns', 'dns-tcp', 'TCP'), 'ERIFXISQEP7F7OF4'],
    [name('kube-system', 'kube-dns', 'metrics', 'TCP'), 'JD5MR3NA4I4DYORP'],
    [name('shop', 'web', '', 'TCP'), 'E3PXEPMWAWIUT6ZV'],
    [name('shop', 'sctp', 's', 'SCTP'), 'B5BAWYHLFJQABFAE'],
  ];
  for (const [port, hash] of ports) {
    test(`${port.namespace}/${port.name}:${port.port} ${hash}`, () => assert.equal(servicePortHash(port), hash));
  }

  const endpoints: readonly (readonly [ServicePortName, string, string])[] = [
    [name('shop', 'web', '', 'TCP'), '10.244.0.7:8080', 'SUXESMA3TEBJTHJR'],
    [name('default', 'kubernetes', 'https', 'TCP'), '192.168.77.2:6443', '4MSQ5TQNL3KHY34A'],
    [name('shop', 'dual', 'http', 'TCP'), '[fd00:244::14]:8080', 'M5H2E53XQWPRSNLV'],
  ];
  for (const [port, endpoint, hash] of endpoints) {
    test(`${endpoint} ${hash}`, () => assert.equal(endpointHash(port, endpoint), hash));
  }
});

test('a hash is sixteen letters of base32: the first ten bytes of the SHA-256, read back', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), fc.stringMatching(/^[a-z]{0,10}$/), (service, port) => {
      const hash = servicePortHash(name('ns', service, port, 'UDP'));
      assert.match(hash, /^[A-Z2-7]{16}$/);
      const bits = [...hash].map((letter) =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
      );
      const hex = (bits.join('').match(/.{4}/g) ?? []).map((four) => Number.parseInt(four, 2).toString(16)).join('');
      const digest = createHash('sha256')
        .update(`ns/${service}${port === '' ? '' : `:${port}`}udp`)
        .digest('hex');
      assert.equal(hex, digest.slice(0, 20));
    }),
  );
});

test('six prefixes are kube-proxy’s; their likes are not', () => {
  assert.deepEqual([...hashedPrefixes].sort(), [
    'KUBE-EXT-',
    'KUBE-FW-',
    'KUBE-SEP-',
    'KUBE-SVC-',
    'KUBE-SVL-',
    'KUBE-XLB-',
  ]);
  for (const prefix of hashedPrefixes) {
    assert.deepEqual(splitHashedName(`${prefix}NPX46M4PTMTKRN6Y`), { prefix, hash: 'NPX46M4PTMTKRN6Y' });
  }
  for (const chain of [
    'KUBE-SERVICES',
    'KUBE-FIREWALL',
    'KUBE-EXTERNAL-SERVICES',
    'KUBE-NWPLCY-ABCDEFGHIJKLMNOP',
    'KUBE-POD-FW-ABCDEFGHIJKLMNOP',
    'KUBE-HP-ABCDEFGHIJKLMNOP',
    'kube-svc-NPX46M4PTMTKRN6Y',
    'X-KUBE-SVC-NPX46M4PTMTKRN6Y',
  ]) {
    assert.equal(splitHashedName(chain), undefined, chain);
  }
});

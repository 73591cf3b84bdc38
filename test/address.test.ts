import assert from 'node:assert/strict';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressNumber, canonicalAddress, canonicalPrefix, contains, familyOf, hostPort } from '../src/address.ts';

const addresses: readonly (readonly [string, string | undefined])[] = [
  ['10.244.0.28', '10.244.0.28'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['010.244.000.028', '10.244.0.28'],
  ['00000000010.1.1.1', '10.1.1.1'],
  ['256.0.0.1', undefined],
  ['10.0.0', undefined],
  ['10.0.0.1.', undefined],
  ['10.0.0.1.2', undefined],
  ['10..0.1', undefined],
  ['0x10.0.0.1', undefined],
  ['10.0.0.1/32', undefined],
  [' 10.0.0.1', undefined],
  ['10.0.0.1\n', undefined],
  ['١٠.0.0.1', undefined],
  ['', undefined],
  ['None', undefined],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['FD00:0010::00A', 'fd00:10::a'],
  ['fd00:0:0:0:0:0:0:1', 'fd00::1'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['00001::', '1::'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:010.0.0.1', '10.0.0.1'],
  ['::FFFF:a00:1', '10.0.0.1'],
  ['0:0:0:0:0:ffff:a00:1', '10.0.0.1'],
  ['::10.0.0.1', '::a00:1'],
  ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ['::ffff:0:10.0.0.1', '::ffff:0:a00:1'],
  ['1:2:3:4:5:6:10.0.0.1', '1:2:3:4:5:6:a00:1'],
  ['1:2:3:4:5:6:7:10.0.0.1', undefined],
  ['10.0.0.1::', undefined],
  ['::10.0.0.1:1', undefined],
  ['1::2::3', undefined],
  [':::', undefined],
  [':1::', undefined],
  ['1::2:', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4::5:6:7:8', undefined],
  ['12345::', undefined],
  ['g::', undefined],
  ['fe80::1%eth0', undefined],
  ['[::1]', undefined],
  [':', undefined],
];

test('canonicalAddress reads what Go reads and prints what Go prints', () => {
  for (const [text, canonical] of addresses) {
    assert.equal(canonicalAddress(text), canonical, text);
    const family = canonical === undefined ? undefined : canonical.includes(':') ? 'IPv6' : 'IPv4';
    assert.equal(familyOf(text), family, text);
  }
});

const prefixes: readonly (readonly [string, string | undefined])[] = [
  ['10.244.7.9/16', '10.244.0.0/16'],
  ['10.244.7.9', '10.244.7.9/32'],
  ['10.244.7.9/0', '0.0.0.0/0'],
  ['10.244.7.9/016', '10.244.0.0/16'],
  ['10.244.7.9/255.255.0.0', '10.244.0.0/16'],
  ['10.244.7.9/0.0.0.0', '0.0.0.0/0'],
  ['10.244.7.9/255.0.255.0', undefined],
  ['10.244.7.9/ffff::', undefined],
  ['10.244.7.9/33', undefined],
  ['10.244.7.9/-1', undefined],
  ['10.244.7.9/', undefined],
  ['10.244.7.9/16/16', undefined],
  ['10.244/16', undefined],
  ['fd00:1::5/64', 'fd00:1::/64'],
  ['fd00:1::5/ffff:ffff::', 'fd00:1::/32'],
  ['fd00:1::5/33', 'fd00:1::/33'],
  ['fd00::5', 'fd00::5/128'],
  ['fd00::5/129', undefined],
  ['::/0', '::/0'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['::ffff:10.1.2.3/24', '::/24'],
  ['::ffff:10.1.2.3', '10.1.2.3/32'],
];

test('canonicalPrefix clears host bits and reads masks', () => {
  for (const [text, canonical] of prefixes) {
    assert.equal(canonicalPrefix(text), canonical, text);
  }
});

test('contains is undefined for what is no address, false across families', () => {
  assert.equal(contains('10.0.0.0/8', '10.255.0.1'), true);
  assert.equal(contains('10.0.0.0/8', '11.0.0.1'), false);
  assert.equal(contains('0.0.0.0/0', '::1'), false);
  assert.equal(contains('::/0', '10.0.0.1'), false);
  assert.equal(contains('10.0.0.0/8', '::ffff:10.0.0.1'), true);
  assert.equal(contains('10.0.0.0/8', 'web'), undefined);
  assert.equal(contains('web', '10.0.0.1'), undefined);
});

test('hostPort puts IPv6 in brackets', () => {
  assert.equal(hostPort('10.0.0.1', 80), '10.0.0.1:80');
  assert.equal(hostPort('fd00::1', 80), '[fd00::1]:80');
});

// Zeros are what IPv6 text is about.
const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 });
const ipv6 = fc.oneof(
  fc.ipV6(),
  groups.map((numbers) => numbers.map((number) => number.toString(16)).join(':')),
);
const address = fc.oneof(fc.ipV4(), ipv6);
const addressLike = fc.string({ unit: fc.constantFrom(...'0123456789af:.%/x '), maxLength: 45 });

test('every address that node knows is read, and nothing else', () => {
  fc.assert(
    fc.property(address, (text) => {
      assert.notEqual(canonicalAddress(text), undefined);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(addressLike, fc.string()), (text) => {
      // Leading zeros are the one thing that Go's old parser takes and node's does not.
      const known = isIP(text.replace(/(?<![0-9a-f])0+(?=[0-9a-f])/gi, '')) !== 0 && !text.includes('%');
      assert.equal(canonicalAddress(text) !== undefined, known);
    }),
    { numRuns: 5000 },
  );
});

test('canonical text is a fixed point, of one family, and one text for one address', () => {
  fc.assert(
    fc.property(address, (text) => {
      const canonical = canonicalAddress(text) ?? assert.fail();
      assert.equal(canonicalAddress(canonical), canonical);
      assert.equal(familyOf(text) === 'IPv4', isIPv4(canonical));
      assert.equal(familyOf(text) === 'IPv6', isIPv6(canonical));
      assert.equal(addressNumber(canonical), addressNumber(text));
      assert.equal(canonicalAddress(text.toUpperCase()), canonical);
    }),
  );
});

test('IPv6 is printed as the URL standard prints it', () => {
  fc.assert(
    fc.property(ipv6, (text) => {
      const canonical = canonicalAddress(text) ?? assert.fail();
      if (isIPv6(canonical)) assert.equal(`[${canonical}]`, new URL(`http://[${text}]/`).hostname);
    }),
  );
});

test('addresses order as their numbers', () => {
  assert.equal(addressNumber('0.0.1.0'), 256n);
  assert.equal(addressNumber('::1:0'), 65536n);
  assert.equal(addressNumber('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), 2n ** 128n - 1n);
  assert.equal(addressNumber('web'), undefined);
});

test('contains agrees with node’s BlockList', () => {
  const near = fc.tuple(address, address, fc.nat(128), fc.boolean());
  fc.assert(
    fc.property(near, ([network, other, bits, same]) => {
      const family = familyOf(network) ?? assert.fail();
      const length = Math.min(bits, family === 'IPv4' ? 32 : 128);
      const inside = same ? network : other;
      const list = new BlockList();
      list.addSubnet(canonicalAddress(network) ?? '', length, family === 'IPv4' ? 'ipv4' : 'ipv6');
      const expected =
        familyOf(inside) === family && list.check(canonicalAddress(inside) ?? '', family === 'IPv4' ? 'ipv4' : 'ipv6');
      const prefix = `${canonicalAddress(network)}/${length}`;
      assert.equal(contains(prefix, inside), expected);
      const canonical = canonicalPrefix(prefix) ?? assert.fail();
      assert.equal(contains(canonical, inside), expected);
      assert.equal(canonicalPrefix(canonical), canonical);
    }),
  );
});

test('no text is too odd or too long', () => {
  const parts = ['0', '1', ':', '::', '.', '/', 'f', '\n', '1.'];
  for (const part of parts) {
    const text = part.repeat(1_000_000 / part.length);
    for (const ask of [canonicalAddress, canonicalPrefix, familyOf, addressNumber]) assert.equal(ask(text), undefined);
  }
});

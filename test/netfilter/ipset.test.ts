import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Tri } from '../../src/netfilter/extensions/extension.ts';
import { isMember, type SetMembers } from '../../src/netfilter/ipset.ts';
import type { Packet } from '../../src/netfilter/packet.ts';
import { parseIpsetSave } from '../../src/parse/ipset-save.ts';

const sets = parseIpsetSave(`create hosts hash:ip family inet hashsize 1024 maxelem 65536
add hosts 10.0.0.1
create nets hash:net family inet hashsize 1024
add nets 10.0.0.0/8
add nets 10.1.0.0/16 nomatch
add nets 10.1.2.3
create pairs hash:ip,port family inet timeout 600
add pairs 10.0.0.1,tcp:80 timeout 599
create triples hash:ip,port,ip family inet
add triples 10.0.0.1,udp:53,10.0.0.2
create ports bitmap:port range 1-1000
add ports 80
create masked hash:ip family inet netmask 24
add masked 10.0.0.0
create macs hash:mac
add macs 02:00:00:00:00:01
create excepted hash:net,port family inet
add excepted 10.0.0.0/8,tcp:80
add excepted 10.1.0.0/16,tcp:80 nomatch
`);

const packet: Packet = {
  family: 'IPv4',
  protocol: 'tcp',
  source: '10.0.0.1',
  destination: '10.0.0.2',
  sourcePort: 4_000,
  destinationPort: 80,
};

type Row = readonly [set: string, directions: string, packet: Partial<Packet>, expected: Tri];

const rows: readonly Row[] = [
  ['hosts', 'src', {}, true],
  ['hosts', 'dst', {}, false],
  ['hosts', 'src', { source: undefined as never }, undefined],
  ['nets', 'src', {}, true],
  ['nets', 'src', { source: '10.1.9.9' }, false],
  ['nets', 'src', { source: '10.1.2.3' }, true],
  ['nets', 'src', { source: '11.0.0.1' }, false],
  ['pairs', 'src,dst', {}, true],
  ['pairs', 'src,src', {}, false],
  ['pairs', 'src,dst', { protocol: 'udp' }, false],
  ['pairs', 'src', {}, undefined],
  ['triples', 'src,dst,dst', { protocol: 'udp', destinationPort: 53 }, true],
  ['triples', 'src,dst,src', { protocol: 'udp', destinationPort: 53 }, false],
  ['ports', 'dst', {}, true],
  ['ports', 'src', {}, false],
  ['masked', 'src', {}, undefined],
  ['macs', 'src', {}, undefined],
  ['excepted', 'src,dst', {}, true],
  ['excepted', 'src,dst', { source: '10.1.0.1' }, undefined],
];

suite('what is in a set', () => {
  for (const [name, directions, fields, expected] of rows) {
    test(`${name} ${directions} ${JSON.stringify(fields)}`, () => {
      const set = sets.get(name);
      assert.ok(set);
      assert.equal(isMember(set, { ...packet, ...fields }, directions.split(',') as ('src' | 'dst')[]), expected);
    });
  }
});

test('what is no ipset save has no sets', () => {
  assert.deepEqual([...parseIpsetSave('nonsense\nadd gone 10.0.0.1\n')], []);
});

test('an element of another shape decides nothing', () => {
  const odd: SetMembers = { type: 'hash:ip,port', members: ['10.0.0.1'] };
  assert.equal(isMember(odd, packet, ['src', 'dst']), undefined);
});

// What stands in an option's value: ports, marks, nat ranges, and what the targets make of them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { quote, readOptions } from '../../../src/netfilter/extensions/clause.ts';
import { applyConnmark } from '../../../src/netfilter/extensions/connmark.ts';
import { destinationOf } from '../../../src/netfilter/extensions/dnat.ts';
import type { Option } from '../../../src/netfilter/extensions/extension.ts';
import { applyMark, readMark } from '../../../src/netfilter/extensions/mark.ts';
import { readNatRange } from '../../../src/netfilter/extensions/nat-range.ts';
import { readNumber } from '../../../src/netfilter/extensions/number.ts';
import { portRange } from '../../../src/netfilter/extensions/ports.ts';
import { protocolNumber } from '../../../src/netfilter/extensions/protocol.ts';
import { rejectType } from '../../../src/netfilter/extensions/reject.ts';
import { sourceOf } from '../../../src/netfilter/extensions/snat.ts';
import { splitWords } from '../../../src/parse/rule-line.ts';

const option = (...values: string[]): Option => ({ negated: false, values });

/** One test for each row: what is read, and as what. */
function reads<T>(name: string, read: (text: string) => T, rows: readonly (readonly [text: string, expected: T])[]) {
  suite(name, () => {
    for (const [text, expected] of rows) test(`'${text}'`, () => assert.deepEqual(read(text), expected));
  });
}

reads('readNumber', readNumber, [
  ['0', 0],
  ['10', 10],
  ['0x4000', 0x4000],
  ['0XFF', 255],
  ['010', 8],
  ['', undefined],
  ['09', undefined],
  ['1e3', undefined],
  ['-1', undefined],
]);

reads('protocolNumber', protocolNumber, [
  ['tcp', 6],
  ['132', 132],
  ['icmpv6', 58],
  ['nonsense', undefined],
  ['constructor', undefined],
]);

reads('portRange', portRange, [
  ['80', { from: 80, to: 80 }],
  ['1000:2000', { from: 1000, to: 2000 }],
  [':1024', { from: 0, to: 1024 }],
  ['1024:', { from: 1024, to: 65535 }],
  ['', undefined],
  ['2000:1000', undefined],
  ['65536', undefined],
  ['1:2:3', undefined],
  ['1-2', undefined],
  ['http', undefined],
]);

reads('portRange of a nat target', (text) => portRange(text, '-'), [
  ['80-90', { from: 80, to: 90 }],
  ['80', { from: 80, to: 80 }],
  ['80-', undefined],
  ['80:90', undefined],
]);

reads('readMark', readMark, [
  ['0x4000/0x4000', { value: 0x4000, mask: 0x4000 }],
  ['0x1', { value: 1, mask: 0xffffffff }],
  ['0xffffffff/0x0', { value: 0xffffffff, mask: 0 }],
  ['0x100000000', undefined],
  ['9999999999', undefined],
  ['0x1/', undefined],
  ['0x1/0x2/0x3', undefined],
  ['', undefined],
]);

reads('readNatRange', readNatRange, [
  ['10.0.0.1:80', { from: '10.0.0.1', to: '10.0.0.1', portFrom: 80, portTo: 80 }],
  ['10.0.0.1', { from: '10.0.0.1', to: '10.0.0.1' }],
  ['10.0.0.1-10.0.0.9:80-90', { from: '10.0.0.1', to: '10.0.0.9', portFrom: 80, portTo: 90 }],
  ['10.0.0.1:80-90/8000', { from: '10.0.0.1', to: '10.0.0.1', portFrom: 80, portTo: 90, portBase: 8000 }],
  [':80', { portFrom: 80, portTo: 80 }],
  ['[fd00::1]:80', { from: 'fd00::1', to: 'fd00::1', portFrom: 80, portTo: 80 }],
  ['[fd00::1-fd00::9]:80-90', { from: 'fd00::1', to: 'fd00::9', portFrom: 80, portTo: 90 }],
  ['fd00::1', { from: 'fd00::1', to: 'fd00::1' }],
  ['fd00::1-fd00::9', { from: 'fd00::1', to: 'fd00::9' }],
  ['', undefined],
  [':', undefined],
  ['10.0.0.1:', undefined],
  ['10.0.0.1:99999', undefined],
  ['10.0.0.256:80', undefined],
  ['[]:80', undefined],
  ['[fd00::1]80', undefined],
  ['10.0.0.1-10.0.0.2-10.0.0.3', undefined],
  ['nonsense', undefined],
]);

test('the nat targets read their own option', () => {
  assert.equal(destinationOf({ 'to-destination': option('10.0.0.1:80') })?.from, '10.0.0.1');
  assert.equal(destinationOf({}), undefined);
  assert.equal(sourceOf({ 'to-source': option('10.0.0.1'), random: option() })?.to, '10.0.0.1');
});

test('REJECT says how', () => {
  assert.equal(rejectType({ 'reject-with': option('tcp-reset') }), 'tcp-reset');
  assert.equal(rejectType({ 'reject-with': option('nonsense') }), undefined);
  assert.equal(rejectType({}), undefined);
});

suite('applyMark', () => {
  const rows = [
    ['set-xmark', '0x4000/0x4000', 0x1, 0x4001],
    ['set-xmark', '0x4000/0x4000', 0x4001, 0x4001],
    ['set-xmark', '0x4000/0x0', 0x4001, 0x1],
    ['set-xmark', '0x0/0xffffff00', 0x1234, 0x34],
    ['set-xmark', '0x7/0xffffffff', undefined, 7],
    ['set-xmark', '0x4000/0x4000', undefined, undefined],
    ['set-mark', '0x10/0xff', 0x101, 0x110],
    ['and-mark', '0xff', 0x1234, 0x34],
    ['or-mark', '0x80000000', 0x1, 0x80000001],
    ['xor-mark', '0x3', 0x1, 0x2],
    ['set-xmark', 'nonsense', 0x1, undefined],
  ] as const;
  for (const [name, value, before, after] of rows) {
    test(`--${name} ${value} of ${before}`, () => assert.equal(applyMark({ [name]: option(value) }, before), after));
  }
  test('no option, or two', () => {
    assert.equal(applyMark({}, 1), undefined);
    assert.equal(applyMark({ 'or-mark': option('1'), 'and-mark': option('1') }, 1), undefined);
  });
});

suite('applyConnmark', () => {
  const marks = { mark: 0x81, connectionMark: 0x110 };
  const masks = { nfmask: option('0x80'), ctmask: option('0x80') };
  test('--save-mark', () => {
    assert.deepEqual(applyConnmark({ 'save-mark': option(), ...masks }, marks), { mark: 0x81, connectionMark: 0x190 });
  });
  test('--restore-mark', () => {
    assert.deepEqual(applyConnmark({ 'restore-mark': option(), ...masks }, marks), {
      mark: 0x1,
      connectionMark: 0x110,
    });
  });
  test('--restore-mark of all bits needs no mark of the packet', () => {
    const all = { 'restore-mark': option(), nfmask: option('0xffffffff'), ctmask: option('0xffffffff') };
    assert.equal(applyConnmark(all, { connectionMark: 5 }).mark, 5);
  });
  test('--set-xmark', () => {
    assert.deepEqual(applyConnmark({ 'set-xmark': option('0x1/0xff') }, marks), { mark: 0x81, connectionMark: 0x101 });
  });
  test('what is not known', () => {
    assert.equal(applyConnmark({ 'save-mark': option(), ...masks }, { connectionMark: 1 }).connectionMark, undefined);
    assert.equal(applyConnmark({ 'save-mark': option(), 'left-shift-mark': option('3') }, marks).mark, undefined);
  });
});

suite('readOptions', () => {
  const table = { flag: 'flag', word: 'word', string: 'string', pair: 'pair' } as const;
  const read = (text: string) => readOptions(table, splitWords(text) ?? []);
  test('keeps the order and the negation', () => {
    const options = read('--pair a b ! --flag --word c');
    assert.deepEqual(Object.keys(options ?? {}), ['pair', 'flag', 'word']);
    assert.deepEqual(options?.flag, { negated: true, values: [] });
    assert.deepEqual(options?.pair, { negated: false, values: ['a', 'b'] });
  });
  test('a string may look like an option, a word may not', () => {
    assert.deepEqual(read('--string --flag')?.string?.values, ['--flag']);
    assert.equal(read('--word --flag'), undefined);
  });
  const broken = ['--word', '--pair a', '--flag --flag', '--other', 'flag', '!', '"--flag"', '--flag x', '--word ! x'];
  for (const text of [...broken, '--constructor', '--__proto__ x']) {
    test(`'${text}' is not understood`, () => assert.equal(read(text), undefined));
  }
});

test('a quoted string is read back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.deepEqual(
        splitWords(quote(text))?.map((word) => word.text),
        [text],
      );
    }),
  );
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type From, readFrom, readTo, type To } from '../../src/analyses/trace/ends.ts';
import { UsageError } from '../../src/errors.ts';

const senders: readonly (readonly [text: string, from: From])[] = [
  ['pod/web-1', { kind: 'pod', namespace: 'shop', name: 'web-1' }],
  ['po/web-1', { kind: 'pod', namespace: 'shop', name: 'web-1' }],
  ['pod/edge/web-1', { kind: 'pod', namespace: 'edge', name: 'web-1' }],
  ['edge/web-1', { kind: 'pod', namespace: 'edge', name: 'web-1' }],
  ['web-1', { kind: 'name', namespace: 'shop', name: 'web-1' }],
  ['ip-10-0-0-1.ec2.internal', { kind: 'name', namespace: 'shop', name: 'ip-10-0-0-1.ec2.internal' }],
  ['node/worker-1', { kind: 'node', name: 'worker-1' }],
  ['10.244.0.3', { kind: 'address', address: '10.244.0.3' }],
  ['FD00:0::1', { kind: 'address', address: 'fd00::1' }],
  ['[fd00::1]', { kind: 'address', address: 'fd00::1' }],
  ['internet', { kind: 'internet' }],
];

const receivers: readonly (readonly [text: string, to: To])[] = [
  ['svc/web', { kind: 'service', namespace: 'shop', name: 'web', port: undefined }],
  ['edge/web:http', { kind: 'service', namespace: 'edge', name: 'web', port: 'http' }],
  ['worker-1:80', { kind: 'service', namespace: 'shop', name: 'worker-1', port: '80' }],
  ['node/worker-1:80', { kind: 'node', name: 'worker-1', port: 80 }],
  ['ip-10-0-0-1.ec2.internal:30080', { kind: 'node', name: 'ip-10-0-0-1.ec2.internal', port: 30080 }],
  ['pod/web-1:http', { kind: 'pod', namespace: 'shop', name: 'web-1', port: 'http' }],
  ['pod/edge/web-1', { kind: 'pod', namespace: 'edge', name: 'web-1', port: undefined }],
  ['10.96.0.1:53/udp', { kind: 'address', address: '10.96.0.1', port: 53, protocol: 'UDP' }],
  ['[fd00::1]:80', { kind: 'address', address: 'fd00::1', port: 80, protocol: undefined }],
  ['fd00::1', { kind: 'address', address: 'fd00::1', port: undefined, protocol: undefined }],
  ['nodeport/30080', { kind: 'node-port', port: 30080, protocol: undefined }],
];

suite('who sends', () => {
  for (const [text, from] of senders) {
    test(text, () => assert.deepEqual(readFrom(text, 'shop'), from));
  }
  for (const text of [
    '',
    'svc/web',
    'nodeport/30080',
    '10.0.0.300',
    'pod/',
    'pod/a/b/c',
    'Web_1',
    'a\u001b[31m',
    '-o',
  ]) {
    test(`not ${JSON.stringify(text)}`, () => assert.throws(() => readFrom(text, 'shop'), UsageError));
  }
});

suite('who gets it', () => {
  for (const [text, to] of receivers) {
    test(text, () => assert.deepEqual(readTo(text, 'shop'), to));
  }
  for (const text of [
    '',
    'KUBE-SERVICES',
    'nodeport/0',
    'nodeport/65536',
    '10.96.0.1:0',
    'pod/',
    'node/a:99999',
    'Web_1',
  ]) {
    test(`not ${JSON.stringify(text)}`, () => assert.throws(() => readTo(text, 'shop'), UsageError));
  }
});

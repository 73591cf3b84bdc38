// Every form of a target that the contract names, and what is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readTarget, type Target } from '../../src/analyses/target.ts';
import { UsageError } from '../../src/errors.ts';
import { text as hostileText } from '../renderers/hostile.ts';

const service = (namespace: string, name: string, port?: string): Target => ({
  kind: 'service',
  namespace,
  name,
  port,
});
const address = (address: string, port?: number, protocol?: 'TCP' | 'UDP' | 'SCTP'): Target => ({
  kind: 'address',
  address,
  port,
  protocol,
});

const forms: readonly (readonly [text: string, target: Target])[] = [
  ['web', service('here', 'web')],
  ['web:http', service('here', 'web', 'http')],
  ['web:80', service('here', 'web', '80')],
  ['svc/web', service('here', 'web')],
  ['svc/web:http', service('here', 'web', 'http')],
  ['SVC/web', service('here', 'web')],
  ['service/web', service('here', 'web')],
  ['services/web:80', service('here', 'web', '80')],
  ['shop/cart', service('shop', 'cart')],
  ['shop/cart:http', service('shop', 'cart', 'http')],
  ['svc/shop/cart', service('shop', 'cart')],
  ['svc/shop/cart:metrics', service('shop', 'cart', 'metrics')],
  ['svc', service('here', 'svc')],
  ['pod', service('here', 'pod')],
  ['nodeport', service('here', 'nodeport')],
  ['nodeport/web', service('nodeport', 'web')],
  ['kube-system/kube-dns:dns-tcp', service('kube-system', 'kube-dns', 'dns-tcp')],
  ['10.96.0.10', address('10.96.0.10')],
  ['10.96.0.10:53', address('10.96.0.10', 53)],
  ['10.96.0.10:53/udp', address('10.96.0.10', 53, 'UDP')],
  ['10.96.0.10:53/UDP', address('10.96.0.10', 53, 'UDP')],
  ['10.96.0.10/tcp', address('10.96.0.10', undefined, 'TCP')],
  ['10.96.0.10:9899/sctp', address('10.96.0.10', 9899, 'SCTP')],
  ['10.96.0.10:65535', address('10.96.0.10', 65535)],
  ['fd00:96::a', address('fd00:96::a')],
  ['FD00:0096:0:0:0:0:0:A', address('fd00:96::a')],
  ['[fd00:96::a]', address('fd00:96::a')],
  ['[fd00:96::a]:53', address('fd00:96::a', 53)],
  ['[fd00:96::a]:53/udp', address('fd00:96::a', 53, 'UDP')],
  ['[FD00:96::000A]:53/TCP', address('fd00:96::a', 53, 'TCP')],
  ['fd00:96::a/udp', address('fd00:96::a', undefined, 'UDP')],
  ['::1', address('::1')],
  ['[::]:80', address('::', 80)],
  ['fd00::80', address('fd00::80')],
  ['nodeport/30080', { kind: 'node-port', port: 30080, protocol: undefined }],
  ['NodePort/30080/udp', { kind: 'node-port', port: 30080, protocol: 'UDP' }],
  ['nodeport/1', { kind: 'node-port', port: 1, protocol: undefined }],
  ['pod/web-1', { kind: 'pod', namespace: 'here', name: 'web-1' }],
  ['po/web-1', { kind: 'pod', namespace: 'here', name: 'web-1' }],
  ['pods/web.example', { kind: 'pod', namespace: 'here', name: 'web.example' }],
  ['pod/shop/web-1', { kind: 'pod', namespace: 'shop', name: 'web-1' }],
  ['KUBE-SERVICES', { kind: 'chain', table: undefined, name: 'KUBE-SERVICES' }],
  ['nat/KUBE-SERVICES', { kind: 'chain', table: 'nat', name: 'KUBE-SERVICES' }],
  ['filter/FORWARD', { kind: 'chain', table: 'filter', name: 'FORWARD' }],
  ['KUBE-SVC-NPX46M4PTMTKRN6Y', { kind: 'chain', table: undefined, name: 'KUBE-SVC-NPX46M4PTMTKRN6Y' }],
  ['cali-FORWARD', { kind: 'chain', table: undefined, name: 'cali-FORWARD' }],
];

for (const [text, target] of forms) {
  test(`"${text}"`, () => assert.deepEqual(readTarget(text, 'here'), target));
}

const none = [
  ...['', ' ', '/', ':', '//', 'svc/', 'pod/', 'svc//web', 'a/b/c', 'svc/a/b/c', 'web:', 'svc/web:', ':80', 'web:a:b'],
  ...['svc/-web', 'svc/web-', 'svc/web_1', 'pod/web:80', 'web http', 'svc/web\n', '\nweb', '--web', 'wéb', 'KUBE-*'],
  ...[
    '10.96.0.10:0',
    '10.96.0.10:65536',
    '10.96.0.10:http',
    '10.96.0.10:99999/udp',
    '10.96.0.10/icmp',
    '10.96.0.10/24',
  ],
  ...['[fd00::1', 'fd00::1]', '[fd00::1]80', '[fd00::1]:', '[web]:80', '[10.0.0.1:80', 'fd00:::1'],
  ...['nodeport/0', 'nodeport/65536', 'nodeport/99999', 'nodeport/30080/icmp', 'nodeport/'],
  ...['nat/KUBE-SERVICES/x', '../../etc/passwd', 'svc/web@2', 'svc/%00', 'KUBE SERVICES', '\u001b[2J', 'web\u202e'],
];

for (const text of none) {
  test(`${JSON.stringify(text)} is none, and the forms are told`, () => {
    assert.throws(
      () => readTarget(text, 'here'),
      (error) =>
        error instanceof UsageError && error.code === 'TARGET_FORM' && /A target is svc\/NAME/.test(error.hint ?? ''),
    );
  });
}

test('any text is a target or a UsageError, and what comes out is plain', () => {
  const near = fc.constantFrom(...forms.map(([text]) => text));
  const texts = fc.oneof(
    hostileText,
    near.chain((text) => hostileText.map((more) => text + more)),
    fc.stringMatching(/^[a-zA-Z0-9./:[\]-]{0,20}$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      let target: Target;
      try {
        target = readTarget(text, 'here');
      } catch (error) {
        assert.ok(error instanceof UsageError);
        return;
      }
      for (const value of Object.values(target)) {
        if (typeof value === 'string') assert.match(value, /^[A-Za-z0-9.:-]+(?:_[A-Za-z0-9._-]*)?$|^[\w.-]+$/);
        if (typeof value === 'number') assert.ok(Number.isInteger(value) && value >= 1 && value <= 65535);
      }
    }),
    { numRuns: 3000 },
  );
});

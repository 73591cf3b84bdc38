import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nameInServiceComment } from '../../../src/proxiers/iptables/service-rule.ts';

suite('the service port that a comment names', () => {
  const rows: readonly (readonly [comment: string, name: string | undefined])[] = [
    ['shop/web cluster IP', 'shop web '],
    ['shop/np:http cluster IP', 'shop np http'],
    ['edge/lb:https loadbalancer IP', 'edge lb https'],
    ['edge/extip:http external IP', 'edge extip http'],
    ['shop/empty:http has no endpoints', 'shop empty http'],
    ['shop/itpnone:http has no local endpoints', 'shop itpnone http'],
    ['six/multi:a health check node port', 'six multi a'],
    ['masquerade traffic for shop/np:http external destinations', 'shop np http'],
    ['pod traffic for shop/np:http external destinations', 'shop np http'],
    ['masquerade LOCAL traffic for shop/np:http external destinations', 'shop np http'],
    ['route LOCAL traffic for shop/np external destinations', 'shop np '],
    ['other traffic to edge/lb:https will be dropped by KUBE-PROXY-FIREWALL', 'edge lb https'],
    ['edge/lb:https traffic not accepted by KUBE-FW-Z2VHYKJU5HB5LLV6', 'edge lb https'],
    // An unnamed port, and the endpoint's own colon behind it.
    ['shop/web -> 10.0.0.1:80', 'shop web '],
    ['shop/web:http -> [fd00::1]:80', 'shop web http'],
    ['shop/web:http', 'shop web http'],
    ['shop/web', 'shop web '],
    // To 1.23.
    ['masquerade LOCAL traffic for shop/np:http LB IP', 'shop np http'],
    ['route LOCAL traffic for shop/np:http LB IP to service chain', 'shop np http'],
    ['Balancing rule 12 for shop/np:http', 'shop np http'],
    ['shop/web: cluster IP', 'shop web '],
    ['shop/web:', 'shop web '],
    ['Balancing rule 0 for shop/web:', 'shop web '],
    // None of a service port's.
    ['Redirect pods trying to reach external loadbalancer VIP to clusterIP', undefined],
    ['kubernetes service portals', undefined],
    ['kubernetes service nodeports; NOTE: this must be the last rule in this chain', undefined],
    ['Shop/Web cluster IP', undefined],
    ['a/b/c', undefined],
    ['/web', undefined],
    ['', undefined],
  ];
  for (const [comment, name] of rows) {
    test(comment, () => {
      const read = nameInServiceComment(comment);
      assert.equal(read && `${read.namespace} ${read.name} ${read.port}`, name);
    });
  }
});

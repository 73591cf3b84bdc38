// A node that somebody or something has tampered with, and rules that a naive reader gets wrong. The text is that of a
// real node; each case changes a line or two of it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isOne, isZero, plus, toNumber, zero } from '../../../src/netfilter/fraction.ts';
import type { Balance, Client, Dispatch, Frontend } from '../../../src/proxiers/dispatch.ts';
import { dissect } from '../../../src/proxiers/iptables/dissect.ts';
import { servicePortNameString, servicePorts } from '../../../src/proxiers/service-ports.ts';
import { wholeRuleset } from '../../netfilter/text.ts';
import { dumpAt, snapshotAt } from '../recordings.ts';

const text = dumpAt('1.36-iptables/iptables-save.txt').text;
const ports = servicePorts(snapshotAt('objects.json'));

/** The node after an edit; `find` must be in the text exactly once. */
function edited(...edits: readonly (readonly [find: RegExp, replace: string])[]): Dispatch {
  let changed = text;
  for (const [find, replace] of edits) {
    assert.equal([...changed.matchAll(new RegExp(find, `${find.flags}g`))].length, 1, `${find} is not there once`);
    changed = changed.replace(find, replace);
  }
  return dissect(wholeRuleset(changed), ports);
}

function frontend(dispatch: Dispatch, name: string, type: Frontend['type'], address?: string): Frontend {
  const found = dispatch.frontends.filter(
    (each) =>
      each.type === type &&
      (address === undefined || each.address === address) &&
      each.owner.kind !== 'nameless' &&
      servicePortNameString(each.owner.name) === name,
  );
  const [first, ...others] = found;
  assert.ok(first && others.length === 0, `${name} has ${found.length} ${type}`);
  return first;
}

function balanceOf(dispatch: Dispatch, name: string): Balance {
  const [way] = frontend(dispatch, name, 'ClusterIP').routes.outside.through;
  assert.ok(way);
  return way.balance;
}

const svc = 'KUBE-SVC-[A-Z2-7]{16}';
const web = 'default/web:http';
/** The four rules of the cascade of default/web, and what each has in it. */
const cascade = (n: 1 | 2 | 3 | 4) =>
  new RegExp(
    `^-A (${svc}) -m comment --comment "default/web:http -> (\\S+)"${
      n === 4
        ? ''
        : ` -m statistic --mode random --probability ${['0.25000000000', '0.33333333349', '0.50000000000'][n - 1]}`
    } -j (KUBE-SEP-\\w+)$`,
    'm',
  );
const numbers = ({ backends }: Balance) => backends.map(({ share }) => Math.round(toNumber(share) * 1e6) / 1e6);

function assertAccounted({ backends, leak, undecided }: Balance): void {
  assert.ok(isOne([...backends.map(({ share }) => share), leak, undecided].reduce(plus, zero)));
}

suite('the cascade', () => {
  test('as it was', () => {
    const balance = balanceOf(edited(), web);
    assert.deepEqual(numbers(balance), [0.25, 0.25, 0.25, 0.25]);
    assert.deepEqual([balance.repeated, balance.unreachable], [[], []]);
  });

  test('a rule that stands twice gives its backend more', () => {
    const balance = balanceOf(edited([cascade(1), '$&\n$&']), web);
    assert.deepEqual(numbers(balance), [0.4375, 0.1875, 0.1875, 0.1875]);
    assert.deepEqual(balance.repeated, [balance.backends[0]?.chain]);
    assertAccounted(balance);
  });

  test('behind a rule that takes all, nothing gets anything', () => {
    const balance = balanceOf(edited([cascade(2), '-A $1 -j $3']), web);
    assert.deepEqual(numbers(balance), [0.25, 0.75]);
    assert.equal(balance.unreachable.length, 2);
    assertAccounted(balance);
  });

  test('without its last rule a share leaks', () => {
    const balance = balanceOf(edited([cascade(4), '-A $1 -p udp -j $3']), web);
    assert.deepEqual(numbers(balance), [0.25, 0.25, 0.25]);
    assert.equal(Math.round(toNumber(balance.leak) * 1e6), 250_000);
    assertAccounted(balance);
  });

  test('a wrong probability makes shares uneven', () => {
    const uneven = cascade(1).source.replace('0.25000000000', '(?:0.25000000000)');
    const balance = balanceOf(
      edited([new RegExp(uneven, 'm'), '-A $1 -m statistic --mode random --probability 0.99999999953 -j $3']),
      web,
    );
    assert.ok(Math.abs(toNumber(balance.backends[0]?.share ?? zero) - 1) < 1e-8);
    assertAccounted(balance);
  });

  test('a rule with a match that nobody understands: the rest is not known', () => {
    const balance = balanceOf(edited([cascade(2), '-A $1 -m bpf --bytecode "1,6 0 0 1" -j $3']), web);
    assert.deepEqual(numbers(balance), [0.25]);
    assert.equal(toNumber(balance.undecided), 0.75);
    assert.equal(balance.undecidedAt?.ref.chain, balance.chain);
    assertAccounted(balance);
  });

  test('an endpoint’s chain that was flushed hands its share to the rules behind it, the last one’s leaks', () => {
    const flushed = (chain: string) =>
      edited([new RegExp(`^-A ${chain} -s .*\n`, 'm'), ''], [new RegExp(`^-A ${chain} -p .*\n`, 'm'), '']);
    const third = balanceOf(flushed('KUBE-SEP-2AZ33KU3V5PGPQZH'), web);
    assert.deepEqual(numbers(third), [0.25, 0.25, 0.5]);
    assert.ok(isZero(third.leak));
    const last = balanceOf(flushed('KUBE-SEP-LOQZ6LJZSXX5P3TW'), web);
    assert.deepEqual(numbers(last), [0.25, 0.25, 0.25]);
    assert.ok(!isZero(last.leak));
    assertAccounted(last);
    assert.deepEqual(flushed('KUBE-SEP-LOQZ6LJZSXX5P3TW').loose, []);
  });

  test('without its hairpin rule a backend cannot reach itself', () => {
    const balance = balanceOf(edited([/^-A KUBE-SEP-2AZ33KU3V5PGPQZH -s .*\n/m, '']), web);
    const broken = balance.backends.filter(({ hairpin }) => !hairpin);
    assert.deepEqual(
      broken.map(({ chain }) => chain),
      ['KUBE-SEP-2AZ33KU3V5PGPQZH'],
    );
    // Nor where the rule is for another address.
    const other = balanceOf(edited([/^(-A KUBE-SEP-2AZ33KU3V5PGPQZH -s )\S+/m, '$110.244.9.9/32']), web);
    assert.deepEqual(other.backends.filter(({ hairpin }) => !hairpin).length, 1);
  });

  test('affinity rules are read apart', () => {
    const balance = balanceOf(edited(), 'shop/sticky:http');
    assert.equal(balance.affinitySeconds, 600);
    assert.ok(isOne(balance.backends.map(({ share }) => share).reduce(plus, zero)));
    assert.deepEqual(balance.unreachable, []);
  });
});

suite('one address and port for two Services', () => {
  const np =
    /^(-A KUBE-SERVICES -d )(\S+)( -p tcp -m comment --comment ")edge\/np:http( cluster IP" -m tcp --dport 80 -j )(\S+)$/m;
  const first = '$1203.0.113.77/32$3edge/np:http external IP" -m tcp --dport 80 -j $5';
  const second = '$1203.0.113.77/32$3shop/single external IP" -m tcp --dport 80 -j KUBE-EXT-AAAAAAAAAAAAAAAA';

  test('the rule that stands first wins, the other is told to get nothing', () => {
    const dispatch = edited(
      [np, `$&\n${first}\n${second}`],
      [/^:KUBE-EXT-CHBIURTSW4HAB2BK .*$/m, '$&\n:KUBE-EXT-AAAAAAAAAAAAAAAA - [0:0]'],
    );
    const both = dispatch.frontends.filter(({ address }) => address === '203.0.113.77');
    assert.equal(both.length, 2);
    const [winner, loser] = both;
    assert.equal(winner?.owner.kind === 'known' && winner.owner.name.name, 'np');
    assert.equal(winner?.shadowedBy, undefined);
    assert.match(loser?.shadowedBy?.text ?? '', /edge\/np:http external IP/);
  });

  test('two rules of one Service are one way in', () => {
    const dispatch = edited([np, '$&\n$&']);
    assert.equal(frontend(dispatch, 'edge/np:http', 'ClusterIP').rules.length, 2);
  });

  test('refused by one, taken by another: the one that takes wins', () => {
    const refused =
      '-A KUBE-EXTERNAL-SERVICES -d 203.0.113.77/32 -p tcp -m comment --comment "shop/none:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable';
    const dispatch = edited(
      [np, `$&\n${first}`],
      [
        /^-A KUBE-EXTERNAL-SERVICES .*edge\/lb-none:https.*-d?.*192.0.2.15.*$|^-A KUBE-EXTERNAL-SERVICES -d 192.0.2.15.*$/m,
        `$&\n${refused}`,
      ],
    );
    const both = dispatch.frontends.filter(({ address }) => address === '203.0.113.77');
    assert.deepEqual(
      both.map(({ routes, shadowedBy }) => [routes.outside.action, shadowedBy !== undefined]),
      [
        ['balance', false],
        ['reject', true],
      ],
    );
  });
});

suite('node ports', () => {
  const tail =
    /^-A KUBE-SERVICES (-m comment --comment "kubernetes service nodeports;.*") -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS$/m;

  test('open on every address', () => {
    assert.equal(edited().nodePortAddresses, 'any');
    assert.equal(
      edited([tail, '-A KUBE-SERVICES ! -d 127.0.0.0/8 $1 -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS'])
        .nodePortAddresses,
      'any',
    );
  });

  test('28: open on some, whatever their order', () => {
    const two =
      '-A KUBE-SERVICES -d 192.168.77.2/32 $1 -j KUBE-NODEPORTS\n-A KUBE-SERVICES -d 127.0.0.1/32 $1 -j KUBE-NODEPORTS';
    const dispatch = edited([tail, two]);
    assert.deepEqual(dispatch.nodePortAddresses, ['127.0.0.1', '192.168.77.2']);
    const np = frontend(dispatch, 'edge/np:http', 'NodePort');
    assert.deepEqual(dispatch.firstTaker(np, 'outside', '192.168.77.2'), { kind: 'own' });
    assert.deepEqual(dispatch.firstTaker(np, 'outside', '10.99.0.1'), { kind: 'passed-by' });
  });

  test('open nowhere: the chain is full, and nothing leads to it', () => {
    const dispatch = edited([new RegExp(`${tail.source}\n`, 'm'), '']);
    assert.deepEqual(dispatch.nodePortAddresses, []);
    assert.deepEqual(
      dispatch.missingJumps.map(({ from, to }) => [from, to]),
      [['KUBE-SERVICES', 'KUBE-NODEPORTS']],
    );
    const np = frontend(dispatch, 'edge/np:http', 'NodePort');
    assert.deepEqual(dispatch.firstTaker(np, 'outside', '192.168.77.2'), { kind: 'passed-by' });
  });

  test('the recorded node that opens them on some addresses', () => {
    const dispatch = dissect(wholeRuleset(dumpAt('1.36-iptables-nodeportaddr/iptables-save.txt').text), ports);
    assert.deepEqual(dispatch.nodePortAddresses, ['10.99.0.111']);
    assert.equal(
      dissect(wholeRuleset(dumpAt('1.36-iptables-nodeportaddr/ip6tables-save.txt').text, 'IPv6'), ports)
        .nodePortAddresses,
      'any',
    );
  });

  test('the twin that counts traffic to localhost is no way in of its own', () => {
    assert.equal(frontend(edited(), 'edge/np:http', 'NodePort').rules.length, 2);
  });

  test('health check ports are no node ports', () => {
    const dispatch = edited();
    assert.deepEqual(
      dispatch.healthCheckPorts.map(({ port }) => port),
      [30186],
    );
    assert.deepEqual(
      dispatch.frontends.filter(({ port }) => port === 30186),
      [],
    );
  });
});

suite('before kube-proxy’s own rules', () => {
  const prerouting = /^-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES$/m;
  const taker = (dispatch: Dispatch, client: Client = 'outside', node?: string) => {
    const found = dispatch.firstTaker(frontend(dispatch, web, 'ClusterIP'), client, node);
    return 'rule' in found ? [found.kind, found.rule.text] : [found.kind];
  };

  test('nothing: each gets its own', () => {
    const dispatch = edited();
    assert.deepEqual(dispatch.missingJumps, []);
    for (const each of dispatch.frontends) {
      for (const client of ['pods', 'node', 'outside'] as const) {
        assert.deepEqual(
          dispatch.firstTaker(each, client, '192.168.77.2').kind,
          'own',
          `${each.address} ${each.port} ${client}`,
        );
      }
    }
  });

  test('a jump was deleted: connections pass by', () => {
    const dispatch = edited([new RegExp(`${prerouting.source}\n`, 'm'), '']);
    assert.deepEqual(
      dispatch.missingJumps.map(({ table, from, to }) => `${table} ${from} ${to}`),
      ['nat PREROUTING KUBE-SERVICES'],
    );
    assert.deepEqual(taker(dispatch), ['passed-by']);
    assert.deepEqual(taker(dispatch, 'pods'), ['passed-by']);
    assert.deepEqual(taker(dispatch, 'node'), ['own']);
  });

  test('the jump for the node itself, and the one that masquerades', () => {
    const dispatch = edited(
      [/^-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\n/m, ''],
      [/^-A POSTROUTING .*-j KUBE-POSTROUTING\n/m, ''],
    );
    assert.deepEqual(
      dispatch.missingJumps.map(({ from }) => from),
      ['OUTPUT', 'POSTROUTING'],
    );
    assert.deepEqual(taker(dispatch, 'node'), ['passed-by']);
  });

  test('an ACCEPT or a DNAT of somebody else’s takes it', () => {
    for (const foreign of [
      '-A PREROUTING -j ACCEPT',
      '-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.1:80',
      '-A PREROUTING -d 10.96.0.0/12 -j REDIRECT --to-ports 1',
    ]) {
      const dispatch = edited([prerouting, `${foreign}\n$&`]);
      assert.deepEqual(taker(dispatch), ['other', foreign]);
      assert.deepEqual(taker(dispatch, 'node'), ['own']);
    }
  });

  test('behind the jump, or for others, it does not', () => {
    for (const foreign of [
      '$&\n-A PREROUTING -j ACCEPT',
      '-A PREROUTING -p tcp -m tcp --dport 81 -j ACCEPT\n$&',
      '-A PREROUTING -d 172.16.0.0/12 -j ACCEPT\n$&',
      '-A PREROUTING -j LOG\n$&',
    ]) {
      assert.deepEqual(taker(edited([prerouting, foreign])), ['own']);
    }
  });

  test('what nobody understands may take it', () => {
    const foreign = '-A PREROUTING -m bpf --bytecode "1,6 0 0 1" -j ACCEPT';
    assert.deepEqual(taker(edited([prerouting, `${foreign}\n$&`])), ['perhaps', foreign]);
  });

  test('a RETURN before the jump passes it by', () => {
    assert.deepEqual(taker(edited([prerouting, '-A PREROUTING -p tcp -j RETURN\n$&'])), ['passed-by']);
  });

  test('a foreign rule in KUBE-SERVICES itself', () => {
    const cluster = /^-A KUBE-SERVICES .*"default\/web:http cluster IP".*$/m;
    const foreign = '-A KUBE-SERVICES -p tcp -j ACCEPT';
    assert.deepEqual(taker(edited([cluster, `${foreign}\n$&`])), ['other', foreign]);
  });
});

suite('source ranges', () => {
  const lb = (dispatch: Dispatch) => frontend(dispatch, 'edge/lb:https', 'LoadBalancer');
  const range = /^-A KUBE-FW-MWXI5NWXIANF57RA -s 203.0.113.0\/24 (.*)$/m;

  test('who is in them gets through, who is not is dropped', () => {
    const { sourceRanges, routes } = lb(edited());
    assert.deepEqual(sourceRanges, ['203.0.113.0/24', '198.51.100.7/32']);
    assert.deepEqual([routes.outside.action, routes.pods.action, routes.node.action], ['balance', 'drop', 'drop']);
    assert.match(routes.pods.rule?.text ?? '', /^-A KUBE-PROXY-FIREWALL /);
  });

  test('20: the load balancer’s own address among them lets the node in', () => {
    const { routes } = lb(edited([range, '$&\n-A KUBE-FW-MWXI5NWXIANF57RA -s 192.0.2.10/32 $1']));
    assert.deepEqual([routes.outside.action, routes.pods.action, routes.node.action], ['balance', 'drop', 'balance']);
  });

  test('18: a range of /0 is printed without -s, and lets everybody in', () => {
    const { sourceRanges, routes } = lb(edited([range, '-A KUBE-FW-MWXI5NWXIANF57RA $1']));
    assert.deepEqual(sourceRanges, []);
    assert.deepEqual(
      [routes.outside.action, routes.pods.action, routes.node.action],
      ['balance', 'balance', 'balance'],
    );
  });

  test('without the DROP of KUBE-PROXY-FIREWALL, who is not in them is let pass by', () => {
    const { routes } = lb(edited([/^-A KUBE-PROXY-FIREWALL .*\n/m, '']));
    assert.equal(routes.pods.action, 'none');
  });
});

suite('Local policies', () => {
  test('external: outside gets local backends with its own address, pods and the node get all', () => {
    const dispatch = edited();
    const { routes } = frontend(dispatch, 'edge/lb-local:https', 'LoadBalancer');
    const told = (client: Client) => {
      const { action, masquerade, through } = routes[client];
      return [action, masquerade, through.map(({ balance }) => balance.policy)];
    };
    assert.deepEqual(told('outside'), ['balance', false, ['Local']]);
    assert.deepEqual(told('pods'), ['balance', false, ['Cluster']]);
    assert.deepEqual(told('node'), ['balance', true, ['Cluster']]);
  });

  test('28: external, without a local endpoint: outside is dropped, pods and the node are served', () => {
    const { routes, rules } = frontend(edited(), 'edge/np-local-none:http', 'NodePort');
    assert.deepEqual([routes.outside.action, routes.pods.action, routes.node.action], ['drop', 'balance', 'balance']);
    assert.ok(rules.some(({ ref }) => ref.table === 'filter') && rules.some(({ ref }) => ref.table === 'nat'));
  });

  test('internal, without a local endpoint: dropped', () => {
    const { routes, chain } = frontend(edited(), 'shop/localnone:http', 'ClusterIP');
    assert.equal(chain, undefined);
    assert.deepEqual([routes.outside.action, routes.pods.action, routes.node.action], ['drop', 'drop', 'drop']);
  });

  test('a Local chain masquerades what came to the cluster IP, not what came from outside', () => {
    // Both policies Local, masqueradeAll: the rule is in KUBE-SVL, and it is for the cluster IP only.
    const svl = /^-A (KUBE-SVL-IBG2K4BHZOI3TMZJ) (-m comment.*)$/m;
    const { routes } = frontend(
      edited([
        svl,
        '-A $1 -d 10.96.20.99/32 -p tcp -m comment --comment "edge/lb-local:https cluster IP" -m tcp --dport 443 -j KUBE-MARK-MASQ\n$&',
      ]),
      'edge/lb-local:https',
      'LoadBalancer',
    );
    assert.equal(routes.outside.masquerade, false);
  });
});

suite('chains of nobody', () => {
  const chain = (name: string) => [/^:KUBE-EXT-CHBIURTSW4HAB2BK .*$/m, `:${name} - [0:0]\n$&`] as const;

  test('a chain that no rule leads to is loose', () => {
    const { loose } = edited(chain('KUBE-SVC-AAAAAAAAAAAAAAAA'));
    assert.deepEqual(
      loose.map((each) => [each.chain, each.owner.kind, each.referenced]),
      [['KUBE-SVC-AAAAAAAAAAAAAAAA', 'nameless', false]],
    );
  });

  test('a chain that a foreign rule leads to is referenced, and yet loose', () => {
    const { loose } = edited(chain('KUBE-SVC-AAAAAAAAAAAAAAAA'), [
      /^-A POSTROUTING .*-j KUBE-POSTROUTING$/m,
      '$&\n-A POSTROUTING -p udp -j KUBE-SVC-AAAAAAAAAAAAAAAA',
    ]);
    assert.deepEqual(
      loose.map(({ referenced }) => referenced),
      [true],
    );
  });

  test('a jump that was deleted leaves the Service’s chains loose, and its owner is known', () => {
    const { loose } = edited([/^-A KUBE-SERVICES .*"shop\/single cluster IP".*\n/m, '']);
    assert.deepEqual(
      loose
        .map(({ chain: name, owner, ofBackend }) => [
          name.slice(0, 9),
          owner.kind === 'known' && owner.name.name,
          ofBackend,
        ])
        .sort(),
      [
        ['KUBE-SEP-', 'single', true],
        ['KUBE-SVC-', 'single', false],
      ],
    );
  });

  test('without comments, too: its endpoint’s chain has the hash of Service and endpoint', () => {
    const bare = text
      .replace(/^-A KUBE-SERVICES .*"shop\/single cluster IP".*\n/m, '')
      .replaceAll(/ -m comment --comment (?:"[^"]*"|\S+)/g, '');
    const { loose } = dissect(wholeRuleset(bare), ports);
    assert.deepEqual(
      loose.map(({ owner, ofBackend }) => [ofBackend, owner.kind === 'known' && owner.name.name]).sort(),
      [
        [false, 'single'],
        [true, 'single'],
      ],
    );
  });

  test('8: chains of others that begin with KUBE- are none of kube-proxy’s', () => {
    const { loose } = edited(
      chain('KUBE-ROUTER-SERVICES'),
      chain('KUBE-POD-FW-AAAAAAAAAAAAAAAA'),
      chain('KUBE-HP-AAAAAAAAAAAAAAAA'),
    );
    assert.deepEqual(loose, []);
  });
});

test('a comment that lies does not make an owner: the chain’s name decides', () => {
  const dispatch = edited([/^(-A KUBE-SERVICES .*")default\/web:http( cluster IP".*)$/m, '$1shop/liar:http$2']);
  assert.equal(frontend(dispatch, web, 'ClusterIP').owner.kind, 'known');
  assert.equal(dispatch.frontends.filter(({ owner }) => owner.kind !== 'known').length, 0);
});

suite('the local detector is read from the rules', () => {
  const rows = [
    ['1.36-iptables/iptables-save.txt', '10.244.0.0/16', [false, true, true]],
    ['1.36-iptables-bridge/iptables-save.txt', 'cni0', [false, true, true]],
    ['1.36-iptables-masqall/iptables-save.txt', undefined, [true, true, true]],
    ['random/1.25-6000/iptables-save.txt', undefined, [false, false, false]],
  ] as const;
  for (const [path, detector, masquerade] of rows) {
    test(path, () => {
      const dispatch = dissect(wholeRuleset(dumpAt(path).text), []);
      // masqueradeAll does not take away the rule for pods in KUBE-EXT.
      if (!path.includes('masqall')) assert.equal(dispatch.localDetector, detector);
      const plain = dispatch.frontends.find(
        ({ type, chain }) => type === 'ClusterIP' && chain?.startsWith('KUBE-SVC-'),
      );
      assert.ok(plain);
      assert.deepEqual(
        (['pods', 'node', 'outside'] as const).map((client) => plain.routes[client].masquerade),
        masquerade,
      );
    });
  }

  test('a prefix of interface names', () => {
    const byName = text
      .replaceAll(/ ! -s 10\.244\.0\.0\/16 (-d \S+)/g, ' $1 ! -i veth+')
      .replaceAll(' -s 10.244.0.0/16 ', ' -i veth+ ');
    const dispatch = dissect(wholeRuleset(byName), ports);
    assert.equal(dispatch.localDetector, 'veth+');
    const { routes } = frontend(dispatch, 'edge/lb-local:https', 'LoadBalancer');
    assert.deepEqual(
      [routes.pods, routes.node, routes.outside].map(({ through }) => through[0]?.balance.policy),
      ['Cluster', 'Cluster', 'Local'],
    );
  });
});

// What real kube-proxies wrote, read as frontends and backends.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hostPort } from '../../../src/address.ts';
import { isOne, isZero, plus, toNumber, zero } from '../../../src/netfilter/fraction.ts';
import { type Balance, clients, type Dispatch, type Frontend } from '../../../src/proxiers/dispatch.ts';
import { splitHashedName } from '../../../src/proxiers/iptables/chain-names.ts';
import { dissect } from '../../../src/proxiers/iptables/dissect.ts';
import { servicePortKey, servicePorts } from '../../../src/proxiers/service-ports.ts';
import { dumps, recordings, rulesetOf, snapshotAt } from '../recordings.ts';
import { sharesByRegExp } from './naive-reader.ts';

const everyDump = recordings.flatMap((recording) => {
  const ports = servicePorts(snapshotAt(recording.objects));
  const texts = dumps.filter(({ path }) => path.startsWith(`${recording.folder}/`));
  return texts.map((dump) => ({ dump, recording, ports }));
});

test('every recording of iptables mode is here, in both families', () => {
  assert.equal(recordings.length, 25);
  assert.equal(everyDump.length, 56);
  for (const { dumps: own, folder } of recordings) assert.equal(own.length, 2, folder);
});

for (const { dump, ports } of everyDump) {
  suite(dump.path, () => {
    const ruleset = rulesetOf(dump);
    const dispatch = dissect(ruleset, ports);

    test('each backend of each cluster IP has the share that a second reader computes', () => {
      const expected = sharesByRegExp(dump.text);
      // Both readers must have found something, or this says nothing.
      assert.equal(
        expected.size,
        (dump.text.match(/cluster IP" .*-j KUBE-SV[CL]-/gm) ?? []).length - masqueradeRules(dump.text),
      );
      const found = dispatch.frontends.filter(({ type, chain }) => type === 'ClusterIP' && chain !== undefined);
      assert.equal(found.length, expected.size);
      for (const frontend of found) {
        const key = `${frontend.address} ${frontend.port} ${frontend.protocol.toLowerCase()}`;
        const shares = expected.get(key);
        assert.ok(shares, key);
        for (const client of clients) {
          const { action, through } = frontend.routes[client];
          assert.equal(action, 'balance', key);
          const [way, ...others] = through;
          assert.ok(way && others.length === 0 && isOne(way.weight), key);
          assert.deepEqual(
            new Set(way.balance.backends.map(({ address, port }) => hostPort(address, port))),
            new Set(shares.keys()),
            key,
          );
          for (const { address, port, share } of way.balance.backends) {
            assert.ok(Math.abs(toNumber(share) - (shares.get(hostPort(address, port)) ?? 0)) < 1e-6, key);
          }
        }
      }
    });

    test('the shares of each balance add up to exactly 1, are even, and nothing leaks', () => {
      for (const balance of dispatch.balances) assertEven(balance);
    });

    test('every frontend and every hashed chain has an owner that the API knows', () => {
      for (const frontend of dispatch.frontends) assert.equal(frontend.owner.kind, 'known', wayOf(frontend));
      for (const { owner, chain } of dispatch.balances) assert.equal(owner.kind, 'known', chain);
      assert.deepEqual(dispatch.loose, []);
      assert.deepEqual(unclaimed(dispatch, ruleset.tables), []);
    });

    test('nothing is undecided, shadowed, or passed by', () => {
      for (const frontend of dispatch.frontends) {
        assert.equal(frontend.shadowedBy, undefined, wayOf(frontend));
        for (const client of clients) {
          const { action } = frontend.routes[client];
          assert.ok(['balance', 'reject', 'drop'].includes(action), `${wayOf(frontend)} ${client} ${action}`);
        }
      }
      assert.deepEqual(
        dispatch.missingJumps.filter(({ without }) => without !== 'node ports'),
        [],
      );
    });

    test('with every comment stripped it is the same but for words', () => {
      const bare = rulesetOf({
        ...dump,
        text: dump.text.replaceAll(/ -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, ''),
      });
      assert.deepEqual([bare.unread, bare.defects], [[], []]);
      const again = dissect(bare, ports);
      assert.deepEqual(summary(again), summary(dispatch));
      assert.deepEqual(again.loose, []);
    });

    test('from the rules alone, names come from comments, and hashes confirm them', () => {
      const alone = dissect(ruleset, []);
      assert.deepEqual(alone.loose, []);
      assert.deepEqual(unlabelled(alone), unlabelled(dispatch));
      for (const { owner, chain } of [...alone.frontends, ...alone.balances]) {
        assert.equal(owner.kind, 'named');
        assert.equal(owner.kind === 'named' && owner.confirmed, chain !== undefined, String(chain));
      }
    });
  });
}

/** Rules in a balancing chain that have the cluster IP's comment, too, and lead to a chain that is none of these. */
function masqueradeRules(text: string): number {
  return (text.match(/cluster IP" .*-j KUBE-SV[CL]-\S+ .*KUBE-MARK-MASQ/gm) ?? []).length;
}

function assertEven({ backends, leak, undecided, chain, unreachable }: Balance): void {
  assert.ok(backends.length > 0, chain);
  assert.ok(isZero(leak) && isZero(undecided), chain);
  assert.deepEqual(unreachable, [], chain);
  assert.ok(isOne(backends.map(({ share }) => share).reduce(plus, zero)), chain);
  for (const { share, hairpin, ruleProbability } of backends) {
    // The kernel's 31 bits: failure-modes.md section 1.
    assert.ok(Math.abs(toNumber(share) - 1 / backends.length) < 2e-6, chain);
    assert.ok(toNumber(ruleProbability) > 0);
    assert.ok(hairpin, chain);
  }
}

function wayOf({ address, port, protocol }: Frontend): string {
  return `${address ?? '*'} ${port} ${protocol}`;
}

/** What a reader without words can know: ways in, owners, backends with their shares, policies, what becomes of whom. */
function summary({ frontends, balances, missingJumps, nodePortAddresses, healthCheckPorts, localDetector }: Dispatch) {
  const ownerOf = ({ owner }: Pick<Frontend, 'owner'>) =>
    owner.kind === 'nameless' ? owner.hash : servicePortKey(owner.name);
  return {
    frontends: frontends.map((frontend) => ({
      way: wayOf(frontend),
      type: frontend.type,
      owner: ownerOf(frontend),
      chain: frontend.chain,
      sourceRanges: frontend.sourceRanges,
      routes: clients.map((client) => {
        const { action, masquerade, through } = frontend.routes[client];
        return [client, action, masquerade, through.map(({ balance, weight }) => [balance.chain, toNumber(weight)])];
      }),
    })),
    balances: balances.map((balance) => ({
      chain: balance.chain,
      owner: ownerOf(balance),
      affinity: balance.affinitySeconds,
      backends: balance.backends.map(({ address, port, share }) => [address, port, toNumber(share)]),
    })),
    missingJumps,
    nodePortAddresses,
    healthCheckPorts: healthCheckPorts.map(({ port }) => port),
    localDetector,
  };
}

/** An external address that is refused has the same rule whether it is an external IP or a load balancer's. */
function unlabelled(dispatch: Dispatch) {
  const { frontends, ...rest } = summary(dispatch);
  return {
    ...rest,
    frontends: frontends.map((each) => (each.chain === undefined ? { ...each, type: undefined } : each)),
  };
}

/** Hashed chains that are in no frontend's or balance's rules, nor a chain such a rule leads to. */
function unclaimed(
  { frontends, balances }: Dispatch,
  tables: ReturnType<typeof rulesetOf>['tables'],
): readonly string[] {
  const rules = [
    ...frontends.flatMap((frontend) => [...frontend.rules, ...frontend.entryRules]),
    ...balances.flatMap((balance) => [...balance.rules, ...balance.backends.flatMap((backend) => backend.rules)]),
  ];
  const claimed = new Set(
    rules.flatMap(({ ref, target }) => (target.kind === 'jump' ? [ref.chain, target.chain] : [ref.chain])),
  );
  return tables.flatMap((table) =>
    [...table.chains()]
      .filter(({ name }) => splitHashedName(name) !== undefined && !claimed.has(name))
      .map(({ name }) => `${table.name}/${name}`),
  );
}

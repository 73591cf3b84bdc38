// Rules of others that stand before kube-proxy's jump in nat and take new connections that are for a Service, and those of
// hostPorts behind it that get none: only they are walked, so that it costs little in a large cluster.
import type { Address } from '../../address.ts';
import { type Chain, firstValue, type Rule, type Ruleset, type Table } from '../../netfilter/ruleset.ts';
import { traverse } from '../../netfilter/traverse.ts';
import { type Client, clients } from '../dispatch.ts';
import type { ForeignTaker } from '../proxier.ts';
import type { ServicePort } from '../service-ports.ts';
import { servicesChain } from './chain-names.ts';
import { clientPacket, type LocalDetector, localDetector, strangerOf } from './local-detector.ts';

/** Only what is certain. `node` is an address of the node in this family, for node ports. */
export function foreignTakers(
  ruleset: Ruleset,
  ports: readonly ServicePort[],
  node: Address | undefined,
): readonly ForeignTaker[] {
  const nat = ruleset.tables.find(({ name }) => name === 'nat');
  if (nat === undefined) return [];
  const detector = localDetector(nat);
  const found = new Map<string, ForeignTaker>();
  for (const client of clients) {
    for (const { stands, jump, chain } of aroundJump(nat.chain(client === 'node' ? 'OUTPUT' : 'PREROUTING'))) {
      for (const port of ports) {
        if (port.family !== ruleset.family) continue;
        for (const way of waysOf(port, node ?? strangerOf(ruleset.family))) {
          const rule = takerOf(nat, chain, port, way, client, detector);
          const hostPort = rule && hostPortOf(rule);
          if (rule === undefined || (stands === 'behind' && hostPort === undefined)) continue;
          const key = `${rule.ref.line} ${port.name.namespace}/${port.name.name}:${port.name.port}/${port.name.protocol} ${way.destination} ${way.port}`;
          const known = found.get(key);
          found.set(key, {
            rule,
            stands,
            hostPort,
            jump,
            port,
            address: way.local ? undefined : way.destination,
            at: way.port,
            clients: [...(known?.clients ?? []), client],
          });
        }
      }
    }
  }
  return [...found.values()];
}

interface Part {
  readonly stands: ForeignTaker['stands'];
  readonly jump: Rule;
  /** The rules of the hook on this side of the jump. */
  readonly chain: Chain;
}

/** Empty where there is no jump. */
function aroundJump(hook: Chain | undefined): readonly Part[] {
  const rules = hook?.rules() ?? [];
  const at = rules.findIndex(({ target }) => target.kind === 'jump' && target.chain === servicesChain);
  const jump = rules[at];
  if (hook === undefined || jump === undefined) return [];
  const { table, name, policy, counters, line, declared } = hook;
  const part = (stands: Part['stands'], list: readonly Rule[]): readonly Part[] =>
    list.length === 0
      ? []
      : [
          {
            stands,
            jump,
            chain: { table, name, policy, counters, line, declared, ruleCount: list.length, rules: () => list },
          },
        ];
  return [...part('before', rules.slice(0, at)), ...part('behind', rules.slice(at + 1))];
}

/** plugins/meta/portmap/portmap_iptables.go, v1.5; pkg/kubelet/dockershim/network/hostport, v1.23. */
const hostPortChains = /^(CNI-(DN-|HOSTPORT-DNAT$)|KUBE-HP-|KUBE-HOSTPORTS$)/;

function hostPortOf({ ref, target }: Rule): ForeignTaker['hostPort'] {
  if (!hostPortChains.test(ref.chain)) return undefined;
  const to = target.kind === 'DNAT' ? firstValue(target.options['to-destination']) : undefined;
  const address = to === undefined ? undefined : /^(?:\[(.+)\]|([^:]+))(?::\d+)?$/.exec(to);
  return { address: address?.[1] ?? address?.[2] };
}

interface Way {
  readonly destination: Address;
  readonly port: number;
  readonly local: boolean;
}

function waysOf(port: ServicePort, node: Address): readonly Way[] {
  const addresses = [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs];
  return [
    ...addresses.map((destination) => ({ destination, port: port.port, local: false })),
    ...(port.nodePort === undefined ? [] : [{ destination: node, port: port.nodePort, local: true }]),
  ];
}

function takerOf(
  nat: Table,
  before: Chain,
  port: ServicePort,
  way: Way,
  client: Client,
  detector: LocalDetector,
): Rule | undefined {
  const packet = {
    ...clientPacket(client, port.family, detector, port.sourceRanges, way.destination),
    protocol: port.name.protocol.toLowerCase(),
    destination: way.destination,
    destinationPort: way.port,
    destinationType: way.local ? ('LOCAL' as const) : ('UNICAST' as const),
  };
  // A RETURN there ends the walk through the hook as well: nothing behind it is met.
  const ends = traverse(nat, before, packet);
  return ends.every(({ kind }) => kind === 'target') ? ends[0]?.rule : undefined;
}

// Rules of others that stand before kube-proxy's jump in nat and take new connections that are for a Service: only they
// are walked, so that it costs little in a large cluster.
import type { Address } from '../../address.ts';
import type { Chain, Rule, Ruleset, Table } from '../../netfilter/ruleset.ts';
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
    const before = rulesBefore(nat.chain(client === 'node' ? 'OUTPUT' : 'PREROUTING'));
    if (before === undefined) continue;
    for (const port of ports) {
      if (port.family !== ruleset.family) continue;
      for (const way of waysOf(port, node ?? strangerOf(ruleset.family))) {
        const rule = takerOf(nat, before, port, way, client, detector);
        if (rule === undefined) continue;
        const key = `${rule.ref.line} ${port.name.namespace}/${port.name.name}:${port.name.port}/${port.name.protocol} ${way.destination} ${way.port}`;
        const known = found.get(key);
        found.set(key, {
          rule,
          port,
          address: way.local ? undefined : way.destination,
          at: way.port,
          clients: [...(known?.clients ?? []), client],
        });
      }
    }
  }
  return [...found.values()];
}

/** `undefined` where nothing stands before the jump, or there is no jump. */
function rulesBefore(hook: Chain | undefined): Chain | undefined {
  const rules = hook?.rules() ?? [];
  const at = rules.findIndex(({ target }) => target.kind === 'jump' && target.chain === servicesChain);
  if (hook === undefined || at <= 0) return undefined;
  const before = rules.slice(0, at);
  const { table, name, policy, counters, line, declared } = hook;
  return { table, name, policy, counters, line, declared, ruleCount: at, rules: () => before };
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

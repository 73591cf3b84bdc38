// The expected rules of one Service `shop/s`, short enough to be written down: IPv4 on node-a in zone a, newest release,
// pods told by 10.244.0.0/16.
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { expectRules } from '../../../src/proxiers/iptables/expect/index.ts';
import type { Settings } from '../../../src/proxiers/iptables/settings.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { possibleTopologyRules } from '../../../src/proxiers/topology-rules.ts';
import { type SliceSpec, serviceObject, snapshotOf } from '../objects.ts';
import { expectedChains } from './expected-text.ts';

/** The settings that a release brings with it, and what a test changes of them. */
export function settingsFor(minor: number, changes: Partial<Settings> = {}): Settings {
  const [topology] = possibleTopologyRules({ first: minor, last: minor, from: 'test' });
  if (topology === undefined) throw new Error(`no topology rules for 1.${minor}`);
  return {
    family: 'IPv4',
    minor,
    node: { name: 'node-a', zone: 'a' },
    topology,
    detector: { kind: 'cidr', prefix: '10.244.0.0/16' },
    masqueradeAll: false,
    masqueradeBit: 14,
    randomFully: true,
    nodePortAddresses: 'any',
    localhostNodePorts: true,
    dropInvalid: true,
    counters: true,
    nodeAddress: '192.168.77.2',
    ...changes,
  };
}

export interface Told {
  readonly spec?: object;
  readonly slices?: readonly SliceSpec[];
  readonly settings?: Settings;
}

/**
 * Rules of service ports by `table/chain`, hashes cut off: `nat/KUBE-SVC`, and `nat/KUBE-SEP` for all endpoints. Each
 * without its `-A CHAIN`.
 */
export function expectedOf({ spec, slices = [], settings = settingsFor(36) }: Told): Record<string, readonly string[]> {
  const told: Record<string, string[]> = {};
  const snapshot = snapshotOf(serviceObject(spec), slices);
  for (const chain of expectedChains(expectRules(servicePorts(snapshot), endpointMap(snapshot), settings))) {
    for (const { text, port } of chain.rules) {
      if (port === undefined) continue;
      const key = `${chain.table}/${withoutHash(chain.name)}`;
      const rest = withoutHash(text.slice(`-A ${chain.name} `.length));
      told[key] = [...(told[key] ?? []), rest];
    }
  }
  return told;
}

/** Rules that are there without any Service, in one chain. */
export function staticOf(
  table: 'nat' | 'filter' | 'mangle',
  chain: string,
  settings: Settings,
): readonly string[] | undefined {
  const snapshot = snapshotOf(serviceObject());
  const found = expectRules([], endpointMap(snapshot), settings).tables.get(table)?.chains.get(chain);
  return found?.rules.map(({ text }) => text.slice(`-A ${chain} `.length));
}

function withoutHash(text: string): string {
  return text.replaceAll(/(KUBE-(?:SVC|SVL|EXT|FW|SEP))-[A-Z2-7]{16}/g, '$1');
}

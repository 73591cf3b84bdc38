// What the program says of a changed node.
import { readFileSync } from 'node:fs';
import { readProxyConfig } from '../../src/cluster/proxy-config.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import type { Comparison } from '../../src/proxiers/comparison.ts';
import { endpointMap } from '../../src/proxiers/endpoints.ts';
import { compareNode } from '../../src/proxiers/iptables/compare-node.ts';
import type { NodeFacts } from '../../src/proxiers/node-facts.ts';
import { servicePorts } from '../../src/proxiers/service-ports.ts';
import { type Dump, type Recording, recordingsFolder } from '../proxiers/recordings.ts';

/** Everything is told, so that nothing need be guessed from the rules. */
export async function factsOf(recording: Recording, snapshot: ClusterSnapshot): Promise<NodeFacts> {
  const { folder, minor } = recording;
  const file = `${recordingsFolder}${folder}/kube-proxy-config.yaml`;
  const text = readFileSync(file, 'utf8');
  // No random recording tells pods by their interface, whatever its configuration says: see expect.test.ts.
  const random = folder.startsWith('random/');
  const values = await readProxyConfig(random ? text.replace(/detectLocalMode: .*/, '') : text, file);
  return {
    release: { first: minor, last: minor, from: 'the recording' },
    config: { values, from: 'the recording' },
    nodeName: 'node-a',
    node: snapshot.nodes.find(({ name }) => name === 'node-a'),
    interfaceAddresses: interfacesOf(recording),
    sysctls: new Map([['net.netfilter.nf_conntrack_tcp_be_liberal', '0']]),
  };
}

/** Of the namespace that kube-proxy ran in. */
export function interfacesOf({ folder }: Recording): readonly string[] {
  return [
    '127.0.0.1',
    '::1',
    ...(folder.startsWith('random/') ? ['192.168.77.2', 'fd77::2'] : ['10.99.0.111', 'fd99::111']),
  ];
}

export function comparisonOf(
  dumps: readonly Pick<Dump, 'text' | 'family'>[],
  snapshot: ClusterSnapshot,
  facts: NodeFacts,
): Comparison {
  const rulesets = dumps.map(({ text, family }) => parseIptablesSave(text, family));
  return compareNode(rulesets, clusterOf(snapshot), facts);
}

const clusters = new WeakMap<ClusterSnapshot, Parameters<typeof compareNode>[1]>();

function clusterOf(snapshot: ClusterSnapshot): Parameters<typeof compareNode>[1] {
  const known = clusters.get(snapshot);
  if (known !== undefined) return known;
  const cluster = { ports: servicePorts(snapshot), endpoints: endpointMap(snapshot) };
  clusters.set(snapshot, cluster);
  return cluster;
}

export interface Report {
  /** Whether anything is reported. */
  readonly any: boolean;
  /** It names one of the rules, or one of the Services. */
  readonly names: boolean;
}

export function reportOf({ differences }: Comparison, rules: readonly string[], services: ReadonlySet<string>): Report {
  const texts = new Set(rules.map(uncounted));
  const names = differences.some(
    ({ lines, owner }) =>
      (owner !== undefined &&
        owner.kind !== 'nameless' &&
        services.has(`${owner.name.namespace}/${owner.name.name}`)) ||
      lines.some(({ sign, text }) => sign !== ' ' && texts.has(uncounted(text))),
  );
  return { any: differences.length > 0, names };
}

/** Whether kube-proxy counts with nfacct is learnt from the rules. */
function uncounted(text: string): string {
  return text.replace(/ -m nfacct --nfacct-name {2}\S+/, '');
}

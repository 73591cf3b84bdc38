// What `drift` says of a changed node: its findings above info.
import { readFileSync } from 'node:fs';
import { nodeDrift } from '../../src/analyses/drift/node-drift.ts';
import { type KnownFacts, viewNode } from '../../src/analyses/node-view.ts';
import type { Capture, Section } from '../../src/capture/capture.ts';
import { readProxyConfig } from '../../src/cluster/proxy-config.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import type { Finding } from '../../src/report/finding.ts';
import { captureOf, type Dump, type Recording, recordingsFolder } from '../proxiers/recordings.ts';

/** Everything is told, so that nothing need be guessed from the rules. */
export async function factsOf({ folder, minor }: Recording): Promise<KnownFacts> {
  const file = `${recordingsFolder}${folder}/kube-proxy-config.yaml`;
  const text = readFileSync(file, 'utf8');
  // No random recording tells pods by their interface, whatever its configuration says: see expect.test.ts.
  const told = folder.startsWith('random/') ? text.replace(/detectLocalMode: .*/, '') : text;
  return {
    nodeName: 'node-a',
    kubeProxyVersion: `v1.${minor}.0`,
    config: { values: await readProxyConfig(told, file), from: 'the recording' },
    imageVersion: undefined,
  };
}

/** Of the namespace that kube-proxy ran in, loopback left out. */
export function interfacesOf({ folder }: Recording): readonly string[] {
  return folder.startsWith('random/') ? ['192.168.77.2', 'fd77::2'] : ['10.99.0.111', 'fd99::111'];
}

export function findingsOf(
  recording: Recording,
  dumps: readonly Pick<Dump, 'text' | 'family'>[],
  snapshot: ClusterSnapshot,
  facts: KnownFacts,
): readonly Finding[] {
  const view = viewNode(whole(recording, captureOf(dumps)), snapshot, facts);
  return nodeDrift(view, () => true).findings.filter(({ severity }) => severity !== 'info');
}

/** With what ip(8) and sysctl(8) say of the node. */
function whole(recording: Recording, capture: Capture): Capture {
  const addresses = ['127.0.0.1', '::1', ...interfacesOf(recording)].map((local) => ({ local }));
  const section = (name: Section['name'], text: string): Section => ({
    name,
    command: 'recorded',
    status: 0,
    text: Buffer.from(text),
  });
  return {
    ...capture,
    sections: [
      ...capture.sections,
      section('ip-addr', JSON.stringify([{ addr_info: addresses }])),
      section('sysctl', 'net.netfilter.nf_conntrack_tcp_be_liberal = 0\n'),
    ],
  };
}

export interface Report {
  /** Whether anything is reported. */
  readonly any: boolean;
  /** A finding shows one of the rules, or names one of the Services. */
  readonly names: boolean;
}

export function reportOf(
  findings: readonly Finding[],
  rules: readonly string[],
  services: ReadonlySet<string>,
): Report {
  const texts = new Set(rules.map(uncounted));
  const names = findings.some(
    ({ subject, message, evidence }) =>
      services.has(`${subject.namespace}/${subject.name}`) ||
      [...services].some((service) => message.includes(service)) ||
      evidence.some((each) => {
        if (each.kind === 'diff') return each.lines.some((line) => texts.has(uncounted(line.slice(2))));
        return each.kind === 'rule' && texts.has(uncounted(each.text));
      }),
  );
  return { any: findings.length > 0, names };
}

/** Whether kube-proxy counts with nfacct is learnt from the rules. */
function uncounted(text: string): string {
  return text.replace(/ -m nfacct --nfacct-name {2}\S+/, '');
}

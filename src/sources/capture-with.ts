// What is read from an open node, the same for every source: the rules of both families first, then what lies beside.
import type { BesideName, Capture, Section, SourceName } from '../capture/capture.ts';
import { ProxyrulesError, SourceError } from '../errors.ts';
import type { Healthz } from './pod-healthz.ts';
import { releaseOfImage } from './proxy-pod/find.ts';
import { Asker } from './sections/asker.ts';
import { readBeside } from './sections/beside.ts';
import { besideCommands } from './sections/commands.ts';
import { type FamilyRules, readRules } from './sections/rules.ts';
import type { NodeTarget, OpenNode, RunOptions } from './source.ts';

/** An open node may know more of kube-proxy than how to run commands. */
export interface OpenedNode extends OpenNode {
  /** Set where the commands run in kube-proxy's own image, so that its programs answer for the node's kube-proxy. */
  readonly kubeProxyImage?: string | undefined;
  /** Another way to kube-proxy's health than a command on the node. */
  readonly healthz?: Healthz;
}

export interface CaptureOptions extends RunOptions {
  readonly source: SourceName;
  /** Without it everything that can be read; the rules always are. */
  readonly beside?: readonly BesideName[];
  /** For `-v`: one line a command. */
  readonly log?: (line: string) => void;
  readonly now?: () => Date;
}

const everything: readonly BesideName[] = ['sysctl', ...namesOf(besideCommands)];

/**
 * A cut text is asked for again, then kept with its verdict: who reads it refuses it. Throws SourceError where neither
 * family's rules could be read at all, or the connection is lost before they were. Does not close the node.
 */
export async function captureWith(
  open: OpenedNode,
  node: NodeTarget,
  { source, beside = everything, log = () => {}, now = () => new Date(), ...options }: CaptureOptions,
): Promise<Capture> {
  const asker = new Asker(open.exec, options, (line) => log(`${node.name}: ${line}`));
  const taken = now().toISOString();
  const [ipv4, ipv6] = await Promise.all([readRules(asker, 'ipv4'), softly(readRules(asker, 'ipv6'))]);
  const rules = [...ipv4.sections, ...ipv6.sections];
  if (rules.length === 0) {
    throw new SourceError(
      'RULES_UNREADABLE',
      `${open.where}: no program could save the rules of ${node.name}: ${ipv4.gaps[0]?.reason ?? 'none was found'}`,
      { hint: hints[source] },
    );
  }
  const asked = open.kubeProxyImage === undefined ? beside.filter((name) => name !== 'kube-proxy-version') : beside;
  // ipset would load its kernel module where no rule has: it is asked only for sets that a rule asks.
  const wanted = asked.filter((name) => name !== 'ipset' || rules.some(asksSets));
  const results = await readBeside(asker, wanted, open.healthz);
  const sections = [...rules, ...results.flatMap((result) => ('section' in result ? [result.section] : []))];
  const gaps = [...ipv4.gaps, ...ipv6.gaps, ...results.flatMap((result) => ('gap' in result ? [result.gap] : []))];
  const kubeProxyVersion = releaseOf(sections) ?? releaseOfImage(open.kubeProxyImage ?? '');
  return { node: node.name, kubeProxyVersion, taken, source, where: open.where, sections, gaps, objects: [] };
}

function asksSets({ text }: Section): boolean {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).includes(' --match-set ');
}

/** A connection lost at IPv6 takes nothing from IPv4. */
async function softly(reading: Promise<FamilyRules>): Promise<FamilyRules> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof ProxyrulesError)) throw error;
    return { sections: [], gaps: [{ section: 'ip6tables-save', reason: error.message }] };
  }
}

const hints: Readonly<Record<SourceName, string>> = {
  'proxy-pod': 'Try --source debug-pod, or --source ssh',
  'debug-pod': 'Give an image with iptables by --debug-image, or try --source ssh',
  ssh: 'Install iptables on the node, log in as root or give --sudo, or try --source debug-pod',
};

// Kubernetes v1.36.1
// kubernetes_build_info{...,git_version="v1.36.1",...} 1
function releaseOf(sections: readonly Section[]): string | undefined {
  for (const [name, pattern] of [
    ['kube-proxy-version', /^Kubernetes (v\S+)/m],
    ['metrics', /^kubernetes_build_info\{[^}]*git_version="(v[^"]+)"/m],
  ] as const) {
    const section = sections.find((it) => it.name === name);
    const release = section === undefined ? null : pattern.exec(new TextDecoder().decode(section.text));
    if (release !== null) return release[1];
  }
  return undefined;
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table).filter((name): name is Name => name in table);
}

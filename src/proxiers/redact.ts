// Captures under other names, for those who may not send theirs: what the tool concludes of them is the same, but for the
// names. Each text is rewritten by who can read it; a text that nobody here can read whole is left out, and said to be.
import { randomBytes } from 'node:crypto';
import {
  type Capture,
  type Gap,
  type ObjectsText,
  type Section,
  type SectionName,
  sectionOf,
} from '../capture/capture.ts';
import { type Aliases, NameCollector } from '../cluster/aliases.ts';
import { snapshotFromObjects } from '../cluster/from-objects.ts';
import { readObjects } from '../cluster/objects-file.ts';
import { type ProxyConfig, printProxyConfig, readProxyConfig } from '../cluster/proxy-config.ts';
import { redactObjects } from '../cluster/redact-objects.ts';
import { redactProxyConfig } from '../cluster/redact-proxy-config.ts';
import { objectsJson } from '../cluster/slim.ts';
import { byHash, namesInComments, redactRules } from './iptables/redact.ts';
import type { ServicePortName } from './service-ports.ts';

export interface Redaction {
  /** In the order given. */
  readonly captures: readonly Capture[];
  /** What everything is called now: for the owner's eyes only. */
  readonly aliases: Aliases;
}

/**
 * The captures of one cluster, with one mapping for all. Mapped: names of namespaces, Services, EndpointSlices, Pods,
 * Nodes, zones and hosts, keys and values of labels, uids, addresses and prefixes. Kept: ports and their names,
 * protocols, counters, times, releases, names of interfaces, of sets and of chains that are not kube-proxy's, and the
 * addresses that mean the same everywhere. `key` decides over the addresses: without one, each run has its own. Throws
 * InputError where the objects or the configuration cannot be read.
 */
export async function redactCaptures(
  captures: readonly Capture[],
  key: Uint8Array = randomBytes(32),
): Promise<Redaction> {
  const texts = new Map<string, readonly unknown[]>();
  for (const { file, text } of captures.flatMap(({ objects }) => objects)) {
    if (!texts.has(text)) texts.set(text, await readObjects([{ file, text }]));
  }
  const configs = await Promise.all(captures.map(configOf));

  const collector = new NameCollector();
  for (const objects of texts.values()) redactObjects(objects, collector);
  const names = [...[...texts.values()].flatMap(namesInObjects), ...captures.flatMap(namesInRules)];
  for (const { namespace, name } of names) {
    collector.name('namespace', namespace);
    collector.name('service', name);
  }
  for (const { node } of captures) if (node !== undefined) collector.name('node', node);
  for (const config of configs) if (config !== undefined) redactProxyConfig(config, collector);
  const aliases = collector.aliases(key);

  const hashes = byHash(names);
  const objects = new Map([...texts].map(([text, read]) => [text, objectsJson(redactObjects(read, aliases))]));
  return {
    captures: captures.map((capture, index) =>
      redactCapture(capture, { aliases, hashes, objects, config: configs[index] }),
    ),
    aliases,
  };
}

interface Known {
  readonly aliases: Aliases;
  readonly hashes: ReadonlyMap<string, ServicePortName>;
  /** The redacted text of each text. */
  readonly objects: ReadonlyMap<string, string>;
  readonly config: ProxyConfig | undefined;
}

function redactCapture(capture: Capture, known: Known): Capture {
  const { node, kubeProxyVersion, taken, source } = capture;
  const sections: Section[] = [];
  const gaps: Gap[] = (capture.gaps ?? []).map(({ section }) => ({ section, reason: 'it was not read' }));
  for (const section of capture.sections) {
    const text = redactText(section, known);
    if (text === undefined) gaps.push({ section: section.name, reason: 'it is left out of a redacted capture' });
    else sections.push(redactSection(section, text));
  }
  return {
    node: node && known.aliases.name('node', node),
    kubeProxyVersion: /^v?\d+\.\d+(?:\.\d+)?/.exec(kubeProxyVersion ?? '')?.[0],
    taken,
    source,
    sections,
    gaps,
    objects: capture.objects.map(
      ({ text }, index): ObjectsText => ({ file: `objects-${index + 1}.json`, text: known.objects.get(text) ?? '' }),
    ),
  };
}

/** Texts that hold nothing of anybody's where every line of theirs looks like this. */
const openTexts: Partial<Record<SectionName, RegExp>> = {
  sysctl: /^[a-z0-9_.-]+ = [\d\s,-]*$/,
  'conntrack-stats': /^(?:[a-z_]+=\d+(?:\s+|$))+$/,
  'iptables-version': /^ip6?tables v\d+(?:\.\d+)+(?: \((?:nf_tables|legacy)\))?$/,
  'kube-proxy-version': /^Kubernetes v\d+(?:\.\d+)+$/,
  'proxy-mode': /^[a-z]+$/,
};

function redactText({ name, text }: Section, known: Known): Uint8Array | undefined {
  switch (name) {
    case 'iptables-save':
    case 'iptables-save-other':
      return redactRules(text, 'IPv4', known.hashes, known.aliases);
    case 'ip6tables-save':
    case 'ip6tables-save-other':
      return redactRules(text, 'IPv6', known.hashes, known.aliases);
    case 'kube-proxy-config':
      return known.config && encoded(printProxyConfig(redactProxyConfig(known.config, known.aliases)));
    default: {
      const open = openTexts[name];
      const lines = new TextDecoder().decode(text).split(/\r?\n/);
      return open !== undefined && lines.every((line) => line === '' || open.test(line)) ? text : undefined;
    }
  }
}

/** A command of ours stays; a file's path may name anybody. */
const openCommand = /^(?:\/[a-z0-9/]*\/)?(?:ip6?tables|xtables|sysctl|conntrack|kube-proxy)[a-z0-9-]*(?: [\w.-]+)*$/;

function redactSection({ name, command, status, reading }: Section, text: Uint8Array): Section {
  const section = { name, command: openCommand.test(command) ? command : name, status, text };
  if (reading === undefined) return section;
  const { attempts, completeness, program } = reading;
  const { state } = completeness;
  return {
    ...section,
    reading: {
      stderr: '',
      bytes: text.length,
      attempts,
      completeness: state === 'whole' || state === 'empty' ? { state } : { state, reason: 'its end is missing' },
      program,
    },
  };
}

function namesInObjects(objects: readonly unknown[]): readonly ServicePortName[] {
  return snapshotFromObjects(objects).services.flatMap(({ namespace, name, ports }) =>
    ports.map((port) => ({ namespace, name, port: port.name, protocol: port.protocol })),
  );
}

function namesInRules({ sections }: Capture): readonly ServicePortName[] {
  return sections.flatMap(({ name, text }) => {
    if (name === 'iptables-save' || name === 'iptables-save-other') return namesInComments(text, 'IPv4');
    return name === 'ip6tables-save' || name === 'ip6tables-save-other' ? namesInComments(text, 'IPv6') : [];
  });
}

async function configOf(capture: Capture): Promise<ProxyConfig | undefined> {
  const config = sectionOf(capture, 'kube-proxy-config');
  return config && readProxyConfig(new TextDecoder().decode(config.text), config.command);
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

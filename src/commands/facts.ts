// What is known of a node's kube-proxy beside its rules: what the user says, then what runs, then what the API has.
import type { KnownFacts } from '../analyses/node-view.ts';
import { type Capture, sectionOf } from '../capture/capture.ts';
import { readProxyConfig } from '../cluster/proxy-config.ts';
import { clusterProxy } from '../cluster/proxy-objects.ts';
import { InputError } from '../errors.ts';
import { readSaved } from '../sources/file.ts';
import type { Io } from './io.ts';
import type { InputOptions } from './options.ts';

type Config = KnownFacts['config'];

/** `objects` are the API's beside the text. Throws InputError where a configuration that was given is none. */
export async function factsOf(
  io: Io,
  options: InputOptions,
  capture: Capture,
  objects: readonly unknown[],
): Promise<KnownFacts> {
  const proxy = await clusterProxy(objects);
  const { nodeName, kubeProxyVersion } = options;
  return {
    nodeName,
    kubeProxyVersion,
    config:
      (await givenConfig(io, options)) ??
      (await runningConfig(capture)) ??
      (await sectionConfig(capture, 'kube-proxy-config')) ??
      (proxy?.config && { values: proxy.config, from: proxy.from }),
    imageVersion: proxy?.version,
  };
}

async function givenConfig(io: Io, { kubeProxyConfig: path }: InputOptions): Promise<Config> {
  if (path === undefined) return undefined;
  const text = path === '-' ? await io.stdin() : await readSaved(path);
  const where = path === '-' ? 'standard input' : path;
  return { values: await readProxyConfig(new TextDecoder().decode(text), where), from: '--kube-proxy-config' };
}

/** What kube-proxy itself answers is what it runs with; an answer that is not its own says nothing. */
async function runningConfig(capture: Capture): Promise<Config> {
  try {
    return await sectionConfig(capture, 'configz');
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function sectionConfig(capture: Capture, name: 'configz' | 'kube-proxy-config'): Promise<Config> {
  const section = sectionOf(capture, name);
  if (section === undefined) return undefined;
  const { command, text } = section;
  const from = name === 'configz' ? '/configz' : command;
  return { values: await readProxyConfig(new TextDecoder().decode(text), command), from };
}

// kube-proxy among the API's own objects: its DaemonSet tells release and command line, the ConfigMap that it mounts the
// configuration. Static pods have neither: their own spec tells.
import { InputError } from '../errors.ts';
import { apiObjectsOf } from './api-objects.ts';
import { elementsOf, type Fields, fieldsOf, nonEmptyTextOf, textOf } from './json.ts';
import { type ProxyConfig, readProxyConfig } from './proxy-config.ts';
import { readProxyFlags } from './proxy-flags.ts';

export interface ClusterProxy {
  /** `undefined` where neither a configuration nor flags are to be seen. */
  readonly config: ProxyConfig | undefined;
  /** Where it stands: `ConfigMap kube-system/kube-proxy`. */
  readonly from: string;
  /** Of the image's tag: `v1.36.2`. */
  readonly version: string | undefined;
}

/** `objects` single or in lists. The one that runs kube-proxy is found by image and command, not by label. */
export async function clusterProxy(objects: readonly unknown[]): Promise<ClusterProxy | undefined> {
  const all: readonly Fields[] = apiObjectsOf(objects).objects.flatMap(({ kind, fields }) =>
    kind === 'DaemonSet' || kind === 'ConfigMap' ? [{ ...fields, kind }] : [],
  );
  const sets = all.filter(({ kind, spec }) => kind === 'DaemonSet' && proxyContainer(templateOf(spec)) !== undefined);
  const [set] = sets;
  // Two that differ (one for each architecture, one for each pool) tell of no node for certain.
  const container = sets.length > 1 && !alike(sets) ? undefined : set && proxyContainer(templateOf(set.spec));
  const flags = container && readProxyFlags(argvOf(container));
  const version = container && releaseOf(textOf(container.image) ?? '');
  const map = await configMapOf(all, set, flags?.configFile);
  if (map !== undefined) {
    // A flag for the host name beats the file.
    const hostnameOverride = flags?.config.hostnameOverride ?? map.config.hostnameOverride;
    return { config: { ...map.config, hostnameOverride }, from: map.from, version };
  }
  if (set === undefined || flags === undefined) return undefined;
  const from = `the command of DaemonSet ${titleOf(set)}`;
  return { config: flags.configFile === undefined ? flags.config : undefined, from, version };
}

/** By image and command: the labels differ between kubeadm, EKS, AKS and GKE. `undefined` where none is kube-proxy. */
export function proxyContainer(podSpec: unknown): Fields | undefined {
  return elementsOf(fieldsOf(podSpec).containers)
    .map(fieldsOf)
    .find((container) => {
      const program = argvOf(container).some((word) => /(^|\/|\s)kube-proxy(\s|$)/.test(word));
      return program || /(^|\/)kube-proxy(-[a-z0-9]+)?([:@]|$)/.test(textOf(container.image) ?? '');
    });
}

/** The ConfigMaps that a pod mounts, but for the one that every pod has. */
export function mountedConfigMaps(podSpec: unknown): readonly string[] {
  return elementsOf(fieldsOf(podSpec).volumes)
    .map((volume) => nonEmptyTextOf(fieldsOf(fieldsOf(volume).configMap).name))
    .filter((name) => name !== undefined)
    .filter((name) => name !== 'kube-root-ca.crt');
}

export function templateOf(spec: unknown): unknown {
  return fieldsOf(fieldsOf(spec).template).spec;
}

/** The value that is a KubeProxyConfiguration; the key differs between installers. The file's own name is tried first. */
async function configMapOf(
  all: readonly Fields[],
  set: Fields | undefined,
  configFile: string | undefined,
): Promise<{ readonly config: ProxyConfig; readonly from: string } | undefined> {
  const mounted = set === undefined ? ['kube-proxy'] : mountedConfigMaps(templateOf(set.spec));
  const namespace = set === undefined ? 'kube-system' : textOf(fieldsOf(set.metadata).namespace);
  const base = configFile?.split('/').at(-1);
  for (const map of all) {
    const metadata = fieldsOf(map.metadata);
    if (map.kind !== 'ConfigMap' || metadata.namespace !== namespace) continue;
    if (!mounted.includes(textOf(metadata.name) ?? '')) continue;
    const values = Object.entries(fieldsOf(map.data)).sort(([a], [b]) => Number(b === base) - Number(a === base));
    for (const [key, value] of values) {
      const text = textOf(value);
      if (text === undefined || !/KubeProxyConfiguration/.test(text)) continue;
      const from = `ConfigMap ${titleOf(map)}`;
      try {
        return { config: await readProxyConfig(text, `${from}, key ${key},`), from };
      } catch (error) {
        // Nobody asked for this text by name: kube-proxy's own start fails on it, and what runs has another.
        if (!(error instanceof InputError)) throw error;
      }
    }
  }
  return undefined;
}

function alike(sets: readonly Fields[]): boolean {
  const texts = sets.map(({ spec }) => {
    const container = proxyContainer(templateOf(spec));
    return JSON.stringify([container && argvOf(container), releaseOf(textOf(container?.image) ?? '')]);
  });
  return new Set(texts).size === 1;
}

function argvOf(container: Fields): readonly string[] {
  return [...elementsOf(container.command), ...elementsOf(container.args)].map((word) => textOf(word) ?? '');
}

/** `v1.31.2` of `.../kube-proxy:v1.31.2-eksbuild.3`. */
function releaseOf(image: string): string | undefined {
  return /:(v\d+\.\d+\.\d+)[^/:]*$/.exec(image.replace(/@.*$/, ''))?.[1];
}

function titleOf({ metadata }: Fields): string {
  const { namespace, name } = fieldsOf(metadata);
  return `${textOf(namespace) ?? ''}/${textOf(name) ?? ''}`;
}

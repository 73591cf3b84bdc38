// KubeProxyConfiguration, as far as rules depend on it: the ConfigMap's value, the file itself, or what /configz answers.
// kubeproxy.config.k8s.io/v1alpha1; to 1.35 /configz prints kube-proxy's own structs, with the same names in other case.
import { InputError } from '../errors.ts';
import { elementsOf, type Fields, fieldsOf, flagOf, integerOf, nonEmptyTextOf, textOf } from './json.ts';

/** What is `undefined` was not set: kube-proxy's default holds. */
export interface ProxyConfig {
  readonly mode: string | undefined;
  readonly hostnameOverride: string | undefined;
  readonly bindAddress: string | undefined;
  /** In the order given; only the first of each family counts. */
  readonly clusterCIDRs: readonly string[] | undefined;
  /** `ClusterCIDR`, `NodeCIDR`, `BridgeInterface`, `InterfaceNamePrefix`. */
  readonly detectLocalMode: string | undefined;
  readonly bridgeInterface: string | undefined;
  readonly interfaceNamePrefix: string | undefined;
  /** CIDRs, or the one word `primary`. */
  readonly nodePortAddresses: readonly string[] | undefined;
  readonly masqueradeAll: boolean | undefined;
  readonly masqueradeBit: number | undefined;
  readonly localhostNodePorts: boolean | undefined;
  readonly featureGates: Readonly<Record<string, boolean>>;
}

/** YAML or JSON; `where` names it in errors. Throws InputError where it is no KubeProxyConfiguration. */
export async function readProxyConfig(text: string, where: string): Promise<ProxyConfig> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw new InputError('CONFIG_NOT_YAML', `${where} is not YAML`, { cause, hint });
  }
  const answer = folded(value);
  const running = answer['kubeproxy.config.k8s.io'];
  if (running === undefined && textOf(answer.kind) !== 'KubeProxyConfiguration') {
    throw new InputError('CONFIG_KIND', `${where} is no KubeProxyConfiguration`, { hint });
  }
  return proxyConfigOf(running === undefined ? answer : folded(running));
}

function proxyConfigOf(config: Fields): ProxyConfig {
  const iptables = folded(config.iptables);
  const detectLocal = folded(config.detectlocal);
  const linux = folded(config.linux);
  const cidrs = [textOf(config.clustercidr)?.split(',') ?? [], elementsOf(detectLocal.clustercidrs)].flat();
  const gates = Object.entries(fieldsOf(config.featuregates)).filter((entry): entry is [string, boolean] => {
    return typeof entry[1] === 'boolean';
  });
  return {
    mode: nonEmptyTextOf(config.mode),
    hostnameOverride: nonEmptyTextOf(config.hostnameoverride),
    bindAddress: nonEmptyTextOf(config.bindaddress),
    clusterCIDRs: texts(cidrs),
    detectLocalMode: nonEmptyTextOf(config.detectlocalmode),
    bridgeInterface: nonEmptyTextOf(detectLocal.bridgeinterface),
    interfaceNamePrefix: nonEmptyTextOf(detectLocal.interfacenameprefix),
    nodePortAddresses: texts(elementsOf(config.nodeportaddresses)),
    masqueradeAll: flagOf(iptables.masqueradeall) ?? flagOf(linux.masqueradeall),
    masqueradeBit: integerOf(iptables.masqueradebit, 0, 31),
    localhostNodePorts: flagOf(iptables.localhostnodeports),
    featureGates: Object.fromEntries(gates),
  };
}

/** The same configuration as a text that `readProxyConfig` reads, and nothing that it does not read. */
export function printProxyConfig(config: ProxyConfig): string {
  const document = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: config.mode,
    hostnameOverride: config.hostnameOverride,
    bindAddress: config.bindAddress,
    clusterCIDR: config.clusterCIDRs?.join(','),
    detectLocalMode: config.detectLocalMode,
    detectLocal: {
      bridgeInterface: config.bridgeInterface,
      interfaceNamePrefix: config.interfaceNamePrefix,
    },
    nodePortAddresses: config.nodePortAddresses,
    iptables: {
      masqueradeAll: config.masqueradeAll,
      masqueradeBit: config.masqueradeBit,
      localhostNodePorts: config.localhostNodePorts,
    },
    featureGates: config.featureGates,
  };
  // JSON is YAML.
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Fields by their names in lower case. */
function folded(value: unknown): Fields {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, field]) => [key.toLowerCase(), field]));
}

function texts(values: readonly unknown[]): readonly string[] | undefined {
  const found = values.flatMap((value) => nonEmptyTextOf(value)?.trim() || []);
  return found.length === 0 ? undefined : found;
}

const hint =
  "kubectl get configmap -n kube-system kube-proxy -o jsonpath='{.data.config\\.conf}' prints it in kubeadm clusters";

// The settings of each recording: from the configuration its kube-proxy was started with, its Node, and what the README
// of the recordings and the texts themselves tell of the machine.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Address, contains, type Family, familyOf } from '../../../src/address.ts';
import type { LocalDetector } from '../../../src/proxiers/iptables/local-detector.ts';
import type { Settings } from '../../../src/proxiers/iptables/settings.ts';
import { possibleTopologyRules } from '../../../src/proxiers/topology-rules.ts';
import { type Recording, recordingsFolder, snapshotAt } from '../recordings.ts';

/** These kube-proxies followed no zone hint of any Service: they did not know the zone (see port-state.test.ts). */
const withoutZone = ['random/1.32-6007', 'random/1.33-6008', 'random/1.34-6009', 'random/1.35-6010'];

/** What the recordings set of a KubeProxyConfiguration. */
interface Config {
  readonly hostnameOverride?: string;
  readonly detectLocalMode?: string;
  readonly detectLocal?: { readonly bridgeInterface?: string; readonly interfaceNamePrefix?: string };
  readonly clusterCIDR?: string;
  readonly nodePortAddresses?: readonly string[];
  readonly iptables?: {
    readonly masqueradeAll?: boolean;
    readonly localhostNodePorts?: boolean;
    readonly masqueradeBit?: number;
  };
}

export function settingsOf(recording: Recording, family: Family): Settings {
  const config = configOf(recording);
  const { minor, folder } = recording;
  const name = config.hostnameOverride ?? 'node-a';
  const node = snapshotAt(recording.objects).nodes.find((each) => each.name === name);
  assert.ok(node);
  const [topology] = possibleTopologyRules({ first: minor, last: minor, from: 'the name of the recording' });
  assert.ok(topology);
  const cidrs = (config.nodePortAddresses ?? []).filter((cidr) => familyOf(cidr.replace(/\/.*/, '')) === family);
  const covered = (address: Address) => cidrs.some((cidr) => contains(cidr, address) === true);
  return {
    family,
    minor,
    node: { name, zone: withoutZone.includes(folder) ? undefined : node.zone },
    topology,
    detector: detectorOf(folder.startsWith('random/') ? { ...config, detectLocalMode: 'ClusterCIDR' } : config, family),
    masqueradeAll: config.iptables?.masqueradeAll ?? false,
    masqueradeBit: config.iptables?.masqueradeBit ?? 14,
    randomFully: true,
    nodePortAddresses: cidrs.length === 0 ? 'any' : interfaces(folder).filter(covered),
    localhostNodePorts:
      family === 'IPv4' &&
      (config.iptables?.localhostNodePorts ?? true) &&
      (cidrs.length === 0 || covered('127.0.0.1')),
    dropInvalid: true,
    counters: true,
    nodeAddress: node.addresses.find(({ type, address }) => type === 'InternalIP' && familyOf(address) === family)
      ?.address,
  };
}

/** The live node's is in its ConfigMap. */
function configOf({ folder, objects }: Recording): Config {
  const file = `${recordingsFolder}${folder}/kube-proxy-config.yaml`;
  if (existsSync(file)) return parse(readFileSync(file, 'utf8'));
  const { items } = JSON.parse(readFileSync(`${recordingsFolder}${objects}`, 'utf8'));
  const isConfig = (item: { kind?: string; metadata?: { name?: string } }) =>
    item.kind === 'ConfigMap' && item.metadata?.name === 'kube-proxy';
  return parse(items.find(isConfig).data['config.conf']);
}

/** Of the namespace that kube-proxy ran in: only the live node's is the Node's own. */
function interfaces(folder: string): readonly Address[] {
  const own = folder.startsWith('random/') ? ['192.168.77.2', 'fd77::2'] : ['10.99.0.111', 'fd99::111'];
  return ['127.0.0.1', '::1', ...own];
}

/**
 * The random recordings name an interface prefix in six configurations, and none of their texts has an interface in it:
 * whatever ran there took the cluster CIDR. expect.test.ts holds this true.
 */
function detectorOf({ detectLocalMode, detectLocal, clusterCIDR }: Config, family: Family): LocalDetector {
  switch (detectLocalMode) {
    case 'BridgeInterface':
      return { kind: 'interface', pattern: detectLocal?.bridgeInterface ?? '' };
    case 'InterfaceNamePrefix':
      return { kind: 'interface', pattern: `${detectLocal?.interfaceNamePrefix}+` };
    default: {
      const cidrs = (clusterCIDR ?? '').split(',').filter((cidr) => familyOf(cidr.replace(/\/.*/, '')) === family);
      const [prefix] = cidrs;
      return prefix === undefined ? { kind: 'none' } : { kind: 'cidr', prefix };
    }
  }
}

// kube-proxy's configuration from each of the places that tell it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProxyConfig, printProxyConfig, readProxyConfig } from '../../src/cluster/proxy-config.ts';
import { readProxyFlags } from '../../src/cluster/proxy-flags.ts';
import { clusterProxy } from '../../src/cluster/proxy-objects.ts';
import { recorded } from '../api-server/index.ts';

const nothing: ProxyConfig = {
  mode: undefined,
  hostnameOverride: undefined,
  bindAddress: undefined,
  clusterCIDRs: undefined,
  detectLocalMode: undefined,
  bridgeInterface: undefined,
  interfaceNamePrefix: undefined,
  nodePortAddresses: undefined,
  masqueradeAll: undefined,
  masqueradeBit: undefined,
  localhostNodePorts: undefined,
  featureGates: {},
};

const everything: ProxyConfig = {
  mode: 'iptables',
  hostnameOverride: 'node-a.example',
  bindAddress: '10.0.0.2',
  clusterCIDRs: ['10.244.0.0/16', 'fd00:244::/56'],
  detectLocalMode: 'BridgeInterface',
  bridgeInterface: 'cbr0',
  interfaceNamePrefix: 'veth',
  nodePortAddresses: ['192.168.77.0/24', '127.0.0.0/8'],
  masqueradeAll: true,
  masqueradeBit: 15,
  localhostNodePorts: false,
  featureGates: { TopologyAwareHints: false },
};

const yaml = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
hostnameOverride: node-a.example
bindAddress: 10.0.0.2
clusterCIDR: 10.244.0.0/16, fd00:244::/56
detectLocalMode: BridgeInterface
detectLocal: {bridgeInterface: cbr0, interfaceNamePrefix: veth}
nodePortAddresses: [192.168.77.0/24, 127.0.0.0/8]
iptables: {masqueradeAll: true, masqueradeBit: 15, localhostNodePorts: false}
featureGates: {TopologyAwareHints: false}
`;

// kube-proxy 1.33 prints its internal struct.
const configz = {
  'kubeproxy.config.k8s.io': {
    FeatureGates: { TopologyAwareHints: false },
    HostnameOverride: 'node-a.example',
    BindAddress: '10.0.0.2',
    Mode: 'iptables',
    Linux: { MasqueradeAll: true },
    IPTables: { MasqueradeBit: 15, LocalhostNodePorts: false },
    DetectLocalMode: 'BridgeInterface',
    DetectLocal: {
      ClusterCIDRs: ['10.244.0.0/16', 'fd00:244::/56'],
      BridgeInterface: 'cbr0',
      InterfaceNamePrefix: 'veth',
    },
    NodePortAddresses: ['192.168.77.0/24', '127.0.0.0/8'],
  },
};

const flags = [
  '/usr/local/bin/kube-proxy',
  '--proxy-mode=iptables',
  '--hostname-override',
  'node-a.example',
  '--bind-address=10.0.0.2',
  '--cluster-cidr=10.244.0.0/16,fd00:244::/56',
  '--detect-local-mode=BridgeInterface',
  '--pod-bridge-interface=cbr0',
  '--pod-interface-name-prefix=veth',
  '--nodeport-addresses=192.168.77.0/24,127.0.0.0/8',
  '--iptables-masquerade-bit=15',
  '--iptables-localhost-nodeports=false',
  '--feature-gates=TopologyAwareHints=false',
  '--masquerade-all',
];

test('file, /configz and flags give the same configuration', async () => {
  assert.deepEqual(await readProxyConfig(yaml, 'config.conf'), everything);
  assert.deepEqual(await readProxyConfig(JSON.stringify(configz), 'configz'), everything);
  assert.deepEqual(readProxyFlags(flags).config, everything);
  assert.deepEqual(
    readProxyFlags(['/bin/sh', '-c', `exec ${flags.join(' ')} 1>>/var/log/kube-proxy.log`]).config,
    everything,
  );
});

test('what is printed is read again, whole', async () => {
  for (const config of [everything, nothing])
    assert.deepEqual(await readProxyConfig(printProxyConfig(config), 'it'), config);
});

test('a variable of the container is no host name', () => {
  assert.equal(readProxyFlags(['kube-proxy', '--hostname-override=$(NODE_NAME)']).config.hostnameOverride, undefined);
});

test('the recorded DaemonSet and its ConfigMap', async () => {
  const proxy = await clusterProxy(recorded('live-node-a/objects.json'));
  assert.equal(proxy?.from, 'ConfigMap kube-system/kube-proxy');
  assert.equal(proxy?.version, 'v1.36.2');
  assert.deepEqual(proxy?.config, {
    ...nothing,
    mode: 'iptables',
    bindAddress: '0.0.0.0',
    clusterCIDRs: ['10.244.0.0/16', 'fd00:244::/56'],
  });
});

const daemonSet = (name: string, argv: readonly string[], image = 'registry.example/kube-proxy:v1.33.1') => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace: 'kube-system', name },
  spec: { template: { spec: { containers: [{ image, command: argv }] } } },
});

test('without a ConfigMap the command tells, unless it names a file that nobody sees', async () => {
  const told = await clusterProxy([daemonSet('kube-proxy', flags)]);
  assert.deepEqual(told, {
    config: everything,
    from: 'the command of DaemonSet kube-system/kube-proxy',
    version: 'v1.33.1',
  });
  const hidden = await clusterProxy([daemonSet('kube-proxy', ['kube-proxy', '--config=/etc/kube-proxy.yaml'])]);
  assert.equal(hidden?.config, undefined);
  assert.equal(hidden?.version, 'v1.33.1');
});

test('two DaemonSets that differ tell of no node', async () => {
  const two = [daemonSet('kube-proxy-a', flags), daemonSet('kube-proxy-b', ['kube-proxy', '--masquerade-all'])];
  assert.equal(await clusterProxy(two), undefined);
});

test('a ConfigMap that is no YAML is passed over', async () => {
  const data = { 'config.conf': 'kind: KubeProxyConfiguration\n  mode: [' };
  const map = { kind: 'ConfigMap', metadata: { namespace: 'kube-system', name: 'kube-proxy' }, data };
  assert.equal(await clusterProxy([map]), undefined);
});

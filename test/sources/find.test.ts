// Which pod is kube-proxy's, over the pods of the distributions as they write them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPod } from '../../src/sources/pod.ts';
import { findKubeProxy, isKubeProxyImage, releaseOfImage } from '../../src/sources/proxy-pod/find.ts';
import { podObject } from './pod-objects.ts';

const best = (...pods: readonly object[]) => {
  const [found] = findKubeProxy(pods.map(readPod));
  return found === undefined ? undefined : `${found.pod.name}/${found.container.name}`;
};

const daemonSet = (name: string) => [{ kind: 'DaemonSet', name }];
const mirror = [{ kind: 'Node', name: 'node-a' }];

const found: Readonly<Record<string, object>> = {
  kubeadm: podObject({
    labels: { 'k8s-app': 'kube-proxy' },
    owners: daemonSet('kube-proxy'),
    image: 'registry.k8s.io/kube-proxy:v1.36.1',
    command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
  }),
  EKS: podObject({
    labels: { 'k8s-app': 'kube-proxy' },
    owners: daemonSet('kube-proxy'),
    image: '602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/kube-proxy:v1.31.2-minimal-eksbuild.3',
    command: ['kube-proxy', '--v=2', '--config=/var/lib/kube-proxy-config/config'],
  }),
  AKS: podObject({
    labels: { component: 'kube-proxy', tier: 'node' },
    owners: daemonSet('kube-proxy'),
    image: 'mcr.microsoft.com/oss/kubernetes/kube-proxy:v1.28.5-hotfix.20240101',
    command: ['kube-proxy', '--conntrack-max-per-core=0', '--kubeconfig=/var/lib/kubelet/kubeconfig'],
  }),
  GKE: podObject({
    labels: { component: 'kube-proxy', tier: 'node' },
    owners: mirror,
    image: 'gke.gcr.io/kube-proxy-amd64:v1.27.3-gke.100',
    command: ['/bin/sh', '-c', 'exec kube-proxy --master=https://10.0.0.1 --v=2 1>>/var/log/kube-proxy.log 2>&1'],
  }),
  RKE2: podObject({
    labels: { component: 'kube-proxy', tier: 'control-plane' },
    owners: mirror,
    image: 'index.docker.io/rancher/hardened-kubernetes:v1.28.9-rke2r1-build20240416',
    command: ['kube-proxy'],
    args: ['--cluster-cidr=10.42.0.0/16', '--conntrack-max-per-core=0'],
  }),
  kops: podObject({
    labels: { 'k8s-app': 'kube-proxy', tier: 'node' },
    owners: mirror,
    image: 'registry.k8s.io/kube-proxy:v1.29.3@sha256:abc',
    command: ['/go-runner', '--log-file=/var/log/kube-proxy.log', '--also-stdout', '/usr/local/bin/kube-proxy'],
  }),
  OpenShift: podObject({
    namespace: 'openshift-kube-proxy',
    name: 'openshift-kube-proxy-abcde',
    labels: { app: 'kube-proxy' },
    owners: daemonSet('openshift-kube-proxy'),
    image: 'quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:0123',
    command: ['/bin/bash', '-c', 'set -x\nexec kube-proxy --hostname-override=$NODE --config=/config/kube-proxy.yaml'],
  }),
  hyperkube: podObject({
    owners: daemonSet('kube-proxy'),
    image: 'rancher/hyperkube:v1.18.20-rancher1',
    command: ['/hyperkube', 'proxy', '--kubeconfig=/etc/kubeconfig'],
  }),
  'an image with its own entrypoint, behind a mirror, without labels': podObject({
    image: 'registry.example:5000/mirror/kube-proxy',
    args: ['--config=/etc/kube-proxy.conf'],
  }),
};

const notFound: Readonly<Record<string, object>> = {
  'a pod that is not in the node’s network': podObject({
    hostNetwork: false,
    image: 'registry.k8s.io/kube-proxy:v1.36.1',
    command: ['kube-proxy'],
  }),
  'an exporter named like it': podObject({
    name: 'kube-proxy-exporter-x',
    labels: { 'k8s-app': 'kube-proxy' },
    owners: daemonSet('kube-proxy-exporter'),
    image: 'example/kube-proxy-exporter:v1',
    command: ['/exporter'],
  }),
  'another program in its image, as our own debug pod': podObject({
    name: 'kube-proxy-debug',
    owners: daemonSet('kube-proxy-debug'),
    image: 'registry.k8s.io/kube-proxy:v1.36.1',
    command: ['xtables-nft-multi', 'iptables-xml'],
  }),
  'kube-rbac-proxy': podObject({ image: 'quay.io/brancz/kube-rbac-proxy:v0.18', command: [] }),
  'kube-router': podObject({
    name: 'kube-router-x',
    image: 'cloudnativelabs/kube-router:v2',
    command: ['kube-router'],
  }),
  Cilium: podObject({ name: 'cilium-x', image: 'quay.io/cilium/cilium:v1.17', command: ['cilium-agent'] }),
  'a grep in a script': podObject({ image: 'busybox', command: ['/bin/sh', '-c', 'ps | grep kube-proxy'] }),
  Windows: podObject({
    image: 'sigwindowstools/kube-proxy:v1.30.0-nanoserver',
    command: ['kube-proxy'],
    spec: { os: { name: 'windows' } },
  }),
};

describe('kube-proxy’s pod', () => {
  const helpers = Object.values(notFound);
  for (const [name, pod] of Object.entries(found)) {
    it(`${name}: is found among others`, () => {
      const expected = best(pod);
      assert.ok(expected !== undefined);
      assert.equal(best(...helpers, pod, ...helpers), expected);
    });
  }
  for (const [name, pod] of Object.entries(notFound)) it(`${name}: is none`, () => assert.equal(best(pod), undefined));

  it('is the container that runs it, not its neighbour', () => {
    const spec = {
      containers: [
        { name: 'logs', image: 'registry.k8s.io/kube-proxy:v1.36.1', command: ['cat'] },
        { name: 'proxy', image: 'registry.k8s.io/kube-proxy:v1.36.1', command: ['kube-proxy'] },
      ],
    };
    assert.equal(best(podObject({ spec })), 'kube-proxy-x7k2q/proxy');
  });

  it('is the one that runs, then the newest', () => {
    const command = ['kube-proxy'];
    const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
    const old = podObject({ name: 'old', command, created: '2026-01-01T00:00:00Z' });
    const young = podObject({ name: 'young', command, created: '2026-02-01T00:00:00Z' });
    const crashed = podObject({ name: 'crashed', command, created: '2026-03-01T00:00:00Z', state: waiting });
    const going = podObject({ name: 'going', command, created: '2026-03-01T00:00:00Z', deleting: true });
    assert.equal(best(old, crashed, young, going), 'young/kube-proxy');
    assert.equal(best(crashed), 'crashed/kube-proxy');
  });

  it('of nonsense is none', () => {
    for (const object of [null, 1, {}, { spec: { containers: [null, 'x', { command: 'kube-proxy' }] } }]) {
      assert.equal(best(object as object), undefined);
    }
  });
});

describe('kube-proxy’s image', () => {
  const table: readonly [image: string, is: boolean, release: string | undefined][] = [
    ['registry.k8s.io/kube-proxy:v1.36.1', true, 'v1.36.1'],
    ['kube-proxy', true, undefined],
    ['localhost:5000/kube-proxy', true, undefined],
    ['localhost:5000/a/b/kube-proxy-arm64:v1.20.15@sha256:00', true, 'v1.20.15'],
    ['gke.gcr.io/kube-proxy-amd64:v1.27.3-gke.100', true, 'v1.27.3'],
    ['example/k8s-kube-proxy:latest', true, undefined],
    ['example/kube-proxy-exporter:v1.2.3', false, 'v1.2.3'],
    ['quay.io/brancz/kube-rbac-proxy:v0.18.0', false, 'v0.18.0'],
    ['rancher/hardened-kubernetes:v1.28.9-rke2r1', false, 'v1.28.9'],
  ];
  for (const [image, is, release] of table) {
    it(image, () => {
      assert.equal(isKubeProxyImage(image), is);
      assert.equal(releaseOfImage(image), release);
    });
  }
});

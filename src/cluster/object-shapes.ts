// The fields of API objects that this tool reads, and what each holds: what slimObjects keeps and redactObjects maps. A
// field that is not in this table leaves the cluster in no capture.

/**
 * What a field holds. `plain`: numbers, times, ports and their names, words of the API. `reason`: one word, mostly of
 * Kubernetes' own. `message`: free text of anybody's. `labels`: a map of strings, as are selectors. The rest are names
 * and addresses.
 */
export type Leaf =
  | 'plain'
  | 'reason'
  | 'message'
  | 'labels'
  | 'annotation'
  | 'address'
  | 'prefix'
  | 'host'
  | 'uid'
  | 'namespace'
  | 'service'
  | 'slice'
  | 'pod'
  | 'container'
  | 'node'
  | 'zone';

export type Shape = Leaf | readonly [Shape] | { readonly [field: string]: Shape };

const meta = (name: Leaf) =>
  ({
    name,
    namespace: 'namespace',
    uid: 'uid',
    resourceVersion: 'plain',
    creationTimestamp: 'plain',
    deletionTimestamp: 'plain',
    labels: 'labels',
  }) as const;

const servicePort: Shape = {
  name: 'plain',
  protocol: 'plain',
  port: 'plain',
  targetPort: 'plain',
  nodePort: 'plain',
};

const containers: Shape = [
  {
    name: 'container',
    restartPolicy: 'plain',
    ports: [{ name: 'plain', protocol: 'plain', containerPort: 'plain', hostPort: 'plain', hostIP: 'address' }],
  },
];

const containerState: Shape = {
  waiting: { reason: 'reason' },
  terminated: { reason: 'reason', exitCode: 'plain' },
};
const containerStatuses: Shape = [{ name: 'container', state: containerState, lastState: containerState }];

/** By kind, of the API groups that have our kinds. */
export const shapes: Readonly<Record<'Service' | 'EndpointSlice' | 'Pod' | 'Node', Shape>> = {
  Service: {
    metadata: {
      ...meta('service'),
      annotations: {
        'service.kubernetes.io/topology-mode': 'annotation',
        'service.kubernetes.io/topology-aware-hints': 'annotation',
      },
    },
    spec: {
      type: 'plain',
      clusterIP: 'address',
      clusterIPs: ['address'],
      ipFamilies: ['plain'],
      externalName: 'host',
      selector: 'labels',
      ports: [servicePort],
      externalIPs: ['address'],
      loadBalancerSourceRanges: ['prefix'],
      sessionAffinity: 'plain',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 'plain' } },
      externalTrafficPolicy: 'plain',
      internalTrafficPolicy: 'plain',
      healthCheckNodePort: 'plain',
      publishNotReadyAddresses: 'plain',
    },
    status: { loadBalancer: { ingress: [{ ip: 'address', hostname: 'host', ipMode: 'plain' }] } },
  },
  EndpointSlice: {
    metadata: meta('slice'),
    addressType: 'plain',
    ports: [{ name: 'plain', protocol: 'plain', port: 'plain' }],
    endpoints: [
      {
        addresses: ['address'],
        conditions: { ready: 'plain', serving: 'plain', terminating: 'plain' },
        nodeName: 'node',
        zone: 'zone',
        topology: { 'kubernetes.io/hostname': 'node', 'topology.kubernetes.io/zone': 'zone' },
        hints: { forZones: [{ name: 'zone' }], forNodes: [{ name: 'node' }] },
        targetRef: { kind: 'plain', namespace: 'namespace', name: 'pod', uid: 'uid' },
      },
    ],
  },
  Pod: {
    metadata: meta('pod'),
    spec: { nodeName: 'node', hostNetwork: 'plain', containers, initContainers: containers },
    status: {
      phase: 'plain',
      reason: 'reason',
      message: 'message',
      podIP: 'address',
      podIPs: [{ ip: 'address' }],
      conditions: [{ type: 'plain', status: 'plain', reason: 'reason', message: 'message' }],
      initContainerStatuses: containerStatuses,
      containerStatuses,
    },
  },
  Node: {
    metadata: meta('node'),
    spec: { podCIDR: 'prefix', podCIDRs: ['prefix'] },
    status: {
      addresses: [{ type: 'plain', address: 'address' }],
      nodeInfo: { kubeletVersion: 'plain', kubeProxyVersion: 'plain' },
    },
  },
};

/** The conditions of a Pod that say why it is not ready; others are of whoever set them. */
export const podConditions: readonly unknown[] = ['PodScheduled', 'Initialized', 'Ready'];

/** A copy with the fields of the shape; each leaf's value is what `leaf` makes of it, left out where `undefined`. */
export function shaped(value: unknown, shape: Shape, leaf: (value: unknown, kind: Leaf) => unknown): unknown {
  if (value === undefined || value === null) return value;
  if (typeof shape === 'string') return leaf(value, shape);
  // A place in a list counts: what is no element of its kind keeps its place.
  if (isList(shape)) {
    return Array.isArray(value) ? value.map((each) => shaped(each, shape[0], leaf) ?? null) : undefined;
  }
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const fields = new Map(Object.entries(value));
  return Object.fromEntries(
    Object.entries(shape).flatMap(([field, inner]) => {
      const kept = shaped(fields.get(field), inner, leaf);
      return kept === undefined ? [] : [[field, kept] as const];
    }),
  );
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

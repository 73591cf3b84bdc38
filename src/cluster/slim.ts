// API objects reduced to what this tool reads: a capture that is mailed holds no environment of a container, no
// annotation of a stranger's, no managed fields. What is left gives the same snapshot.

type Shape = true | readonly [Shape] | { readonly [field: string]: Shape };

const meta: Shape = {
  name: true,
  namespace: true,
  uid: true,
  resourceVersion: true,
  creationTimestamp: true,
  deletionTimestamp: true,
  labels: true,
};

/** The annotations that kube-proxy and this tool look at. */
const annotations: Shape = {
  'service.kubernetes.io/topology-mode': true,
  'service.kubernetes.io/topology-aware-hints': true,
};

const containerState: Shape = {
  waiting: { reason: true },
  running: {},
  terminated: { reason: true, exitCode: true },
};
const containers: Shape = [{ name: true, image: true, ports: true }];
const containerStatuses: Shape = [{ name: true, state: containerState, lastState: containerState }];

const shapes: Readonly<Record<string, Shape>> = {
  Service: {
    metadata: { ...meta, annotations },
    spec: {
      type: true,
      clusterIP: true,
      clusterIPs: true,
      ipFamilies: true,
      externalName: true,
      selector: true,
      ports: true,
      externalIPs: true,
      loadBalancerSourceRanges: true,
      sessionAffinity: true,
      sessionAffinityConfig: true,
      externalTrafficPolicy: true,
      internalTrafficPolicy: true,
      healthCheckNodePort: true,
      publishNotReadyAddresses: true,
    },
    status: { loadBalancer: true },
  },
  EndpointSlice: { metadata: meta, addressType: true, ports: true, endpoints: true },
  Pod: {
    metadata: meta,
    spec: { nodeName: true, hostNetwork: true, containers },
    status: {
      phase: true,
      reason: true,
      message: true,
      podIP: true,
      podIPs: true,
      conditions: true,
      initContainerStatuses: containerStatuses,
      containerStatuses,
    },
  },
  Node: {
    metadata: meta,
    spec: { podCIDR: true, podCIDRs: true },
    status: { addresses: true, nodeInfo: { kubeletVersion: true, kubeProxyVersion: true } },
  },
};

/** Objects of other kinds are left out. */
export function slimObjects(objects: readonly unknown[]): readonly object[] {
  return objects.flatMap((object) => {
    if (!isRecord(object) || typeof object.kind !== 'string') return [];
    const shape = Object.hasOwn(shapes, object.kind) ? shapes[object.kind] : undefined;
    return shape === undefined ? [] : [{ apiVersion: object.apiVersion, kind: object.kind, ...record(object, shape) }];
  });
}

function record(value: Record<string, unknown>, shape: Shape): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([field, inner]) => {
      const kept = reduce(value[field], inner);
      return kept === undefined ? [] : [[field, kept] as const];
    }),
  );
}

function reduce(value: unknown, shape: Shape): unknown {
  if (shape === true || value === undefined || value === null) return value;
  if (Array.isArray(shape)) return Array.isArray(value) ? value.map((each) => reduce(each, shape[0])) : undefined;
  return isRecord(value) ? record(value, shape) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

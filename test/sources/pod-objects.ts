// Pods as the API server gives them, with only what sources look at.

export interface PodParts {
  readonly namespace?: string;
  readonly name?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owners?: readonly { readonly kind: string; readonly name: string }[];
  readonly created?: string;
  readonly deleting?: boolean;
  readonly hostNetwork?: boolean;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly phase?: string;
  readonly state?: object;
  /** Over everything else in it. */
  readonly spec?: object;
  readonly status?: object;
}

export function podObject(parts: PodParts): { readonly kind: 'Pod'; readonly [field: string]: unknown } {
  const {
    namespace = 'kube-system',
    name = 'kube-proxy-x7k2q',
    node = 'node-a',
    created = '2026-11-21T08:00:00Z',
  } = parts;
  const {
    image = 'example/image:v1',
    command,
    args,
    hostNetwork = true,
    state = { running: { startedAt: created } },
  } = parts;
  const container = { name: 'kube-proxy', image, ...(command ? { command } : {}), ...(args ? { args } : {}) };
  const spec = { nodeName: node, hostNetwork, containers: [container], ...parts.spec };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      creationTimestamp: created,
      ...(parts.labels === undefined ? {} : { labels: parts.labels }),
      ...(parts.owners === undefined ? {} : { ownerReferences: parts.owners }),
      ...(parts.deleting === true ? { deletionTimestamp: created } : {}),
    },
    spec,
    status: {
      phase: parts.phase ?? 'Running',
      containerStatuses: spec.containers.map((it) => ({ name: it.name, state, ready: 'running' in state })),
      ...parts.status,
    },
  };
}

// A Pod as far as sources look at it, from the API server's JSON.

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owners: readonly { readonly kind: string; readonly name: string }[];
  /** RFC 3339. */
  readonly created: string;
  readonly deleting: boolean;
  readonly node: string;
  readonly hostNetwork: boolean;
  readonly windows: boolean;
  readonly containers: readonly Container[];
  readonly activeDeadlineSeconds: number | undefined;
  readonly phase: string;
  /** `status.reason` and `status.message`: `Evicted`, `OutOfpods`, `DeadlineExceeded`. */
  readonly reason: string;
  readonly message: string;
  /** Of the condition PodScheduled, where it is False. */
  readonly unscheduled: string | undefined;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  /** Command and arguments, as one argv. */
  readonly argv: readonly string[];
  readonly state: ContainerState;
}

export type ContainerState =
  | { readonly kind: 'running' }
  | { readonly kind: 'waiting' | 'terminated'; readonly reason: string; readonly message: string }
  | { readonly kind: 'unknown' };

export function readPod(object: unknown): Pod {
  const metadata = field(object, 'metadata');
  const spec = field(object, 'spec');
  const status = field(object, 'status');
  const statuses = array(field(status, 'containerStatuses'));
  const scheduled = array(field(status, 'conditions')).find((condition) => field(condition, 'type') === 'PodScheduled');
  const deadline = field(spec, 'activeDeadlineSeconds');
  return {
    namespace: text(field(metadata, 'namespace')),
    name: text(field(metadata, 'name')),
    labels: texts(field(metadata, 'labels')),
    annotations: texts(field(metadata, 'annotations')),
    owners: array(field(metadata, 'ownerReferences')).map((owner) => ({
      kind: text(field(owner, 'kind')),
      name: text(field(owner, 'name')),
    })),
    created: text(field(metadata, 'creationTimestamp')),
    deleting: field(metadata, 'deletionTimestamp') !== undefined,
    node: text(field(spec, 'nodeName')),
    hostNetwork: field(spec, 'hostNetwork') === true,
    windows:
      field(field(spec, 'os'), 'name') === 'windows' ||
      field(field(spec, 'nodeSelector'), 'kubernetes.io/os') === 'windows',
    containers: array(field(spec, 'containers')).map((container) => readContainer(container, statuses)),
    activeDeadlineSeconds: typeof deadline === 'number' ? deadline : undefined,
    phase: text(field(status, 'phase')),
    reason: text(field(status, 'reason')),
    message: text(field(status, 'message')),
    unscheduled: field(scheduled, 'status') === 'False' ? words(scheduled) : undefined,
  };
}

function readContainer(container: unknown, statuses: readonly unknown[]): Container {
  const name = text(field(container, 'name'));
  const state = field(
    statuses.find((status) => field(status, 'name') === name),
    'state',
  );
  return {
    name,
    image: text(field(container, 'image')),
    argv: [...array(field(container, 'command')), ...array(field(container, 'args'))].map(text),
    state: readState(state),
  };
}

function readState(state: unknown): ContainerState {
  if (field(state, 'running') !== undefined) return { kind: 'running' };
  for (const kind of ['terminated', 'waiting'] as const) {
    const found = field(state, kind);
    if (found === undefined) continue;
    return { kind, reason: text(field(found, 'reason')), message: text(field(found, 'message')) };
  }
  return { kind: 'unknown' };
}

/** `reason: message` of a condition, an event or a state, as far as there is either. */
export function words(about: unknown): string {
  return [text(field(about, 'reason')), text(field(about, 'message'))].filter((part) => part !== '').join(': ');
}

/** One field of foreign JSON; `null` is as good as absent. */
export function field(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) return undefined;
  return Object.entries(object).find(([key]) => key === name)?.[1] ?? undefined;
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, text(it)]));
}

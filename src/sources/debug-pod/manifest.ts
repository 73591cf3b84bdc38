// The debug pod: the node's network, the right to read its tables, and nothing else.

export const managedBy = { label: 'app.kubernetes.io/managed-by', value: 'kubectl-proxyrules' } as const;
export const containerName = 'rules';
/** Who started it, for `cleanup`. */
export const startedByAnnotation = 'kubectl-proxyrules/started-by';

export type Capability = 'NET_ADMIN' | 'NET_RAW';

export interface DebugPod {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly image: string;
  /** What keeps the container alive. */
  readonly command: readonly string[];
  readonly capabilities: readonly Capability[];
  readonly activeDeadlineSeconds: number;
  readonly startedBy: string;
}

/**
 * Programs that hold still as long as their standard input stays open, and that touch nothing: kube-proxy's image has no
 * shell to sleep in. iptables-xml(1) turns text from standard input into XML; it opens no socket and takes no lock
 * (strace of 1.8.9: its only wait is read(0)). `iptables-restore --test` would do as well and opens a netlink socket;
 * `nft -f -` the same. cat is for images without iptables' multi programs.
 */
export const holdingCommands: readonly (readonly string[])[] = [
  ['xtables-nft-multi', 'iptables-xml'],
  ['xtables-legacy-multi', 'iptables-xml'],
  ['cat'],
];

export function debugPodObject(pod: DebugPod): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      labels: { [managedBy.label]: managedBy.value, 'app.kubernetes.io/name': 'proxyrules-debug' },
      annotations: { [startedByAnnotation]: pod.startedBy },
    },
    spec: {
      // Not through the scheduler: the node may be cordoned, full or tainted.
      nodeName: pod.node,
      tolerations: [{ operator: 'Exists' }],
      hostNetwork: true,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: pod.activeDeadlineSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      os: { name: 'linux' },
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: containerName,
          image: pod.image,
          imagePullPolicy: 'IfNotPresent',
          command: pod.command,
          // Open with nobody attached; the terminal besides, so that no runtime's restart ends it with an end of file.
          stdin: true,
          stdinOnce: false,
          tty: true,
          securityContext: {
            // The kernel lets nobody else read its tables, whatever the image's user is.
            runAsUser: 0,
            runAsGroup: 0,
            privileged: false,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'], add: pod.capabilities },
          },
          // iptables-nft-save took 51 MB for 40,000 rules (1.8.9): the limit leaves room for a million and more.
          resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '2', memory: '4Gi' } },
        },
      ],
    },
  };
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `proxyrules-node-a-x7k2q`: told apart at a glance, no two alike. */
export function debugPodName(node: string, random: () => number = Math.random): string {
  const readable = node
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  const suffix = Array.from({ length: 5 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  return ['proxyrules', readable, suffix].filter((part) => part !== '').join('-');
}

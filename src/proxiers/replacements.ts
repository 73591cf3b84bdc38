// What does kube-proxy's work where there is no kube-proxy, told by the chains and devices it leaves on a node:
// install/kubernetes and pkg/datapath of cilium, felix/rules and felix/bpf of calico, pkg/controllers of kube-router,
// go-controller of ovn-kubernetes, pkg/agent of antrea.
import type { Ruleset } from '../netfilter/ruleset.ts';

export interface Replacement {
  readonly name: string;
  /** By what it was recognised: `chains CILIUM_*`, `device cilium_host`. */
  readonly by: string;
  /** Where its Services are to be seen. */
  readonly hint: string;
}

interface Signature {
  readonly name: string;
  readonly chain?: RegExp;
  readonly chains?: string;
  readonly device: RegExp | undefined;
  readonly hint: string;
  /** Whether the chains tell that it is there, and only a device that it serves Services. */
  readonly needsDevice?: boolean;
}

const signatures: readonly Signature[] = [
  {
    name: 'Cilium',
    chain: /^CILIUM_/,
    chains: 'CILIUM_*',
    device: /^cilium_(host|net|vxlan|geneve)$/,
    hint: 'Cilium keeps Services in BPF maps: kubectl exec -n kube-system ds/cilium -- cilium-dbg service list',
  },
  {
    name: 'Calico’s eBPF data plane',
    chain: /^cali-/,
    chains: 'cali-*',
    device: /^bpf(in|out)\.cali$/,
    needsDevice: true,
    hint: 'Calico keeps Services in BPF maps: kubectl exec -n calico-system ds/calico-node -- calico-node -bpf nat dump',
  },
  {
    name: 'OVN-Kubernetes',
    chain: /^OVN-KUBE-/,
    chains: 'OVN-KUBE-*',
    device: /^ovn-k8s-mp\d+$/,
    hint: 'OVN keeps Services as its load balancers: ovn-nbctl lb-list, in a pod of ovnkube-node',
  },
  {
    name: 'Antrea',
    chain: /^ANTREA-/,
    chains: 'ANTREA-*',
    device: /^antrea-gw\d+$/,
    hint: 'AntreaProxy keeps Services as flows of Open vSwitch: antctl get ovsflows, in a pod of antrea-agent',
  },
  {
    name: 'kube-router',
    chain: /^KUBE-(ROUTER|POD-FW|NWPLCY)-/,
    chains: 'KUBE-ROUTER-*',
    device: /^kube-dummy-if$/,
    hint: 'kube-router keeps Services as IPVS: ipvsadm -Ln, in a pod of kube-router',
  },
];

/** `undefined` where nothing is recognised. `devices` are the names of the node's, where somebody looked. */
export function replacementOf(
  rulesets: readonly Ruleset[],
  devices: readonly string[] | undefined,
): Replacement | undefined {
  const chains = rulesets.flatMap(({ tables }) => tables.flatMap((table) => [...table.chains()]));
  for (const { name, chain, chains: pattern, device, hint, needsDevice } of signatures) {
    const found = devices?.find((each) => device?.test(each));
    if (found !== undefined) return { name, by: `device ${found}`, hint };
    if (needsDevice === true && devices !== undefined) continue;
    if (chain !== undefined && chains.some((each) => chain.test(each.name))) {
      return { name: needsDevice === true ? 'Calico' : name, by: `chains ${pattern}`, hint };
    }
  }
  return undefined;
}

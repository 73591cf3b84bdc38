// Chains in which a CNI enforces NetworkPolicy: what they drop somebody has asked for, and it depends on the client.
// Calico (felix/rules), kube-router, Weave Net (npc), Azure NPM, Antrea, Cilium.
const prefixes = /^(cali-|KUBE-(POD-FW|NWPLCY|ROUTER)-|WEAVE-NPC|AZURE-NPM|ANTREA-|CILIUM_|FLANNEL-NPC)/;

export function isPolicyChain(name: string): boolean {
  return prefixes.test(name);
}

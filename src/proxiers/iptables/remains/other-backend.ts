// kube-proxy's chains in the backend of iptables (nf_tables or legacy) that it does not use: left by an earlier
// kube-proxy or written by a second one. The kernel asks both backends.
import type { Rule, Ruleset } from '../../../netfilter/ruleset.ts';
import type { OtherBackend } from '../../proxier.ts';
import { splitHashedName } from '../chain-names.ts';
import { compareNode } from '../compare-node.ts';
import { isJumpInto } from './jump-into.ts';

/** Kubelet's hint and canaries are no sign of kube-proxy: only chains of its own that hold rules count. */
export function otherBackends(others: readonly Ruleset[]): readonly OtherBackend[] {
  return others.flatMap((ruleset) => {
    const chains = ruleset.tables.flatMap((table) => [...table.chains()].filter(isKubeProxys));
    if (chains.length === 0) return [];
    const jumps = ruleset.tables.flatMap((table) =>
      [...table.chains()]
        .filter(({ policy }) => policy !== undefined)
        .flatMap((chain): readonly Rule[] => chain.rules().filter(isJumpInto(own))),
    );
    const services = new Set(chains.flatMap(({ name }) => splitHashedName(name)?.hash ?? []));
    const differences: OtherBackend['differences'] = (cluster, facts) =>
      compareNode([ruleset], cluster, facts).differences.length;
    return [{ ruleset, chains: chains.length, services: services.size, jumps, differences }];
  });
}

/** Neither kubelet nor anybody else makes them. */
const own = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-FORWARD', 'KUBE-EXTERNAL-SERVICES'];

function isKubeProxys({ name, ruleCount }: { readonly name: string; readonly ruleCount: number }): boolean {
  // Old kubelets fill KUBE-POSTROUTING, too.
  return ruleCount > 0 && (splitHashedName(name) !== undefined || (own.includes(name) && name !== 'KUBE-POSTROUTING'));
}

// Chains that only another mode of kube-proxy writes. Between iptables and ipvs nothing is cleaned up at a change of mode:
// cmd/kube-proxy/app/server_linux.go platformCleanup, v1.36. pkg/proxy/ipvs/proxier.go iptablesChains, v1.36.
import type { Ruleset } from '../../../netfilter/ruleset.ts';
import type { ModeRemains } from '../../proxier.ts';
import { isJumpInto } from './jump-into.ts';

const chainsOf: Readonly<Record<ModeRemains['mode'], readonly string[]>> = {
  ipvs: [
    'KUBE-NODE-PORT',
    'KUBE-LOAD-BALANCER',
    'KUBE-SOURCE-RANGES-FIREWALL',
    'KUBE-IPVS-FILTER',
    'KUBE-IPVS-OUT-FILTER',
  ],
  userspace: [
    'KUBE-PORTALS-CONTAINER',
    'KUBE-PORTALS-HOST',
    'KUBE-NODEPORT-CONTAINER',
    'KUBE-NODEPORT-HOST',
    'KUBE-NODEPORT-NON-LOCAL',
  ],
};

/** Those in the rulesets of iptables mode, with the rules of chains not among them that lead there. */
export function modeRemains(rulesets: readonly Ruleset[]): readonly ModeRemains[] {
  return (['ipvs', 'userspace'] as const).flatMap((mode) =>
    rulesets.flatMap(({ family, tables }) => {
      const names = chainsOf[mode];
      const found = tables.flatMap((table) =>
        names.flatMap((name) => table.chain(name) ?? []).map(({ name }) => ({ table, name })),
      );
      if (found.length === 0) return [];
      const jumps = [...new Set(found.map(({ table }) => table))].flatMap((table) =>
        [...table.chains()]
          .filter(({ name, policy }) => policy !== undefined && !names.includes(name))
          .flatMap((chain) => chain.rules().filter(isJumpInto(names))),
      );
      return [{ mode, family, chains: found.map(({ table, name }) => `${table.name}/${name}`), jumps }];
    }),
  );
}

// iptables mode: kube-proxy's rules as iptables-save and ip6tables-save print them.
import type { Family } from '../../address.ts';
import { type Capture, sectionOf } from '../../capture/capture.ts';
import type { Ruleset } from '../../netfilter/ruleset.ts';
import { parseIptablesSave } from '../../parse/iptables-save.ts';
import { once } from '../once.ts';
import type { Installed, Proxier, TextDefect } from '../proxier.ts';
import { chainRole } from './chain-role.ts';
import { compareNode } from './compare-node.ts';
import { dissect } from './dissect.ts';
import { foreignTakers } from './foreign-takers.ts';
import { remainsOf } from './remains/index.ts';
import { writtenBy } from './written-by.ts';

export const iptables: Proxier = {
  mode: 'iptables',
  sections: ['iptables-save', 'ip6tables-save', 'iptables-save-other', 'ip6tables-save-other'],
  read: (capture) => installed(readRulesets(capture), readOthers(capture)),
};

/** The families that the capture has, IPv4 first. */
export function readRulesets(capture: Capture): readonly Ruleset[] {
  const read = (name: 'iptables-save' | 'ip6tables-save', family: Family) => {
    const section = sectionOf(capture, name);
    return section === undefined ? [] : [parseIptablesSave(section.text, family)];
  };
  return [...read('iptables-save', 'IPv4'), ...read('ip6tables-save', 'IPv6')];
}

/** The rules of the backend that kube-proxy does not use. A text that is cut proves nothing, and is as good as none. */
export function readOthers(capture: Capture): readonly Ruleset[] {
  return (['iptables-save-other', 'ip6tables-save-other'] as const).flatMap((name) => {
    const section = sectionOf(capture, name);
    if (section === undefined) return [];
    const ruleset = parseIptablesSave(section.text, name === 'iptables-save-other' ? 'IPv4' : 'IPv6');
    return ruleset.defects.length === 0 ? [ruleset] : [];
  });
}

export function installed(rulesets: readonly Ruleset[], others: readonly Ruleset[] = []): Installed {
  const remains = once(() => remainsOf(rulesets.filter(isWhole), others));
  return {
    mode: 'iptables',
    rulesets,
    defects: rulesets.flatMap((ruleset) => defectsOf(ruleset).map((defect) => ({ family: ruleset.family, defect }))),
    writtenBy: writtenBy(rulesets),
    compare: (cluster, facts, scope) => compareNode(rulesets.filter(isWhole), cluster, facts, scope),
    foreignTakers: (ports, node) =>
      rulesets.filter(isWhole).flatMap((ruleset) => foreignTakers(ruleset, ports, node(ruleset.family))),
    others,
    remains,
    dispatch: (ports) => rulesets.map((ruleset) => dissect(ruleset, ports)),
    chainRole,
  };
}

function isWhole(ruleset: Ruleset): boolean {
  return defectsOf(ruleset).length === 0;
}

/** kube-proxy writes to both tables; a text without one of them was cut between tables, or saved with `-t`. */
function defectsOf(ruleset: Ruleset): readonly TextDefect[] {
  const missing = ['nat', 'filter'].filter((name) => ruleset.tables.every((table) => table.name !== name));
  const absent = ruleset.tables.length === 0 ? [] : missing.map((table) => ({ kind: 'table-missing', table }) as const);
  return [...ruleset.defects, ...absent];
}

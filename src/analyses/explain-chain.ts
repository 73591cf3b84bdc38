// One chain: what it is for, whose it is, who leads to it.
import type { Chain, Family } from '../netfilter/ruleset.ts';
import type { LooseChain } from '../proxiers/dispatch.ts';
import type { Block } from '../report/report.ts';
import { portText } from './checks/check.ts';
import { callers } from './explain-rules.ts';
import type { NodeView } from './node-view.ts';
import type { PortState } from './port-state.ts';
import { count, listing, onNode } from './words.ts';

export function chainSentence(view: NodeView, family: Family, chain: Chain, states: readonly PortState[]): string {
  const name = `${chain.table}/${chain.name}`;
  const role = view.installed.chainRole(chain.table, chain.name);
  const loose = looseChain(view, family, chain);
  const leading = callers(view, family, chain).length;
  const led =
    leading === 0 ? 'no rule leads to it' : `${count(leading, 'rule')} ${leading === 1 ? 'leads' : 'lead'} to it`;
  const rules = count(chain.ruleCount, 'rule');
  if (chain.policy !== undefined) return `${name} is a built-in chain, policy ${chain.policy}, with ${rules}`;
  const whose = states.length > 0 ? ` of ${listing([...new Set(states.map((state) => portText(state.name)))])}` : '';
  if (loose !== undefined)
    return `${name} is a chain of kube-proxy's ${onNode(view)} that no known Service uses (${ownerText(loose)}): ${led}`;
  if (role !== undefined) return `${name} ${role.does}${whose}, with ${rules}; ${led}`;
  return `${name} is not one of kube-proxy's chains; it holds ${rules}, and ${led}`;
}

function looseChain(view: NodeView, family: Family, chain: Chain): LooseChain | undefined {
  return view.dispatches
    .find((dispatch) => dispatch.family === family)
    ?.loose.find((each) => each.chain === chain.name && each.table === chain.table);
}

function ownerText({ owner, comment }: LooseChain): string {
  if (owner.kind !== 'nameless')
    return `by ${owner.kind === 'known' || owner.confirmed ? 'its name' : 'its comment'} it is ${portText(owner.name)}'s`;
  return comment === undefined ? 'it has no comment' : `its comment says "${comment}"`;
}

export function explainChain(view: NodeView, family: Family, chain: Chain): readonly Block[] {
  const leading = callers(view, family, chain);
  if (leading.length === 0) return [];
  const from = [...new Set(leading.map(({ ref }) => `${ref.table}/${ref.chain}`))];
  return [{ kind: 'paragraph', text: `Led to from ${listing(from, 8)}.` }];
}

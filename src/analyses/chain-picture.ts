// Chains as a picture: those that one chain leads to, or the base chains of a node and what they lead to first.
import { leadsOf } from '../netfilter/chain-graph.ts';
import type { Family, Rule, Table } from '../netfilter/ruleset.ts';
import type { Graph, GraphEdge, GraphNode } from '../report/report.ts';
import type { NodeView } from './node-view.ts';
import { count, place } from './words.ts';

/** Beyond this a picture cannot be read. */
const mostChains = 40;

/** From one chain, or from every built-in chain. Chains made for one service port are drawn as one node in the second. */
export function chainGraphOf(view: NodeView, family?: Family, table?: string, chain?: string): Graph {
  const kindOf: KindOf = (each, name) => (chain === undefined ? view.installed.chainRole(each, name)?.kind : undefined);
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const rulesets = view.installed.rulesets.filter((each) =>
    family === undefined ? each === view.installed.rulesets[0] : each.family === family,
  );
  for (const ruleset of rulesets) {
    for (const each of ruleset.tables) {
      if (table !== undefined && each.name !== table) continue;
      const starts =
        chain === undefined
          ? [...each.chains()].filter(({ policy }) => policy !== undefined).map(({ name }) => name)
          : [chain];
      draw(each, starts, kindOf, nodes, edges);
    }
  }
  return {
    title: chain ?? `chains ${view.name === '' ? '' : `of ${view.name}`}`.trim(),
    nodes: [...nodes.values()],
    edges: [...edges.values()],
  };
}

/** The name that chains of one kind are drawn under; `undefined` for a chain that is drawn as itself. */
type KindOf = (table: string, chain: string) => string | undefined;

function draw(
  table: Table,
  starts: readonly string[],
  kindOf: KindOf,
  nodes: Map<string, GraphNode>,
  edges: Map<string, GraphEdge>,
): void {
  const pending = [...starts];
  const seen = new Set(starts);
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const chain = table.chain(name);
    if (chain === undefined || nodes.size >= mostChains) continue;
    const leads = leadsOf(chain);
    if (starts.length > 1 && chain.policy !== undefined && chain.ruleCount === 0) continue;
    const from = nodeFor(table, name, kindOf, nodes);
    const grouped = new Map<string, Rule[]>();
    for (const { to, rule } of leads) {
      const id = nodeFor(table, to, kindOf, nodes);
      const known = grouped.get(id);
      if (known === undefined) grouped.set(id, [rule]);
      else known.push(rule);
      if (!seen.has(to) && kindOf(table.name, to) === undefined) {
        seen.add(to);
        pending.push(to);
      }
    }
    for (const [to, rules] of grouped) {
      const label = rules.length === 1 && rules[0] !== undefined ? place(rules[0]) : count(rules.length, 'rule');
      edges.set(`${from}\0${to}`, { from, to, label, tone: 'plain' });
    }
  }
}

function nodeFor(table: Table, name: string, kindOf: KindOf, nodes: Map<string, GraphNode>): string {
  const shown = kindOf(table.name, name) ?? name;
  const id = `${table.name}/${shown}`;
  const policy = table.chain(name)?.policy;
  if (!nodes.has(id)) {
    const label = policy === undefined ? [shown, table.name] : [shown, `${table.name}, policy ${policy}`];
    nodes.set(id, { id, label, shape: policy === undefined ? 'chain' : 'hook', tone: 'plain' });
  }
  return id;
}

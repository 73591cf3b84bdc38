// How things are called in sentences: one spelling for each, used by every verdict and finding.
import { hostPort } from '../address.ts';
import { type Fraction, isOne, isZero, plus, toNumber, zero } from '../netfilter/fraction.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import type { FrontendType } from '../proxiers/dispatch.ts';
import type { Evidence } from '../report/finding.ts';
import type { NodeView } from './node-view.ts';

const typeNames: Readonly<Record<FrontendType, string>> = {
  ClusterIP: 'cluster IP',
  ExternalIP: 'external IP',
  LoadBalancer: 'load balancer IP',
  NodePort: 'node port',
};

export function typeName(type: FrontendType): string {
  return typeNames[type];
}

interface Way {
  readonly address: string | undefined;
  readonly port: number;
  readonly openOn?: readonly string[];
}

/** `10.96.0.1:443`, `[fd00::1]:443`; for a node port `*:30080`, or the addresses of the node it is open on. */
export function wayText({ address, port, openOn = [] }: Way): string {
  if (address !== undefined) return hostPort(address, port);
  return openOn.length === 0 ? `*:${port}` : listing(openOn.map((each) => hostPort(each, port)));
}

/** `cluster IP 10.96.0.1:443`, `node port 30080`. */
export function wayName(way: Way & { readonly type: FrontendType }): string {
  return way.type === 'NodePort' ? `node port ${way.port}` : `${typeName(way.type)} ${wayText(way)}`;
}

/** `33.3 %`, `100 %`, `0.05 %`: one decimal, more where one would say nothing. What is not all or nothing is not called so. */
export function percent(share: Fraction): string {
  if (isZero(share)) return '0 %';
  if (isOne(share)) return '100 %';
  const value = toNumber(share) * 100;
  if (value < 0.0005) return '<0.001 %';
  if (value >= 99.95) return '>99.9 %';
  const digits = value < 0.095 ? 3 : value < 0.95 ? 2 : 1;
  return `${value.toFixed(digits).replace(/\.0+$/, '')} %`;
}

export function sum(shares: readonly Fraction[]): Fraction {
  return shares.reduce((total, share) => plus(total, share), zero);
}

/** `1 backend`, `3 backends`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** `a, b and c`; past `limit`, `a, b and 5 more`. */
export function listing(items: readonly string[], limit = 4): string {
  if (items.length > limit) return `${items.slice(0, limit - 1).join(', ')} and ${items.length - limit + 1} more`;
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** `on node-a`, `on this node`. */
export function onNode(view: NodeView): string {
  return view.name === '' ? 'on this node' : `on ${view.name}`;
}

/** `10800 s` as people say it: `3 h`. */
export function duration(seconds: number): string {
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}

/** `nat:167`: table and line. */
export function place({ ref }: Rule): string {
  return `${ref.table}:${ref.line}`;
}

export function ruleEvidence(rule: Rule): Evidence {
  const { family, table, chain, index, line } = rule.ref;
  return { kind: 'rule', family, table, chain, index, line, text: rule.text };
}

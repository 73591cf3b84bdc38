// KPR105 as drift tells it: two Services claim one address, port and protocol. The rules are as kube-proxy writes them;
// which of both gets the connections is chance.
import type { Finding } from '../../report/finding.ts';
import { portSubject, portText, raise } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import { waysIn } from '../way-in.ts';
import { listing, onNode, wayName } from '../words.ts';
import type { Scope } from './scope.ts';

export function sharedAddresses(view: NodeView, scope: Scope): readonly Finding[] {
  const claims = (view.cluster?.ports ?? []).flatMap((port) =>
    waysIn(port).map((way) => ({ port, way, key: `${way.address ?? ''} ${way.port} ${port.name.protocol}` })),
  );
  const findings: Finding[] = [];
  for (const group of Map.groupBy(claims, ({ key, port }) => `${port.family} ${key}`).values()) {
    const [first] = group;
    const names = [...new Set(group.map(({ port }) => portText(port.name)))].sort();
    if (first === undefined || names.length < 2 || !group.some(({ port }) => scope(port.name))) continue;
    findings.push(
      raise('KPR105', view, {
        subject: portSubject(first.port.name),
        severity: 'info',
        message: `${wayName(first.way)} is claimed by ${listing(names)}: ${onNode(view)} the rule that stands first gets every connection, and which one that is changes with each sync`,
      }),
    );
  }
  return findings;
}

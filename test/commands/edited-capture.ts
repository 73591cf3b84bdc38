// A verb on a saved capture made from a test's texts, with what kube-proxy's metrics said at the time.
import type { Section } from '../../src/capture/capture.ts';
import { saveCapture } from '../../src/capture/save.ts';
import { cli, type Outcome } from './cli.ts';
import { freshPath, type Node } from './edited-run.ts';

export async function captured(
  args: readonly string[],
  { rules, rules6, items }: Node,
  metrics: string,
): Promise<Outcome> {
  const section = (name: Section['name'], text: string): Section => ({
    name,
    command: name,
    status: 0,
    text: Buffer.from(text),
  });
  const out = freshPath('capture');
  await saveCapture(
    {
      node: 'node-a',
      kubeProxyVersion: 'v1.36.1',
      taken: '2026-11-21T08:40:00Z',
      source: 'proxy-pod',
      sections: [section('iptables-save', rules), section('ip6tables-save', rules6), section('metrics', metrics)],
      objects: [{ file: 'objects.json', text: JSON.stringify({ kind: 'List', apiVersion: 'v1', items }) }],
    },
    out,
  );
  return cli([...args, '--capture', out]);
}

// What kube-proxy itself says of a refusal, in the comment of the rule that refuses.
import type { Frontend } from '../../proxiers/dispatch.ts';

export function refusalComment({ routes }: Frontend): string {
  const text = routes.outside.rule?.text ?? routes.pods.rule?.text ?? '';
  if (text.includes('has no local endpoints')) return 'kube-proxy saw no endpoint on this node';
  return text.includes('has no endpoints') ? 'kube-proxy saw no endpoints' : 'a rule says so';
}

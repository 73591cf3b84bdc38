// Evidence as one line of text, for formats that have no columns.
import type { Evidence } from '../report/finding.ts';

/** `IPv4 nat:415  -A KUBE-SVC-...`, `EndpointSlice shop/web-7k2xq  offers 10.0.0.1`, `line 42  # Warning`. */
export function evidenceText(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'rule':
      return `${evidence.family} ${evidence.table}:${evidence.line}  ${evidence.text}`;
    case 'diff':
      return [`${evidence.family} ${evidence.table}/${evidence.chain}`, ...evidence.lines].join('\n    ');
    case 'object':
      return `${evidence.object}  ${evidence.says}`;
    case 'text':
      return `line ${evidence.line}  ${evidence.text}`;
    default:
      return evidence satisfies never;
  }
}

// Colours of the pictures, by tone. Lines and texts have a contrast of 4.5 or more on white and on their fill (WCAG 2).
import type { GraphNode, Tone } from '../report/report.ts';

export interface Paint {
  readonly line: string;
  readonly fill: string;
}

export const text = '#1f2933';
export const smallText = '#52606d';

export const paints: { readonly [tone in Tone]: Paint } = {
  good: { line: '#1a7f37', fill: '#e3f6e8' },
  bad: { line: '#c9252d', fill: '#fdeaea' },
  doubt: { line: '#8a5d00', fill: '#fff4d6' },
  quiet: { line: '#697586', fill: '#fafbfc' },
  strong: { line: '#1f2933', fill: '#e4e7eb' },
  plain: { line: '#52606d', fill: '#f5f7fa' },
};

const entrance: Paint = { line: '#2463a6', fill: '#e6f0fb' };

/** The tone says how a node fares and its shape what it is; the ways in without a tone of their own are blue. */
export function nodePaint({ shape, tone }: Pick<GraphNode, 'shape' | 'tone'>): Paint {
  return tone === 'plain' && (shape === 'hook' || shape === 'frontend') ? entrance : paints[tone];
}

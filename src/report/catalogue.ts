// Every finding this release can raise, by its code: what it means, why it matters, what to do next. The verb `codes`
// and docs/codes.md are made from it. A code that was once published is never given another meaning.
import { apiFindings } from './catalogue/api.ts';
import { conntrackFindings } from './catalogue/conntrack.ts';
import type { CatalogueEntry } from './catalogue/entry.ts';
import { foreignFindings } from './catalogue/foreign.ts';
import { kubeProxyFindings } from './catalogue/kube-proxy.ts';
import { nodeFindings } from './catalogue/node.ts';
import { type Facts, fillPlaceholders } from './catalogue/placeholders.ts';
import { textFindings } from './catalogue/text.ts';

export type { CatalogueEntry, Cause } from './catalogue/entry.ts';
export type { Facts } from './catalogue/placeholders.ts';

export const catalogue = {
  ...apiFindings,
  ...kubeProxyFindings,
  ...foreignFindings,
  ...nodeFindings,
  ...conntrackFindings,
  ...textFindings,
} as const satisfies Record<string, CatalogueEntry>;

export type FindingCode = keyof typeof catalogue;

/** Every code, in order. */
export const findingCodes: readonly FindingCode[] = Object.keys(catalogue).filter(isFindingCode).sort();

/** Whether the text is a code of the catalogue, spelled as in the catalogue. */
export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(catalogue, code);
}

export function catalogueEntry(code: FindingCode): CatalogueEntry {
  return catalogue[code];
}

/** The first thing to type, on one line: a command that changes nothing. */
export function remedyFor(code: FindingCode, facts: Facts): string {
  return nextFor(code, facts)[0] ?? '';
}

/** All there is to type or read, in order. Lines that begin with `kubectl ` are commands, the others are sentences. */
export function nextFor(code: FindingCode, facts: Facts): readonly string[] {
  return catalogueEntry(code).next.map((line) => fillPlaceholders(line, facts));
}

// The catalogue as SARIF's rules: every code in every run, so that results of two runs can be laid side by side. Limits
// are code scanning's: "SARIF support for code scanning" in GitHub's documentation.
import { catalogueEntry, type FindingCode, findingCodes, nextFor } from '../report/catalogue.ts';
import type { Severity } from '../report/finding.ts';
import { cutText } from './cut-text.ts';

/** SARIF 2.1.0, 3.27.10. */
export const levels = { critical: 'error', warning: 'warning', info: 'note' } as const satisfies Record<
  Severity,
  string
>;

const problem = { critical: 'error', warning: 'warning', info: 'recommendation' } as const;

/** Characters of a description that code scanning shows. */
const longest = 1024;

/** One `reportingDescriptor` a code, in the order of `findingCodes`. */
export const sarifRules = findingCodes.map(ruleOf);

function ruleOf(code: FindingCode) {
  const { title, severity, cause, meaning, why, byDesign, references } = catalogueEntry(code);
  const next = nextFor(code, {});
  const design = byDesign === undefined ? [] : [['When it is by design', byDesign] as const];
  const parts = [['What it means', meaning] as const, ['Why it matters', why] as const, ...design];
  return {
    id: code,
    shortDescription: { text: cutText(title, longest) },
    fullDescription: { text: cutText(meaning, longest) },
    ...(references[0] === undefined ? {} : { helpUri: references[0] }),
    help: {
      text: [...parts.map(([, text]) => text), 'Next:', ...next, ...references].join('\n'),
      markdown: [
        ...parts.map(([heading, text]) => `**${heading}.** ${asMarkdown(text)}`),
        ['**Next**', '', ...next.map((line) => `- ${asMarkdown(line)}`)].join('\n'),
        ...(references.length === 0 ? [] : [references.map((link) => `- <${link}>`).join('\n')]),
      ].join('\n\n'),
    },
    defaultConfiguration: { level: levels[severity] },
    properties: {
      tags: [...new Set(['kubernetes', 'kube-proxy', cause])],
      precision: 'high',
      'problem.severity': problem[severity],
    },
  };
}

/** A command is code; in a sentence an angle bracket would begin HTML. */
function asMarkdown(line: string): string {
  return line.startsWith('kubectl ') ? `\`${line}\`` : line.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

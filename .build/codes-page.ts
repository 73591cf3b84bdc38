// Writes docs/codes.md from the catalogue. `node .build/codes-page.ts` writes the page, `--print` prints it, `--check`
// fails when the page on disk is not the one the catalogue makes.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import {
  type CatalogueEntry,
  type Cause,
  catalogueEntry,
  type FindingCode,
  findingCodes,
} from '../src/report/catalogue.ts';

export const pagePath = new URL('../docs/codes.md', import.meta.url);

export const faults: Readonly<Record<Cause, string>> = {
  api: "the API's objects",
  'kube-proxy': 'kube-proxy',
  'foreign-rule': 'another program on the node',
  node: 'the node',
  conntrack: 'connection tracking',
  text: 'nobody: the text cannot be trusted',
};

export function codesPage(): string {
  const rows = findingCodes.map((code) => {
    const { title, severity, cause } = catalogueEntry(code);
    return `| [${code}](#${code.toLowerCase()}) | ${prose(title)} | ${severity} | ${faults[cause]} |`;
  });
  return `${[opening, ['| code | finding | severity | who is at fault |', '|---|---|---|---|', ...rows].join('\n'), closing, ...findingCodes.map(section)].join('\n\n')}\n`;
}

const opening = `# Findings

<!-- Made by .build/codes-page.ts from src/report/catalogue. Change it there. -->

What \`kubectl proxyrules\` can find, by code. The same text is in the tool, offline: \`kubectl proxyrules codes KPR201\`.
A code keeps its meaning for ever. The severity is the usual one; a finding may carry another where its evidence says so,
and \`drift\` and \`status\`, which answer for kube-proxy and the node, report KPR1xx as \`info\`.`;

const closing = `In the commands, replace \`{namespace}\` and \`{name}\` by those of the Service, \`{port}\` by its port's name or number,
\`{node}\` by the node and \`{address}\` by the address that the finding is about. A finding's own remedy has them filled in.
Commands that change something stand after a sentence that says what they do; this tool never runs them. They look
for kube-proxy in the namespace kube-system under the label \`k8s-app=kube-proxy\`, as kubeadm and most installers set it up; on some
platforms the label is \`component=kube-proxy\`, and in k3s, k0s and MicroK8s kube-proxy has no pod: there, look at the
agent on the node.`;

function section(code: FindingCode): string {
  const entry = catalogueEntry(code);
  return [
    `## ${code}`,
    `**${prose(entry.title)}** · ${entry.severity} · at fault: ${faults[entry.cause]}`,
    prose(entry.meaning),
    `*Why it matters.* ${prose(entry.why)}`,
    ...(entry.byDesign === undefined ? [] : [`*When it is nothing to worry about.* ${prose(entry.byDesign)}`]),
    '*What to do next.*',
    ...steps(entry),
    `*References:* ${entry.references.map((url) => `<${url}>`).join(', ')}`,
  ].join('\n\n');
}

/** Commands that follow each other share one block; sentences stand between the blocks. */
function steps({ next }: CatalogueEntry): readonly string[] {
  const blocks: string[][] = [];
  let commands: string[] = [];
  for (const line of next) {
    if (!line.startsWith('kubectl ')) {
      blocks.push([prose(line)]);
      commands = [];
      continue;
    }
    if (commands.length === 0) blocks.push(commands);
    commands.push(line);
  }
  return blocks.map((lines) =>
    lines[0]?.startsWith('kubectl ') ? `\`\`\`sh\n${lines.join('\n')}\n\`\`\`` : lines.join('\n'),
  );
}

function prose(text: string): string {
  return text.replace(/[\\<*[\]|`]/g, '\\$&');
}

if (pathToFileURL(argv[1] ?? '').href === import.meta.url) {
  const page = codesPage();
  if (argv.includes('--print')) console.log(page.trimEnd());
  else if (!argv.includes('--check')) writeFileSync(pagePath, page);
  else if (readFileSync(pagePath, 'utf8') !== page) {
    console.error('docs/codes.md is stale: run `node .build/codes-page.ts`');
    process.exitCode = 1;
  }
}

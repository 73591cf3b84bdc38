// docs/proofs.md: which test proves that a finding about the node and about others on it is found, and that without the
// fault nothing is said. Written by `node .build/proofs-page.ts`; a test holds it to the cases.
import { writeFileSync } from 'node:fs';
import { catalogueEntry, type FindingCode, findingCodes } from '../src/report/catalogue.ts';
import { nodeCases } from '../test/analyses/node-cases.ts';
import { foreignCases } from '../test/kernel/foreign-cases.ts';

export const proofsPath = new URL('../docs/proofs.md', import.meta.url);

export interface Proof {
  readonly code: string;
  /** The name of the test, and of its twin. */
  readonly what: string;
  readonly file: string;
  readonly by: string;
}

export const proofs: readonly Proof[] = [
  ...foreignCases.map(({ code, what }) => ({
    code,
    what,
    file: 'test/kernel/foreign.test.ts',
    by: 'made in a kernel, saved by the real programs',
  })),
  ...nodeCases.map(({ code, what }) => ({
    code,
    what,
    file: 'test/analyses/node.test.ts',
    by: 'a recorded node with one text changed',
  })),
];

/** What must have a proof: others on the node, the node, its connection tracking. KPR312 is about an address. */
export const toProve: readonly FindingCode[] = findingCodes.filter(
  (code) => /^KPR[345]/.test(code) && code !== 'KPR312',
);

export function proofsPage(): string {
  const rows = toProve.flatMap((code) =>
    proofs
      .filter((proof) => proof.code === code)
      .map(
        ({ what, file, by }) =>
          `| [${code}](codes.md#${code.toLowerCase()}) | ${catalogueEntry(code).title} | ${what} | \`${file}\` | ${by} |`,
      ),
  );
  return `${opening}\n\n| code | finding | what is done to the node | test | how |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

const opening = `# What proves the findings about the node

Each line is a test that does this to a node and asks \`explain\` and \`drift\`. It must find it, with this code; where it makes
a Service unreachable, the first sentence of \`explain\` must name it. Each has a twin without the fault, or with the same
program where it does no harm: there neither verb says anything of the kind.`;

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) writeFileSync(proofsPath, proofsPage());

// Foreign interference, made in a kernel and saved by the real programs: `explain` and `drift` find it, the first sentence
// names what makes a Service unreachable, and the twin of each raises nothing of the kind.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { cli, type Document, documentOf } from '../commands/cli.ts';
import { type ForeignCase, foreignCases } from './foreign-cases.ts';
import { whyNoNamespace } from './namespace.ts';
import { kernelNode } from './node.ts';

const skip = whyNoNamespace() ?? false;

for (const each of foreignCases) {
  test(`${each.code}: ${each.what}`, { skip }, async (context) => {
    const folder = nodeOf(context, each, each.make);
    if (each.only !== 'drift') {
      const { verdict, findings } = await answer('explain', folder, each.target);
      assert.equal(verdict?.state, each.state ?? verdict?.state, verdict?.sentence);
      if (each.sentence !== undefined) assert.match(verdict?.sentence ?? '', each.sentence);
      mustTell(findings, each, each.severity);
    }
    if (each.only !== 'explain') {
      const { findings } = await answer('drift', folder);
      mustTell(findings, each, each.driftSeverity ?? each.severity);
    }
  });

  test(`${each.code}: nothing of the kind without it (${each.what})`, { skip }, async (context) => {
    const folder = nodeOf(context, { objects: each.cleanObjects }, each.clean);
    const drift = await answer('drift', folder);
    const explained = each.target === undefined ? undefined : await answer('explain', folder, each.target);
    const findings = [...drift.findings, ...(explained?.findings ?? [])];
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info').map(({ message }) => message),
      [],
    );
    assert.ok(findings.every(({ code }) => code !== each.code));
    if (explained !== undefined) assert.equal(explained.verdict?.state, 'reachable', explained.verdict?.sentence);
  });
}

function nodeOf(
  context: TestContext,
  { objects }: { readonly objects?: ForeignCase['objects'] | undefined },
  make: ForeignCase['make'],
): string {
  const node = kernelNode(context);
  make(node);
  return node.capture(objects?.());
}

async function answer(verb: 'explain' | 'drift', folder: string, target?: string): Promise<Document> {
  const run = await cli([verb, ...(target === undefined ? [] : [target]), '--capture', folder, '-o', 'json']);
  assert.ok(run.exitCode <= 1, run.stderr);
  return documentOf(run);
}

function mustTell(findings: Document['findings'], { code, says }: ForeignCase, severity: string): void {
  const own = findings.filter((finding) => finding.code === code);
  const all = findings.map((finding) => `${finding.code} ${finding.severity} ${finding.message}`).join('\n');
  assert.ok(
    own.some((finding) => says.test(finding.message) && finding.severity === severity),
    `${code} ${severity} ${says} is not among\n${all}`,
  );
}

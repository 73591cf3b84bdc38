// Faults of the node and of its connection tracking: found in the recorded node with one text changed, and not without.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { captureFolder } from '../commands/capture-folder.ts';
import { cli, type Document, documentOf, recordedText } from '../commands/cli.ts';
import { type NodeCase, nodeCases } from './node-cases.ts';

for (const each of nodeCases) {
  test(`${each.code}: ${each.what}`, async (context) => {
    const folder = folderOf(context, each.texts);
    const { verdict, findings } = await answer('explain', folder, each.target);
    const drift = await answer('drift', folder);
    for (const found of [findings, drift.findings]) {
      assert.ok(
        found.some(
          ({ code, severity, message }) => code === each.code && severity === each.severity && each.says.test(message),
        ),
        found.map(({ code, severity, message }) => `${code} ${severity} ${message}`).join('\n'),
      );
    }
    assert.equal(verdict?.state, each.state, verdict?.sentence);
    if (each.sentence !== undefined) assert.match(verdict?.sentence ?? '', each.sentence);
  });

  test(`${each.code}: nothing of the kind without it (${each.what})`, async (context) => {
    const folder = folderOf(context, each.clean ?? {});
    const { verdict, findings } = await answer('explain', folder, each.target);
    const drift = await answer('drift', folder);
    assert.ok([...findings, ...drift.findings].every(({ code }) => code !== each.code));
    assert.equal(verdict?.state, 'reachable', verdict?.sentence);
  });
}

const files = {
  'iptables-save': 'iptables-save.txt',
  'ip6tables-save': 'ip6tables-save.txt',
  'ip-addr': 'ip-addr.json',
  'ip-route': 'ip-route.json',
  'ip-rule': 'ip-rule.json',
  sysctl: 'sysctl.txt',
} as const;

function folderOf(context: TestContext, texts: NodeCase['texts']): string {
  const recorded = Object.entries(files).map(([name, file]) => [name, recordedText(`live-node-a/${file}`)] as const);
  const all = new Map<string, string>([...recorded, ...Object.entries(texts)]);
  const saved = [...all].map(([name, text]) => ({ name: name as keyof typeof files, command: name, text }));
  return captureFolder(context, saved, recordedText('live-node-a/objects.json'));
}

async function answer(verb: 'explain' | 'drift', folder: string, target?: string): Promise<Document> {
  const run = await cli([verb, ...(target === undefined ? [] : [target]), '--capture', folder, '-o', 'json']);
  assert.ok(run.exitCode <= 1, run.stderr);
  return documentOf(run);
}

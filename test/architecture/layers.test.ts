import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { cruise } from 'dependency-cruiser';
import { forbidden } from './layers.ts';

test('imports follow the layer table', async () => {
  const { output } = (await cruise(['src'], {
    ruleSet: { forbidden },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
    ...(process.env.PARSER ? { parser: process.env.PARSER } : {}),
  } as never)) as unknown as {
    output: {
      modules: { source: string }[];
      summary: { violations: { rule: { name: string }; from: string; to: string }[] };
    };
  };

  // Fail closed: a cruiser that cannot read TypeScript sees no files and reports no violations.
  const seen = output.modules.map((module) => module.source).filter((source) => source.startsWith('src/'));
  assert.deepEqual(seen.sort(), globSync('src/**/*.ts').sort());
  assert.deepEqual(
    output.summary.violations.map((v) => `${v.from} -> ${v.to}: ${v.rule.name}`),
    [],
  );
});

// A SARIF log held against the standard's own schema, and against what GitHub's code scanning asks beyond it ("SARIF
// support for code scanning" in its documentation).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import type { Report } from '../../src/report/report.ts';

const schema = JSON.parse(readFileSync(new URL('../fixtures/schemas/sarif-2.1.0-rtm.5.json', import.meta.url), 'utf8'));
const ajv = new Ajv04.default({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
// The schema's patterns are not all of the kind that `u` allows.
const validate = ajv.compile<{ readonly runs: readonly unknown[] }>(schema);

export interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex?: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly [
    {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string };
        readonly region: {
          readonly startLine: number;
          readonly endLine: number;
          readonly startColumn: number;
          readonly endColumn: number;
        };
      };
    },
  ];
  readonly partialFingerprints: { readonly primaryLocationLineHash: string };
  readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[];
}

export interface SarifRun {
  readonly tool: { readonly driver: { readonly version: string; readonly rules: readonly SarifRule[] } };
  readonly automationDetails: { readonly id: string };
  readonly invocations: readonly [
    {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications?: readonly {
        readonly level: string;
        readonly message: { readonly text: string };
      }[];
    },
  ];
  readonly results: readonly SarifResult[];
}

export interface SarifRule {
  readonly id: string;
  readonly helpUri: string;
  readonly shortDescription: { readonly text: string };
  readonly fullDescription: { readonly text: string };
  readonly help: { readonly text: string; readonly markdown: string };
  readonly defaultConfiguration: { readonly level: string };
  readonly properties: { readonly tags: readonly string[]; readonly precision: string };
}

export function runOf(output: string): SarifRun {
  return JSON.parse(output).runs[0];
}

export function readSarif(output: string, { findings, failure }: Report): void {
  const log = JSON.parse(output);
  const valid: boolean = validate(log);
  assert.ok(valid, ajv.errorsText(validate.errors));
  assert.equal(log.runs.length, 1);
  const { tool, results, invocations } = runOf(output);
  assert.equal(invocations[0].executionSuccessful, failure === undefined);
  assert.equal(results.length, Math.min(findings.length, 25_000));
  const known = tool.driver.rules.map(({ id }) => id);
  assert.equal(
    new Set(results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash)).size,
    results.length,
  );
  for (const { ruleId, ruleIndex, message, locations } of results) {
    if (ruleIndex !== undefined) assert.equal(known[ruleIndex], ruleId);
    assert.ok(ruleId !== '' && message.text !== '');
    assert.doesNotMatch(message.text, /\]\(|(?<!\{)\{(?:\{\{)*(?!\{)/, 'a link or a placeholder');
    const [
      {
        physicalLocation: {
          artifactLocation: { uri },
          region,
        },
      },
    ] = locations;
    const base = 'https://host/checkout/';
    assert.ok(new URL(uri, base).href.startsWith(base), `leaves the checkout: ${uri}`);
    assert.doesNotMatch(uri, /^[a-z][a-z0-9+.-]*:|^\/|\\/i);
    assert.ok(region.startLine >= 1 && region.endLine >= region.startLine && region.endColumn >= region.startColumn);
  }
}

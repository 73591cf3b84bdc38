// The documents of `drift` and `status` as the tests read them.
import assert from 'node:assert/strict';
import type { DocumentFinding, Outcome } from './cli.ts';

export interface DriftDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly meta: { readonly tool: string; readonly notes: readonly string[]; readonly node?: string };
  readonly summary: {
    readonly nodes: number;
    readonly critical: number;
    readonly warning: number;
    readonly info: number;
    readonly incomplete: number;
  };
  readonly nodes: readonly DriftRow[];
  readonly findings: readonly (DocumentFinding & { readonly suppressed?: object })[];
}

export interface DriftRow {
  readonly name: string;
  readonly mode: string;
  readonly release: string;
  readonly source: string;
  readonly state: string;
  readonly servicePorts: { readonly expected: number; readonly inSync: number };
  readonly note: string;
}

export function driftOf({ stdout, stderr }: Pick<Outcome, 'stdout' | 'stderr'>): DriftDocument {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

export function statusOf(outcome: Outcome): Omit<DriftDocument, 'summary'> {
  return driftOf(outcome);
}

/** `KPR201 critical Service shop/cart:http`, in the document's order. */
export function told({ findings }: Pick<DriftDocument, 'findings'>): readonly string[] {
  return findings.map(({ code, severity, subject: { kind, namespace, name, port } }) =>
    [code, severity, kind, `${namespace === '' ? '' : `${namespace}/`}${name}${port === '' ? '' : `:${port}`}`].join(
      ' ',
    ),
  );
}

/** Those that count by default. */
export function grave(document: Pick<DriftDocument, 'findings'>): readonly string[] {
  return told(document).filter((line) => !line.includes(' info '));
}

/** In sync: nothing told but by the API's own objects, every port counted. */
export function assertClean(document: DriftDocument): void {
  assert.deepEqual(grave(document), []);
  // live-node-a has a hostPort that loses against a node port: that is told.
  for (const { code } of document.findings) assert.match(code, /^KPR(?:1|307)/);
  assert.deepEqual([document.summary.critical, document.summary.warning, document.summary.incomplete], [0, 0, 0]);
  for (const { state, servicePorts } of document.nodes) {
    assert.equal(state, 'SYNCED');
    assert.equal(servicePorts.inSync, servicePorts.expected);
    assert.ok(servicePorts.expected > 10);
  }
}

// The document that programs read: its fields and their order are the contract, in JSON and in YAML alike.
import type { Finding } from '../report/finding.ts';
import type { Report } from '../report/report.ts';

/** `apiVersion`, `kind`, `meta`, the report's own fields, and its findings last unless the report placed them itself. */
export function documentOf({ kind, meta, data, findings }: Report): { readonly [field: string]: unknown } {
  const head = { apiVersion: 'proxyrules/v1', kind, meta };
  // The second `head` keeps the place of the first: no field of the report can take over its name.
  const document = { ...head, ...data, ...head };
  return Object.hasOwn(data, 'findings') ? document : { ...document, findings: findings.map(printed) };
}

/** Exactly the contract's fields in its order; a new field of Finding must be decided upon here. */
function printed({ code, severity, node, subject, message, evidence, remedy, suppressed }: Finding): Finding {
  const fields = { code, severity, node, subject, message, evidence, remedy };
  return suppressed === undefined ? fields : ({ ...fields, suppressed } satisfies Record<keyof Finding, unknown>);
}

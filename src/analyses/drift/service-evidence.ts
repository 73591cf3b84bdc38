// What single Services lack, as evidence of the one finding that names their common cause.
import type { Evidence, Finding } from '../../report/finding.ts';

export function serviceEvidence(findings: readonly Finding[]): readonly Evidence[] {
  return findings.map(({ subject: { namespace, name }, message }) => ({
    kind: 'object',
    object: `${prefix}${namespace}/${name}`,
    says: message,
  }));
}

const prefix = 'Service ';

/** `namespace/name` of each, for a finding whose evidence they are; empty for one that is about a Service itself. */
export function servicesNamedBy({ subject, evidence }: Finding): readonly string[] {
  if (subject.kind !== 'Node') return [];
  return evidence.flatMap((each) =>
    each.kind === 'object' && each.object.startsWith(prefix) ? each.object.slice(prefix.length) : [],
  );
}

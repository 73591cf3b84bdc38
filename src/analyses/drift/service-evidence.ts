// What single Services lack, as evidence of the one finding that names their common cause.
import type { Evidence, Finding } from '../../report/finding.ts';

export function serviceEvidence(findings: readonly Finding[]): readonly Evidence[] {
  return findings.map(({ subject: { namespace, name }, message }) => ({
    kind: 'object',
    object: `Service ${namespace}/${name}`,
    says: message,
  }));
}

// What makes a finding the same one in the next run: its code and what it is about. Never a line, a counter, a share or
// a time: they change while the fault stays.
import { createHash } from 'node:crypto';
import type { Finding } from '../report/finding.ts';

/** A fingerprint for each finding, in order; findings that differ in nothing that counts are numbered. */
export function fingerprints(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map(({ code, node, subject, evidence }) => {
    const family = evidence.find((each) => each.kind === 'rule')?.family ?? '';
    const { kind, namespace, name, port, protocol } = subject;
    const identity = JSON.stringify([code, node, kind, namespace, name, port, protocol, family]);
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32);
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return `${hash}:${count}`;
  });
}

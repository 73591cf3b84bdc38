// How a suppression is written: `CODE=Kind/NAMESPACE/NAME`.
import { InvalidArgumentError } from 'commander';
import type { Suppression } from '../analyses/suppress.ts';

/** For `--suppress`, which may be repeated. */
export function readSuppress(value: string, before: readonly Suppression[] = []): readonly Suppression[] {
  const equals = value.indexOf('=');
  const code = value.slice(0, equals).toUpperCase();
  const subject = value.slice(equals + 1);
  if (equals <= 0 || !isCodePattern(code) || !isSubjectPattern(subject)) {
    throw new InvalidArgumentError(
      'It takes CODE=Kind/NAMESPACE/NAME, such as KPR201=Service/shop/web or KPR305=Node/*.',
    );
  }
  return [...before, { code, subject, reason: 'given on the command line', by: '--suppress' }];
}

/** `KPR201`, `KPR2*`, `*`. */
export function isCodePattern(text: string): boolean {
  return /^(?:KPR[\d*]{1,3}|\*)$/.test(text);
}

/** Two parts are of what has no namespace. */
export function isSubjectPattern(text: string): boolean {
  return /^[^/\s]+(?:\/[^/\s]+){1,2}$/.test(text);
}

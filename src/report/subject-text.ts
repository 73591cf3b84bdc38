// How a finding's subject is written in one line, the same in every format.
import type { Subject } from './finding.ts';

/** `Service shop/web:http/TCP`. Empty for a subject without any name. */
export function subjectText({ kind, namespace, name, port, protocol }: Subject): string {
  const path = [namespace, name].filter((part) => part !== '').join('/');
  const full = `${path}${port === '' ? '' : `:${port}`}${protocol === '' ? '' : `/${protocol}`}`;
  return [kind, full].filter((part) => part !== '').join(' ');
}

// meta/v1 Status, as the real API server words it.

export interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: object;
}

export function statusBody({ code, reason, message, details }: Status): string {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  return `${JSON.stringify(status)}\n`;
}

export const unauthorized: Status = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

export function notFound(plural: string, name: string): Status {
  const message = `${plural} "${name}" not found`;
  return { code: 404, reason: 'NotFound', message, details: { name, kind: plural } };
}

export function unknownPath(): Status {
  return { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' };
}

export function expired(): Status {
  const message = 'The provided continue parameter is too old to display a consistent list result.';
  return { code: 410, reason: 'Expired', message };
}

export interface Asked {
  readonly verb: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly group: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

export function forbidden({ verb, resource, group, namespace, name }: Asked, user: string): Status {
  const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const kind = resource.split('/')[0] ?? '';
  const of = `${kind}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` "${name}"`}`;
  return {
    code: 403,
    reason: 'Forbidden',
    message: `${of} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`,
    details: { name, kind },
  };
}

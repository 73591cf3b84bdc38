// What the API server answers instead of what was asked (apimachinery meta/v1 Status), with the line that shows why.
import { ClusterError } from '../errors.ts';
import type { Permission } from './api-server.ts';
import { fieldsOf, textOf } from './fields.ts';
import type { KubeFlags } from './kube-flags.ts';

/** The server answered, and said no. `status` is the HTTP status, `reason` the Status' (`Forbidden`, `NotFound`). */
export class ApiError extends ClusterError {
  static override readonly brand: string = 'ApiError';
  readonly status: number;
  readonly reason: string;
  /** The server's own sentence; empty where it had none. */
  readonly said: string;
  /** For a missing permission, the question to ask the cluster: `kubectl auth can-i list nodes`. */
  readonly canI: string | undefined;

  constructor(
    code: string,
    sentence: string,
    hint: string,
    answer: { status: number; reason: string; said: string; canI?: string },
  ) {
    super(code, sentence, { hint });
    this.status = answer.status;
    this.reason = answer.reason;
    this.said = answer.said;
    this.canI = answer.canI;
  }
}

export interface Request {
  readonly method: string;
  /** Without the server's own path. */
  readonly path: string;
}

/** `flags` are repeated in the commands of the hints, so that they ask the same cluster as the same user. */
export function apiError(status: number, body: string, request: Request, server: string, flags: KubeFlags): ApiError {
  const { reason = '', message = '' } = readStatus(body);
  const said = message.slice(0, 1000);
  const what = describe(request);
  const answer = { status, reason, said };
  if (status === 401) {
    const hint = `The token or certificate may have expired: log in again, then try ${line(['kubectl', 'auth', 'whoami'], flags)}`;
    return new ApiError('API_UNAUTHORIZED', `${server} does not accept our credentials.`, hint, answer);
  }
  if (status === 403) return forbidden(answer, request, server, flags);
  if (status === 404) {
    return new ApiError(
      'API_NOT_FOUND',
      `${said || `${what} is not there`}.`.replace(/\.\.$/, '.'),
      `See what there is: ${line(getLine(request), flags)}`,
      answer,
    );
  }
  if (status === 410) {
    return new ApiError(
      'API_EXPIRED',
      `The list of ${what} changed too much while it was read.`,
      'Run it again.',
      answer,
    );
  }
  const words = said === '' ? '' : `: ${said}`;
  const hint =
    status >= 500 || status === 429
      ? `The server is in trouble or busy; look at ${line(['kubectl', 'get', '--raw', '/readyz?verbose'], flags)}`
      : 'Try it with kubectl -v=6.';
  return new ApiError(
    codes[status] ?? (status >= 500 ? 'API_FAILED' : 'API_REFUSED'),
    `${server} answered ${status} to ${request.method} ${what}${words}`,
    hint,
    answer,
  );
}

const codes: Readonly<Record<number, string>> = {
  400: 'API_REFUSED',
  409: 'API_CONFLICT',
  422: 'API_INVALID',
  429: 'API_BUSY',
  503: 'API_UNAVAILABLE',
  504: 'API_UNAVAILABLE',
};

function forbidden(
  answer: { status: number; reason: string; said: string },
  request: Request,
  server: string,
  flags: KubeFlags,
): ApiError {
  const words =
    /User "(.*)" cannot ([a-z]+) resource "([a-z0-9./-]+)" in API group "([a-z0-9.-]*)"(?: in the namespace "([a-z0-9.-]+)")?/.exec(
      answer.said,
    );
  // Admission (Pod Security, quotas) refuses with 403, too; then no permission is missing.
  if (words === null && /violates PodSecurity|exceeded quota|admission webhook/.test(answer.said)) {
    return new ApiError(
      'API_ADMISSION',
      `${server} refused ${describe(request)}: ${answer.said}`,
      'Choose a namespace that allows it.',
      answer,
    );
  }
  const own = permissionOf(request);
  const [, user, verb = own.verb, resource = own.resource, group = own.group, namespace] = words ?? [];
  const asked = words === null ? own : { verb, resource, group, namespace, name: own.name };
  const who = user === undefined ? 'you' : `user ${user}`;
  const where = asked.namespace === undefined ? 'in the whole cluster' : `in namespace ${asked.namespace}`;
  const canI = canILine(asked, flags);
  return new ApiError('API_FORBIDDEN', `${server} forbids ${who} to ${asked.verb} ${asked.resource} ${where}.`, canI, {
    ...answer,
    canI,
  });
}

/** The line that asks the cluster whether one may: with --as and the rest, as the flags have them. */
export function canILine({ verb, resource, group, namespace, name }: Permission, flags: KubeFlags): string {
  const [plural = '', subresource] = resource.split('/');
  const kind = `${plural}${group === '' ? '' : `.${group}`}${name === undefined || verb === 'list' || verb === 'create' ? '' : `/${name}`}`;
  const words = ['kubectl', 'auth', 'can-i', verb, kind];
  if (subresource !== undefined) words.push(`--subresource=${subresource}`);
  if (namespace !== undefined) words.push('-n', namespace);
  else if (!clusterScoped.has(plural)) words.push('--all-namespaces');
  return line(words, flags);
}

const clusterScoped = new Set(['nodes', 'namespaces']);

/** The permission that a request needs (apiserver/pkg/endpoints/request/requestinfo.go). */
export function permissionOf({ method, path }: Request): Permission {
  const match =
    /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+)(?=\/[^/]))?\/([^/?]+)(?:\/([^/?]+))?(?:\/([^/?]+))?/.exec(
      path,
    );
  const [, group = '', namespace, plural = path, name, subresource] = match ?? [];
  const verb = method === 'GET' ? (name === undefined ? 'list' : 'get') : (verbs[method] ?? method.toLowerCase());
  return {
    verb,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    group,
    namespace: namespace === undefined ? undefined : decodeURIComponent(namespace),
    name: name === undefined ? undefined : decodeURIComponent(name),
  };
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', DELETE: 'delete' };

function describe(request: Request): string {
  const { resource, namespace, name } = permissionOf(request);
  const what = name === undefined ? resource : `${resource} ${name}`;
  return namespace === undefined ? what : `${what} in namespace ${namespace}`;
}

function getLine(request: Request): readonly string[] {
  const { resource, namespace } = permissionOf(request);
  const plural = resource.split('/')[0] ?? '';
  return ['kubectl', 'get', plural, ...(namespace === undefined ? [] : ['-n', namespace])];
}

function line(words: readonly string[], flags: KubeFlags): string {
  const more = [
    ['--kubeconfig', flags.kubeconfig],
    ['--context', flags.context],
    ['--cluster', flags.cluster],
    ['--user', flags.user],
    ['--as', flags.as],
    ['--as-uid', flags.asUid],
    ...(flags.asGroup ?? []).map((group) => ['--as-group', group]),
  ].flatMap(([flag = '', value]) => (value === undefined || value === '' ? [] : [flag, value]));
  return [...words, ...more].map(quoted).join(' ');
}

/** For a POSIX shell; PowerShell reads it the same. */
function quoted(word: string): string {
  return /^[\w./:@%+=,?-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function readStatus(body: string): { reason?: string; message?: string } {
  try {
    const { kind, reason, message } = fieldsOf(JSON.parse(body));
    if (kind !== 'Status') return {};
    const [why, words] = [textOf(reason), textOf(message)];
    return { ...(why === undefined ? {} : { reason: why }), ...(words === undefined ? {} : { message: words }) };
  } catch {
    return {};
  }
}

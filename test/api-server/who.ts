// Who asks: client certificate, bearer token or basic authentication, then impersonation.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface Who {
  /** Whose certificate or token it was. */
  readonly by: 'certificate' | 'token' | 'basic' | 'plain';
  readonly user: User;
  /** Who the request acts as: the impersonated user, or the user itself. */
  readonly as: User;
}

export interface Credentials {
  readonly tokens?: Readonly<Record<string, User>>;
  /** `name:password`. */
  readonly passwords?: Readonly<Record<string, User>>;
}

/** `undefined` is answered with 401. Without TLS everyone is let in, as behind `kubectl proxy`. */
export function whoAsks(request: IncomingMessage, { tokens = {}, passwords = {} }: Credentials): Who | undefined {
  const found = authenticate(request, tokens, passwords);
  if (found === undefined) return undefined;
  const as = header(request, 'impersonate-user')[0];
  const groups = header(request, 'impersonate-group');
  return { ...found, as: as === undefined ? found.user : { name: as, groups } };
}

/** All values of a header, as sent. */
export function header(request: IncomingMessage, name: string): readonly string[] {
  return request.headersDistinct[name] ?? [];
}

function authenticate(
  request: IncomingMessage,
  tokens: Readonly<Record<string, User>>,
  passwords: Readonly<Record<string, User>>,
): Omit<Who, 'as'> | undefined {
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
  const token = scheme === 'Bearer' ? tokens[value] : undefined;
  if (token !== undefined) return { by: 'token', user: token };
  const password = scheme === 'Basic' ? passwords[Buffer.from(value, 'base64').toString()] : undefined;
  if (password !== undefined) return { by: 'basic', user: password };
  if (scheme !== '' && scheme !== undefined) return undefined;
  const name = certificateName(request);
  if (name !== undefined) return { by: 'certificate', user: name };
  return 'encrypted' in request.socket ? undefined : { by: 'plain', user: { name: 'proxy', groups: [] } };
}

function certificateName(request: IncomingMessage): User | undefined {
  if (!('encrypted' in request.socket)) return undefined;
  const socket = request.socket as TLSSocket;
  const subject = socket.authorized ? socket.getPeerCertificate()?.subject : undefined;
  if (subject?.CN === undefined) return undefined;
  return { name: String(subject.CN), groups: [subject.O ?? []].flat() };
}

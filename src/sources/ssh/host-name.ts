// Which of a Node's addresses SSH goes to. Addresses come from the cluster: what could be read as an option or by
// a shell (a ProxyCommand gets it as %h) is refused before anything runs.
import { SourceError } from '../../errors.ts';
import type { NodeTarget } from '../source.ts';

/** `name` is the Node's name, as an alias of the user's SSH configuration. */
export const addressKinds = ['internal', 'external', 'hostname', 'name'] as const;
export type AddressKind = (typeof addressKinds)[number];

const types = { internal: 'InternalIP', external: 'ExternalIP', hostname: 'Hostname' } as const;

/** A Node whose addresses are not known is reached by its name. Throws SourceError SSH_HOST_NAME, SSH_NO_ADDRESS. */
export function hostOf(node: NodeTarget, kind: AddressKind): string {
  if (kind === 'name' || node.addresses.length === 0) return safeHost(node.name);
  const found = node.addresses.find(({ type }) => type === types[kind]);
  if (found !== undefined) return safeHost(found.address);
  const others = addressKinds.filter(
    (other) => other === 'name' || node.addresses.some((a) => a.type === types[other]),
  );
  throw new SourceError('SSH_NO_ADDRESS', `The Node ${node.name} lists no ${types[kind]} address to reach by SSH.`, {
    hint: `Choose another: ${others.map((other) => `--ssh-address ${other}`).join(', ')}.`,
  });
}

/** The name as it came, or SourceError SSH_HOST_NAME. */
export function safeHost(host: string): string {
  if (/^[A-Za-z0-9_.:%-]+$/.test(host) && !host.startsWith('-')) return host;
  throw new SourceError('SSH_HOST_NAME', `${JSON.stringify(host)} is not a host name that can be given to SSH.`, {
    hint: 'Choose another of the Node’s addresses with --ssh-address.',
  });
}

/** A remote user, or SourceError SSH_USER_NAME. */
export function safeUser(user: string): string {
  if (/^[A-Za-z0-9_.@\\][A-Za-z0-9_.@\\$+-]*$/.test(user)) return user;
  throw new SourceError('SSH_USER_NAME', `${JSON.stringify(user)} is not a user name that can be given to SSH.`);
}

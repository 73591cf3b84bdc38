// Who we are to the API server, as headers and a client certificate; kept until it expires or is refused.
import { readFile } from 'node:fs/promises';
import { ClusterError } from '../errors.ts';
import { type PluginCredential, runExecPlugin } from './exec-plugin.ts';
import { textOf } from './fields.ts';
import type { World } from './kube-flags.ts';
import type { Impersonation, KubeTarget, Material } from './kube-target.ts';

export interface Credential {
  readonly token: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** PEM, both or neither. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

export interface Credentials {
  /** What holds now; the same object as long as nothing changed. */
  current(): Promise<Credential>;
  /** Told that the server answered 401: true where it is worth trying again. */
  refused(): boolean;
}

export function credentialsOf(target: KubeTarget, world: World, ca: string | undefined): Credentials {
  const { user } = target;
  let held: { readonly credential: Credential; readonly until: number; readonly at: number } | undefined;
  let asking: Promise<Credential> | undefined;

  const ask = async (): Promise<Credential> => {
    const own = { ...(await ownCredential(target)) };
    // client-go runs the plugin only for who has no other credential.
    const needsPlugin =
      user.exec !== undefined && own.token === undefined && own.username === undefined && own.certificate === undefined;
    const plugin = needsPlugin ? await runExecPlugin(user.exec, user.name, pluginWorld(target, world, ca)) : undefined;
    const credential = merged(own, plugin);
    const until =
      plugin === undefined
        ? user.tokenFile === undefined
          ? never
          : Date.now() + tokenFileMs
        : (plugin.until ?? never);
    const same = held !== undefined && JSON.stringify(held.credential) === JSON.stringify(credential);
    held = { credential: same && held !== undefined ? held.credential : credential, until, at: Date.now() };
    return held.credential;
  };
  return {
    current: () => {
      if (held !== undefined && Date.now() < held.until) return Promise.resolve(held.credential);
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    refused: () => {
      const renewable = user.exec !== undefined || user.tokenFile !== undefined;
      // What was fetched a moment ago is no better when fetched again.
      if (!renewable || held === undefined || Date.now() - held.at < 1000) return false;
      held = undefined;
      return true;
    },
  };
}

const never = Number.POSITIVE_INFINITY;
/** client-go/transport token_source.go reads the file again each minute. */
const tokenFileMs = 60_000;

async function ownCredential({ user }: KubeTarget): Promise<Credential> {
  const token = user.tokenFile === undefined ? user.token : await tokenIn(user.tokenFile);
  const [certificate, key] = await Promise.all([
    pemOf(user.certificate, `client certificate of user "${user.name}"`),
    pemOf(user.key, `client key of user "${user.name}"`),
  ]);
  if ((certificate === undefined) !== (key === undefined)) {
    throw new ClusterError(
      'KUBECONFIG_USER',
      `User "${user.name}" has a client certificate or a client key without the other.`,
      {
        hint: 'Give both: client-certificate and client-key.',
      },
    );
  }
  if (token !== undefined && user.username !== undefined) {
    throw new ClusterError('KUBECONFIG_USER', `User "${user.name}" has both a token and a password.`, {
      hint: 'Take one of the two out of the kubeconfig.',
    });
  }
  return { token, username: user.username, password: user.password, certificate, key };
}

function merged(own: Credential, plugin: PluginCredential | undefined): Credential {
  if (plugin === undefined) return own;
  const { certificate = own.certificate, key = own.key } = plugin;
  return { ...own, token: plugin.token, certificate, key };
}

async function tokenIn(file: string): Promise<string> {
  const token = textOf((await readPem(file, 'token file')).trim());
  if (token !== undefined) return token;
  throw new ClusterError('KUBECONFIG_FILE', `The token file ${file} is empty.`, { hint: `Look at it: ls -l ${file}` });
}

/** The PEM text. Throws ClusterError, naming the file and what it is for. */
export async function pemOf(material: Material | undefined, purpose: string): Promise<string | undefined> {
  if (material === undefined) return undefined;
  if ('file' in material) return readPem(material.file, purpose);
  return Buffer.from(material.base64, 'base64').toString();
}

async function readPem(file: string, purpose: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ClusterError('KUBECONFIG_FILE', `The ${purpose}, ${file}, cannot be read (${code}).`, {
      hint: `Look at it: ls -l ${file}`,
    });
  }
}

// exec.go Cluster: client.authentication.k8s.io/v1 Cluster.
function pluginWorld({ server, cluster }: KubeTarget, { env, terminal }: World, ca: string | undefined) {
  const about = {
    server: String(server).replace(/\/$/, ''),
    ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(cluster.proxyUrl === undefined ? {} : { 'proxy-url': String(cluster.proxyUrl).replace(/\/$/, '') }),
    config: cluster.execConfig ?? null,
  };
  return { env, terminal, cluster: about };
}

/** client-go/transport impersonatingRoundTripper: groups and extras are repeated headers. */
export function impersonationHeaders(
  as: Impersonation | undefined,
): Readonly<Record<string, string | readonly string[]>> {
  if (as === undefined) return {};
  return {
    'Impersonate-User': as.user,
    ...(as.uid === undefined ? {} : { 'Impersonate-Uid': as.uid }),
    ...(as.groups.length === 0 ? {} : { 'Impersonate-Group': as.groups }),
    ...Object.fromEntries(
      Object.entries(as.extra).map(([key, values]) => [`Impersonate-Extra-${escapeKey(key)}`, values]),
    ),
  };
}

// headerKeyEscape: what HTTP does not allow in a header's name, and `%`, as percent bytes.
function escapeKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) =>
      /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(char) ? char : `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .join('');
}

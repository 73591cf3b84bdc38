// Which cluster, as whom: the kubeconfig and the flags over it, decided once. As clientcmd DirectClientConfig does
// (client-go/tools/clientcmd/client_config.go, v0.32), each rule of which is compared with the real kubectl in
// test/api/kubectl.test.ts.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../errors.ts';
import { elementsOf, type Fields, fieldsOf, textOf, textsOf } from './fields.ts';
import type { KubeFlags, World } from './kube-flags.ts';
import { type Kubeconfig, readKubeconfig } from './kubeconfig-files.ts';

export interface KubeTarget {
  /** With a scheme, without query and trailing slash; a path is kept. */
  readonly server: URL;
  readonly namespace: string;
  readonly cluster: KubeCluster;
  readonly user: KubeUser;
}

export interface KubeCluster {
  readonly ca: Material | undefined;
  readonly insecure: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: URL | undefined;
  /** What the kubeconfig has for the user's credential plugin. */
  readonly execConfig: unknown;
}

export interface KubeUser {
  readonly name: string;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly certificate: Material | undefined;
  readonly key: Material | undefined;
  readonly exec: Fields | undefined;
  readonly authProvider: Fields | undefined;
  readonly impersonate: Impersonation | undefined;
}

/** A PEM text: as base64 in the kubeconfig, or in a file. */
export type Material = { readonly base64: string } | { readonly file: string };

export interface Impersonation {
  readonly user: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Throws ClusterError where there is no such context, cluster or user, and where none is named at all. */
export async function kubeTarget(flags: KubeFlags, world: World): Promise<KubeTarget> {
  const config = await readKubeconfig(flags, world);
  const contextName = textOf(flags.context) ?? config.currentContext;
  const context = contextName === undefined ? {} : entry(config, 'context', contextName);
  const clusterName = textOf(flags.cluster) ?? textOf(context.cluster);
  const userName = textOf(flags.user) ?? textOf(context.user);
  const cluster = clusterName === undefined ? {} : entry(config, 'cluster', clusterName);
  const user = userName === undefined ? {} : entry(config, 'user', userName);
  const namespace = textOf(flags.namespace);

  const server = textOf(flags.server) ?? textOf(cluster.server);
  if (server === undefined) return (await inCluster(flags, world)) ?? noCluster(config, contextName);
  const url = readServer(server);
  return {
    server: url,
    namespace: namespace ?? textOf(context.namespace) ?? 'default',
    cluster: readCluster(cluster, flags, clusterName ?? ''),
    user: readUser(user, flags, userName ?? '', url.protocol === 'https:'),
  };
}

function entry(config: Kubeconfig, kind: 'context' | 'cluster' | 'user', name: string): Fields {
  const entries = { context: config.contexts, cluster: config.clusters, user: config.users }[kind];
  const found = entries.get(name);
  if (found !== undefined) return found;
  const where = config.files.length === 0 ? 'no kubeconfig' : config.files.join(', ');
  throw new ClusterError('KUBECONFIG_NO_ENTRY', `There is no ${kind} "${name}" in ${where}.`, {
    hint: `See what there is: kubectl config get-${kind}s`,
  });
}

// Without a scheme it is http, and then no credential is sent: rest.DefaultServerURL.
function readServer(text: string): URL {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.hostname === '') {
    throw new ClusterError('KUBECONFIG_SERVER', `The server of the cluster is no URL and no HOST:PORT.`, {
      hint: 'See it with: kubectl config view --minify',
    });
  }
  const clean = new URL(url.origin);
  clean.pathname = url.pathname.replace(/\/+$/, '');
  return clean;
}

function readCluster(cluster: Fields, flags: KubeFlags, name: string): KubeCluster {
  const flagCa = textOf(flags.certificateAuthority);
  // Either flag about trust replaces both entries; --server takes the entry's server name with it.
  const trustFlag = flagCa !== undefined || flags.insecureSkipTlsVerify === true;
  const ca = trustFlag ? undefined : material(cluster, 'certificate-authority');
  const insecure = trustFlag ? flags.insecureSkipTlsVerify === true : cluster['insecure-skip-tls-verify'] === true;
  const own = textOf(flags.server) === undefined ? textOf(cluster['tls-server-name']) : undefined;
  const chosen = flagCa === undefined ? ca : { file: flagCa };
  if (insecure && chosen !== undefined) {
    throw new ClusterError(
      'KUBECONFIG_TRUST',
      `Cluster "${name}" has a certificate authority and skips verification.`,
      {
        hint: 'Take one of the two out: certificate-authority or insecure-skip-tls-verify.',
      },
    );
  }
  const extensions = elementsOf(cluster.extensions).map(fieldsOf);
  return {
    ca: chosen,
    insecure,
    tlsServerName: textOf(flags.tlsServerName) ?? own,
    proxyUrl: readProxyUrl(textOf(cluster['proxy-url']), name),
    execConfig: extensions.find((it) => it.name === 'client.authentication.k8s.io/exec')?.extension,
  };
}

function readProxyUrl(text: string | undefined, name: string): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url !== null && ['http:', 'https:', 'socks5:', 'socks5h:'].includes(url.protocol)) return url;
  throw new ClusterError('KUBECONFIG_PROXY', `The proxy-url of cluster "${name}" is no http, https or socks5 URL.`, {
    hint: `kubectl config set-cluster ${name} --proxy-url=http://HOST:PORT`,
  });
}

function readUser(user: Fields, flags: KubeFlags, name: string, tls: boolean): KubeUser {
  const impersonate = readImpersonation(user, flags, name);
  // Over http kubectl sends no credential: client_config.go ClientConfig.
  if (!tls) return { ...nobody, name, impersonate };
  const [certificate, key] = [textOf(flags.clientCertificate), textOf(flags.clientKey)];
  const merged = {
    ...user,
    ...(certificate === undefined ? {} : { 'client-certificate': certificate }),
    ...(key === undefined ? {} : { 'client-key': key }),
  };
  return {
    name,
    token: textOf(flags.token) ?? textOf(user.token),
    // It counts before a token, even before --token.
    tokenFile: textOf(user.tokenFile),
    username: textOf(user.username),
    password: textOf(user.password),
    certificate: material(merged, 'client-certificate'),
    key: material(merged, 'client-key'),
    exec: user.exec === undefined || user.exec === null ? undefined : fieldsOf(user.exec),
    authProvider: user['auth-provider'] ? fieldsOf(user['auth-provider']) : undefined,
    impersonate,
  };
}

const nobody = {
  token: undefined,
  tokenFile: undefined,
  username: undefined,
  password: undefined,
  certificate: undefined,
  key: undefined,
  exec: undefined,
  authProvider: undefined,
};

function readImpersonation(user: Fields, flags: KubeFlags, name: string): Impersonation | undefined {
  const as = textOf(flags.as) ?? textOf(user.as);
  const uid = textOf(flags.asUid) ?? textOf(user['as-uid']);
  const groups = flags.asGroup?.length ? flags.asGroup : textsOf(user['as-groups']);
  const extra = Object.fromEntries(
    Object.entries(fieldsOf(user['as-user-extra'])).map(([key, values]) => [key, textsOf(values)]),
  );
  if (as !== undefined) return { user: as, uid, groups, extra };
  if (uid === undefined && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  throw new ClusterError(
    'KUBECONFIG_IMPERSONATION',
    `Groups, a uid or extras are asked for${name && ` for ${name}`}, but no user.`,
    {
      hint: 'Add whom to act as: --as USER',
    },
  );
}

// clientcmd/validation.go: one or the other.
function material(entry: Fields, name: string): Material | undefined {
  const base64 = textOf(entry[`${name}-data`]);
  const file = textOf(entry[name]);
  if (base64 !== undefined && file !== undefined) {
    throw new ClusterError('KUBECONFIG_DOUBLE', `The kubeconfig has both ${name} and ${name}-data.`, {
      hint: 'Take one of the two out.',
    });
  }
  return base64 !== undefined ? { base64 } : file !== undefined ? { file } : undefined;
}

// client-go/rest InClusterConfig: inside a pod, the token that the kubelet mounts.
async function inCluster(flags: KubeFlags, { env, serviceAccount }: World): Promise<KubeTarget | undefined> {
  const [host, port] = [textOf(env.KUBERNETES_SERVICE_HOST), textOf(env.KUBERNETES_SERVICE_PORT)];
  const tokenFile = join(serviceAccount, 'token');
  if (host === undefined || port === undefined || (await textIn(tokenFile)) === undefined) return undefined;
  const namespace =
    textOf(flags.namespace) ?? textOf(env.POD_NAMESPACE) ?? (await textIn(join(serviceAccount, 'namespace')));
  const caFile = join(serviceAccount, 'ca.crt');
  const cluster = (await textIn(caFile)) === undefined ? {} : { 'certificate-authority': caFile };
  return {
    server: readServer(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace: namespace ?? 'default',
    cluster: readCluster(cluster, flags, 'in-cluster'),
    user: readUser({ tokenFile }, flags, 'in-cluster', true),
  };
}

async function textIn(file: string): Promise<string | undefined> {
  try {
    return textOf((await readFile(file, 'utf8')).trim());
  } catch {
    return undefined;
  }
}

function noCluster({ files, sought }: Kubeconfig, context: string | undefined): never {
  if (files.length === 0) {
    throw new ClusterError('NO_CLUSTER', `No kubeconfig was found (${sought.join(', ')}), and this is no pod.`, {
      hint: 'Name one with --kubeconfig FILE or KUBECONFIG, or work from files: --rules FILE --objects FILE; --demo needs neither',
    });
  }
  if (context === undefined) {
    throw new ClusterError('NO_CONTEXT', `The kubeconfig (${files.join(', ')}) has no current context.`, {
      hint: 'Choose one with --context NAME, or for good: kubectl config use-context NAME',
    });
  }
  throw new ClusterError('NO_CLUSTER', `The context "${context}" names no cluster with a server.`, {
    hint: 'See it with: kubectl config view --minify',
  });
}

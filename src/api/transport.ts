// The way to the API server: one pool of kept connections, with the server's trust and our certificate. client-node makes
// the TLS options, the Authorization and the agent (proxies, too) out of what kube-target.ts and credentials.ts decided.
import { Agent, type RequestOptions } from 'node:http';
import { getCACertificates } from 'node:tls';
import { ClusterError } from '../errors.ts';
import type { Credential } from './credentials.ts';
import type { Fields } from './fields.ts';
import type { World } from './kube-flags.ts';
import type { KubeTarget } from './kube-target.ts';
import { environmentProxy } from './proxy.ts';

export interface Transport {
  /** For http.request, https.request and websockets: agent, TLS, headers. */
  readonly options: TransportOptions;
  /** Without its password; `undefined` where the server is asked directly. */
  readonly proxy: string | undefined;
  /** An http server behind an http proxy is asked with the whole URL as the path. */
  readonly absolute: URL | undefined;
  close(): void;
}

export type TransportOptions = Readonly<RequestOptions & { agent: Agent; headers: Readonly<Record<string, string>> }>;

export function proxyOf({ server, cluster }: KubeTarget, world: World): URL | undefined {
  return cluster.proxyUrl ?? environmentProxy(server, world.env);
}

export async function openTransport(
  target: KubeTarget,
  credential: Credential,
  ca: string | undefined,
  proxy: URL | undefined,
): Promise<Transport> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const { server, cluster, user } = target;
  const plain = server.protocol === 'http:';
  const absolute = plain && proxy?.protocol.startsWith('http') === true ? proxy : undefined;
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      {
        name: 'cluster',
        server: String(server),
        // client-node refuses http where it would have to verify; there is nothing to verify.
        skipTLSVerify: cluster.insecure || plain,
        ...(plain || cluster.insecure ? {} : { caData: base64(ca ?? authorities()) }),
        ...(cluster.tlsServerName === undefined ? {} : { tlsServerName: cluster.tlsServerName }),
        ...(proxy === undefined || absolute !== undefined ? {} : { proxyUrl: String(proxy) }),
      },
    ],
    users: [
      {
        name: 'user',
        ...(credential.certificate === undefined ? {} : { certData: base64(credential.certificate) }),
        ...(credential.key === undefined ? {} : { keyData: base64(credential.key) }),
        ...(credential.token === undefined ? {} : { token: credential.token }),
        ...(credential.username === undefined
          ? {}
          : { username: credential.username, password: credential.password ?? '' }),
        ...(user.authProvider === undefined ? {} : { authProvider: oidcOf(user.authProvider, user.name) }),
      },
    ],
    contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
    currentContext: 'context',
  });
  const made: RequestOptions & { agent?: unknown; headers?: unknown } = {};
  await config.applyToHTTPSOptions(made);
  const agent = made.agent instanceof Agent ? made.agent : new Agent();
  keepConnections(agent);
  return {
    options: { ...made, agent, headers: (made.headers ?? {}) as Record<string, string> },
    proxy: proxy?.host,
    absolute,
    close: () => agent.destroy(),
  };
}

/** Without an authority of its own a cluster is trusted as the machine trusts; Node alone looks at its own list only. */
function authorities(): string {
  return [...new Set([...getCACertificates('system'), ...getCACertificates('default')])].join('\n');
}

// client-node's agents close after each answer.
function keepConnections(agent: Agent & { keepAlive?: boolean; options?: Record<string, unknown> }): void {
  agent.keepAlive = true;
  agent.maxSockets = 64;
  agent.maxFreeSockets = 16;
  if (agent.options !== undefined)
    Object.assign(agent.options, { keepAlive: true, keepAliveMsecs: 30_000, scheduling: 'lifo' });
}

const base64 = (pem: string) => Buffer.from(pem).toString('base64');

// kubectl 1.26 took all but oidc out.
function oidcOf(provider: Fields, user: string): { name: string; config: Fields } {
  if (provider.name === 'oidc') return { name: 'oidc', config: (provider.config ?? {}) as Fields };
  throw new ClusterError(
    'AUTH_PROVIDER',
    `User "${user}" logs in with the auth-provider ${String(provider.name)}, which kubectl gave up in 1.26.`,
    {
      hint: "Make the kubeconfig anew with your cloud's tool; it will use a credential plugin (kubelogin, gke-gcloud-auth-plugin).",
    },
  );
}

// The flags about the cluster that kubectl has (`kubectl options`, v1.32), as a plain object, and the world they are read in.
import { homedir } from 'node:os';
import { UsageError } from '../errors.ts';

export interface KubeFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** `30s`, `1m30s`, or a number of seconds; `0` is none. */
  readonly requestTimeout?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
}

/** What is read besides the flags. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Whether a person could answer a credential plugin on standard input. */
  readonly terminal: boolean;
  /** Where a pod finds its token. */
  readonly serviceAccount: string;
}

export function thisWorld(): World {
  return {
    env: process.env,
    home: homedir(),
    terminal: process.stdin.isTTY === true,
    serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
  };
}

/** Milliseconds; `undefined` is no limit. As clientcmd ParseTimeout: a Go duration, or whole seconds. */
export function readRequestTimeout(text = '0'): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000 || undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new UsageError('REQUEST_TIMEOUT', `--request-timeout ${text} is no duration.`, {
      hint: 'Write it as 30s, 1m30s, or as seconds: --request-timeout 30',
    });
  }
  const total = parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (milliseconds[unit] ?? 0), 0);
  return total || undefined;
}

const milliseconds: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

// Kubeconfigs for tests. JSON is YAML.
import { writeFileSync } from 'node:fs';

export interface Simple {
  readonly cluster: object;
  readonly user: object;
  readonly namespace?: string;
}

/** One context `test` of cluster `test` and user `test`. */
export function writeKubeconfig(path: string, { cluster, user, namespace }: Simple): string {
  const context = { cluster: 'test', user: 'test', ...(namespace === undefined ? {} : { namespace }) };
  return writeConfig(path, {
    'current-context': 'test',
    clusters: { test: cluster },
    users: { test: user },
    contexts: { test: context },
  });
}

export interface Config {
  readonly 'current-context'?: string;
  readonly clusters?: Readonly<Record<string, object>>;
  readonly users?: Readonly<Record<string, object>>;
  readonly contexts?: Readonly<Record<string, object>>;
}

export function writeConfig(path: string, config: Config): string {
  const named = (field: string, entries: Readonly<Record<string, object>> = {}) =>
    Object.entries(entries).map(([name, value]) => ({ name, [field]: value }));
  const file = {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    ...(config['current-context'] === undefined ? {} : { 'current-context': config['current-context'] }),
    clusters: named('cluster', config.clusters),
    users: named('user', config.users),
    contexts: named('context', config.contexts),
  };
  writeFileSync(path, JSON.stringify(file, null, 2), { mode: 0o600 });
  return path;
}

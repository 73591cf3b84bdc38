// Kubeconfig files: which are read, and how several become one. As clientcmd ClientConfigLoadingRules does
// (client-go/tools/clientcmd/loader.go, v0.32): a missing file of a list is skipped, the first file to name an entry or
// the current context wins, whole; relative paths are relative to the file they stand in.
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { ClusterError } from '../errors.ts';
import { elementsOf, type Fields, fieldsOf, textOf } from './fields.ts';
import type { KubeFlags, World } from './kube-flags.ts';

export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Fields>;
  readonly users: ReadonlyMap<string, Fields>;
  readonly contexts: ReadonlyMap<string, Fields>;
  readonly currentContext: string | undefined;
  /** The files that were there. */
  readonly files: readonly string[];
  /** The files that were looked for. */
  readonly sought: readonly string[];
}

/** Throws ClusterError where a file cannot be read or is none, and where the file of --kubeconfig is missing. */
export async function readKubeconfig(flags: KubeFlags, { env, home }: World): Promise<Kubeconfig> {
  const explicit = textOf(flags.kubeconfig);
  const listed = (textOf(env.KUBECONFIG)?.split(delimiter) ?? [join(home, '.kube', 'config')]).filter(Boolean);
  const sought = explicit === undefined ? [...new Set(listed)] : [explicit];
  const clusters = new Map<string, Fields>();
  const users = new Map<string, Fields>();
  const contexts = new Map<string, Fields>();
  const files: string[] = [];
  let currentContext: string | undefined;

  for (const file of sought) {
    const config = await readConfigFile(file, explicit !== undefined);
    if (config === undefined) continue;
    files.push(file);
    const base = dirname(resolve(file));
    addFirst(clusters, config.clusters, (it) => withPaths(fieldsOf(it.cluster), ['certificate-authority'], base));
    addFirst(users, config.users, (it) => userWithPaths(fieldsOf(it.user), base));
    addFirst(contexts, config.contexts, (it) => fieldsOf(it.context));
    currentContext ??= textOf(config['current-context']);
  }
  return { clusters, users, contexts, currentContext, files, sought };
}

async function readConfigFile(file: string, mustExist: boolean): Promise<Fields | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !mustExist) return undefined;
    const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
    throw new ClusterError('KUBECONFIG_UNREADABLE', `The kubeconfig ${file} ${why}.`, {
      hint: mustExist ? 'Give --kubeconfig a file that exists.' : 'Check KUBECONFIG and the rights of the file.',
    });
  }
  const { parse } = await import('yaml');
  try {
    return fieldsOf(parse(text, { logLevel: 'error' }));
  } catch (error) {
    // The error's own message would quote the line, and a line of a kubeconfig may be a secret.
    const [at] = (error as { linePos?: readonly { line: number }[] }).linePos ?? [];
    const where = at === undefined ? '' : ` at line ${at.line}`;
    throw new ClusterError('KUBECONFIG_UNREADABLE', `The kubeconfig ${file} is not YAML${where}.`, {
      hint: `Look at it with: kubectl config view --kubeconfig ${file}`,
    });
  }
}

function addFirst(entries: Map<string, Fields>, list: unknown, read: (element: Fields) => Fields): void {
  const own = new Map<string, Fields>();
  // Within one file the last of two entries of a name counts, as in Go's conversion of the list into a map.
  for (const element of elementsOf(list).map(fieldsOf)) {
    const name = textOf(element.name);
    if (name !== undefined) own.set(name, read(element));
  }
  for (const [name, value] of own) if (!entries.has(name)) entries.set(name, value);
}

function withPaths(entry: Fields, names: readonly string[], base: string): Fields {
  const paths = names.flatMap((name) => {
    const path = textOf(entry[name]);
    return path === undefined || isAbsolute(path) ? [] : [[name, join(base, path)] as const];
  });
  return { ...entry, ...Object.fromEntries(paths) };
}

function userWithPaths(user: Fields, base: string): Fields {
  const resolved = withPaths(user, ['client-certificate', 'client-key', 'tokenFile'], base);
  const command = textOf(fieldsOf(user.exec).command);
  // A bare name is looked up in PATH.
  if (command === undefined || !/[/\\]/.test(command)) return resolved;
  return { ...resolved, exec: withPaths(fieldsOf(user.exec), ['command'], base) };
}

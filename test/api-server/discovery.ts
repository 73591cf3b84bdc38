// What kubectl asks before it does anything: which resources there are.
import { type Resource, resources } from './store.ts';

export function discovery(path: string): object | undefined {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupVersions().map(groupOf) };
  const groupVersion = path === '/api/v1' ? 'v1' : path.replace('/apis/', '');
  const found = resources.filter(({ apiVersion }) => apiVersion === groupVersion);
  if (found.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: found.flatMap(resourcesOf) };
}

function groupVersions(): readonly string[] {
  return [...new Set(resources.map(({ apiVersion }) => apiVersion).filter((it) => it.includes('/')))];
}

function groupOf(groupVersion: string): object {
  const [name, version] = groupVersion.split('/');
  return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
}

function resourcesOf({ plural, kind, namespaced }: Resource): readonly object[] {
  const verbs = ['create', 'delete', 'get', 'list'];
  const whole = {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs,
    shortNames: short[plural] ?? [],
  };
  if (plural !== 'pods') return [whole];
  return [whole, { name: 'pods/exec', singularName: '', namespaced, kind: 'PodExecOptions', verbs: ['create', 'get'] }];
}

const short: Readonly<Record<string, readonly string[]>> = {
  services: ['svc'],
  pods: ['po'],
  nodes: ['no'],
  configmaps: ['cm'],
  daemonsets: ['ds'],
};

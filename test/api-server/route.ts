// Which object or list a path means, and which permission asking for it needs.
import type { Asked } from './status.ts';
import { type Resource, resources } from './store.ts';

export interface Route {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly asked: Asked;
}

export function routeOf({ method, path }: { readonly method: string; readonly path: string }): Route | undefined {
  const match =
    /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))(?:\/namespaces\/([^/]+)(?=\/[^/]))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      path,
    );
  const [, core, group, inNamespace, plural = '', inName, subresource] = match ?? [];
  const resource = resources.find((it) => it.plural === plural && it.apiVersion === (core ?? group));
  if (resource === undefined || (!resource.namespaced && inNamespace !== undefined)) return undefined;
  const namespace = inNamespace === undefined ? undefined : decodeURIComponent(inNamespace);
  const name = inName === undefined ? undefined : decodeURIComponent(inName);
  const verb =
    subresource === 'exec'
      ? execVerb(method)
      : method === 'GET'
        ? name === undefined
          ? 'list'
          : 'get'
        : (verbs[method] ?? method);
  const asked = {
    verb,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    group: resource.apiVersion.includes('/') ? (resource.apiVersion.split('/')[0] ?? '') : '',
    namespace,
    name,
  };
  return { resource, namespace, name, subresource, asked };
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', DELETE: 'delete', PUT: 'update', PATCH: 'patch' };

// Websocket exec is a GET, and authorised as `get pods/exec` until 1.34 and `create pods/exec` besides from 1.35.
function execVerb(method: string): string {
  return method === 'POST' ? 'create' : 'get';
}

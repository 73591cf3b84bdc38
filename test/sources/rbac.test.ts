// The manifests of docs/rbac are enough for what they say, and hold nothing that is never asked for.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { findLeftovers, removeLeftover } from '../../src/sources/cleanup.ts';
import { debugPodSource } from '../../src/sources/debug-pod.ts';
import { captureNode } from '../../src/sources/index.ts';
import { proxyPodSource } from '../../src/sources/proxy-pod.ts';
import { type Asked, type ExecReply, notThere } from '../api-server/index.ts';
import { type Cluster, cluster, kubeProxyPod, nodeObject } from './cluster.ts';
import { saveText } from './rules-text.ts';
import { target } from './scripted-exec.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
}

const folder = new URL('../../docs/rbac/', import.meta.url);
const manifests = (name: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(new URL(name, folder), 'utf8')).map((document) => document.toJS() as Manifest);

/** As RBAC decides: a Role's rules in its namespace, a ClusterRole's everywhere. */
function allows(roles: readonly Manifest[], { verb, resource, group, namespace, name }: Asked): boolean {
  return roles
    .filter(({ kind, metadata }) => kind === 'ClusterRole' || (kind === 'Role' && metadata.namespace === namespace))
    .flatMap(({ rules = [] }) => rules)
    .some(
      (rule) =>
        rule.apiGroups.includes(group) &&
        rule.resources.includes(resource) &&
        rule.verbs.includes(verb) &&
        (rule.resourceNames === undefined || rule.resourceNames.includes(name ?? '')),
    );
}

const exec = ({ command: [program = ''] }: { readonly command: readonly string[] }): ExecReply =>
  program === 'cat' ? {} : program.endsWith('-save') ? { stdout: saveText() } : { failure: notThere(program) };

describe('the permissions of docs/rbac', () => {
  const runs: Readonly<Record<string, (it: Cluster) => Promise<void>>> = {
    'proxy-pod.yaml': async ({ api }) => {
      await captureNode([proxyPodSource(api)], target, { timeoutMs: 10_000 });
    },
    'debug-pod.yaml': async ({ api, server }) => {
      await captureNode([debugPodSource(api)], target, { timeoutMs: 10_000 });
      assert.equal(server.createdPods.length, 1);
      const kept = debugPodSource(api, { keep: true });
      await (await kept.open(target, {})).close();
      for (const pod of (await findLeftovers(api)).pods) await removeLeftover(api, pod);
      assert.deepEqual(server.livePods(), []);
    },
  };
  for (const [name, run] of Object.entries(runs)) {
    it(`${name} is enough`, async (context) => {
      const roles = manifests(name);
      const forbid = (asked: Asked) => !allows(roles, asked);
      await run(await cluster(context, { objects: [nodeObject, kubeProxyPod], exec, forbid }));
    });
  }

  it('are bound as they are named, and never to all verbs or resources', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    assert.deepEqual(files.sort(), ['debug-pod.yaml', 'objects.yaml', 'proxy-pod.yaml']);
    for (const file of files) {
      const all = manifests(file);
      assert.doesNotMatch(JSON.stringify(all), /"\*"|secrets|"(?:update|patch|impersonate|escalate|bind)"/);
      for (const { kind, roleRef, metadata } of all) {
        if (!kind.endsWith('Binding')) continue;
        assert.ok(
          all.some((role) => role.kind === roleRef?.kind && role.metadata.name === roleRef.name),
          metadata.name,
        );
      }
    }
  });
});

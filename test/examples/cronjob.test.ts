// The CronJob of examples/: its permissions are enough for a whole answer, all used, and none is wider than docs/rbac;
// its container has nothing it does not need.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Asked } from '../api-server/index.ts';
import { cli } from '../commands/cli.ts';
import { liveCluster, liveObjects, on } from '../commands/live-cluster.ts';
import { documentsOf } from './yaml-files.ts';

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
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** One thing that one rule allows. `namespace` and `name` undefined: all. */
interface Grant {
  readonly namespace: string | undefined;
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name: string | undefined;
}

const manifests = (path: string): readonly Manifest[] => documentsOf(path).map((document) => document.toJS());
const all = manifests('examples/cronjob.yaml');
const grants = grantsOf(all);
const documented = grantsOf(['objects', 'proxy-pod'].flatMap((name) => manifests(`docs/rbac/${name}.yaml`)));

function grantsOf(roles: readonly Manifest[]): readonly Grant[] {
  return roles.flatMap(({ metadata: { namespace }, rules = [] }) =>
    rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [undefined] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => resourceNames.map((name) => ({ namespace, group, resource, verb, name }))),
        ),
      ),
    ),
  );
}

function covers(grant: Grant, asked: Grant | Asked): boolean {
  return (
    grant.group === asked.group &&
    grant.resource === asked.resource &&
    grant.verb === asked.verb &&
    (grant.namespace === undefined || grant.namespace === asked.namespace) &&
    (grant.name === undefined || grant.name === asked.name)
  );
}

suite('the permissions of examples/cronjob.yaml', () => {
  test('are within docs/rbac', () => {
    assert.ok(grants.length > 0);
    for (const grant of grants) {
      assert.ok(
        documented.some((wider) => covers(wider, grant)),
        JSON.stringify(grant),
      );
    }
  });

  test('are bound to its own service account, and to nobody else', () => {
    const bindings = all.filter(({ kind }) => kind.endsWith('Binding'));
    const roles = all.filter(({ rules }) => rules !== undefined);
    assert.equal(bindings.length, roles.length);
    for (const { metadata, roleRef, subjects } of bindings) {
      const role = roles.find(
        (each) =>
          each.kind === roleRef?.kind &&
          each.metadata.name === roleRef.name &&
          each.metadata.namespace === metadata.namespace,
      );
      assert.ok(role, metadata.name);
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: 'proxyrules-drift', namespace: 'proxyrules' }]);
    }
    assert.ok(
      all.some(
        ({ kind, metadata }) =>
          kind === 'ServiceAccount' && metadata.name === 'proxyrules-drift' && metadata.namespace === 'proxyrules',
      ),
    );
  });

  test('are enough for a whole answer, and each is used', async (context) => {
    const asked: Asked[] = [];
    const server = await liveCluster(context, {
      // Only node-a's rules were recorded.
      objects: (liveObjects() as readonly Manifest[]).filter(
        ({ kind, metadata }) => kind !== 'Node' || metadata.name === 'node-a',
      ),
      forbid: (request) => {
        asked.push(request);
        return !grants.some((grant) => covers(grant, request));
      },
    });
    const args = containerOf().args.filter((word) => !word.startsWith('--suppressions='));
    const run = await cli([...args, ...on(server)]);
    assert.doesNotMatch(run.stderr, /forbid/i);
    assert.match(run.stdout, /^IN SYNC: /, run.stderr);
    assert.equal(run.exitCode, 0);
    const unused = grants.filter((grant) => !asked.some((request) => covers(grant, request)));
    // The other verb of exec is for clusters of another age.
    assert.deepEqual(
      unused.filter(({ resource }) => resource !== 'pods/exec'),
      [],
    );
    assert.ok(unused.length <= 1);
  });
});

suite('the pod of examples/cronjob.yaml', () => {
  test('has no privilege, and a root that cannot be written', () => {
    const { securityContext } = containerOf();
    assert.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const pod = podOf();
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.deepEqual(pod.securityContext.seccompProfile, { type: 'RuntimeDefault' });
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) assert.ok(!(key in pod), key);
    assert.ok(pod.volumes.every((volume) => !('hostPath' in volume)));
  });

  test('writes its answer to the log alone, and is not run again for a finding', () => {
    assert.ok(!containerOf().args.some((word) => word.startsWith('--output-file')));
    const { backoffLimit } = jobOf();
    assert.deepEqual([backoffLimit, podOf().restartPolicy], [0, 'Never']);
  });

  test('finds its suppressions where it looks for them', () => {
    const [, path] = /^--suppressions=(.*)$/.exec(containerOf().args.at(-1) ?? '') ?? [];
    const [mount] = containerOf().volumeMounts;
    const [volume] = podOf().volumes;
    const map = documentsOf('examples/cronjob.yaml')
      .map((document) => document.toJS())
      .find(({ kind }) => kind === 'ConfigMap');
    assert.equal(path, `${mount?.mountPath}/${Object.keys(map.data)[0]}`);
    assert.deepEqual([mount?.name, volume?.configMap?.name], [volume?.name, map.metadata.name]);
  });
});

interface Pod {
  readonly serviceAccountName: string;
  readonly restartPolicy: string;
  readonly securityContext: { readonly runAsNonRoot: boolean; readonly seccompProfile: unknown };
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

interface Container {
  readonly args: readonly string[];
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

function jobOf(): { readonly backoffLimit: number; readonly template: { readonly spec: Pod } } {
  const cronJob = documentsOf('examples/cronjob.yaml')
    .map((document) => document.toJS())
    .find(({ kind }) => kind === 'CronJob');
  return cronJob.spec.jobTemplate.spec;
}

function podOf(): Pod {
  return jobOf().template.spec;
}

function containerOf(): Container {
  const [only, ...others] = podOf().containers;
  assert.ok(only !== undefined && others.length === 0);
  return only;
}

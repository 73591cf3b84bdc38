// Every way to alter one Service or EndpointSlice that kube-proxy might read, and some that it does not.

export interface ObjectMutant {
  readonly operator: string;
  /** `namespace/name` of the Service that it is about. */
  readonly service: string;
  readonly items: readonly unknown[];
}

/** As in `kubectl get -o json`. */
type Json = { [key: string]: Json } & Json[] & (string | number | boolean | undefined);

export function objectMutants(items: readonly unknown[]): readonly ObjectMutant[] {
  const mutants: ObjectMutant[] = [];
  for (const [at, item] of (items as readonly Json[]).entries()) {
    const changes =
      item.kind === 'Service' ? serviceChanges(item) : item.kind === 'EndpointSlice' ? sliceChanges(item) : [];
    const { namespace, name, labels = {} } = item.metadata as Json;
    const service = item.kind === 'Service' ? name : (labels as Json)['kubernetes.io/service-name'];
    for (const { operator, change } of changes) {
      const copy = structuredClone(item);
      const put = change === 'delete' ? [] : [copy];
      if (change !== 'delete') change(copy);
      mutants.push({ operator, service: `${namespace}/${service}`, items: items.toSpliced(at, 1, ...put) });
    }
  }
  return mutants;
}

interface ObjectChange {
  readonly operator: string;
  readonly change: 'delete' | ((item: Json) => void);
}

function serviceChanges({ spec, status, metadata }: Json): readonly ObjectChange[] {
  const changes: ObjectChange[] = [{ operator: 'delete a Service', change: 'delete' }];
  const add = (operator: string, change: (item: Json) => void) => changes.push({ operator, change });
  const six = String(spec?.clusterIP).includes(':');
  const four = !six;
  for (const at of Object.keys(spec?.ports ?? [])) {
    const port = (item: Json) => item.spec?.ports?.[at as never] as Json;
    add('another port', (item) => set(port(item), 'port', Number(port(item).port) + 1000));
    add('another protocol', (item) => set(port(item), 'protocol', port(item).protocol === 'UDP' ? 'TCP' : 'UDP'));
    add('another name of a port', (item) => set(port(item), 'name', 'renamed'));
    add('another target port', (item) => set(port(item), 'targetPort', 4242));
    add('an application protocol', (item) => set(port(item), 'appProtocol', 'kubernetes.io/h2c'));
    add('delete a port', (item) => item.spec?.ports?.splice(Number(at), 1));
    if (spec?.ports?.[at as never]?.nodePort !== undefined) {
      add('another node port', (item) => set(port(item), 'nodePort', Number(port(item).nodePort) + 700));
      add('no node port', (item) => delete port(item).nodePort);
    }
  }
  const own = (key: string, value: unknown) => (item: Json) => set(item.spec as Json, key, value);
  add('one more port', (item) => item.spec?.ports?.push({ name: 'more', port: 4747, protocol: 'TCP' } as never));
  if (spec?.clusterIP !== undefined && String(spec.clusterIP) !== 'None') {
    const other = four ? '10.96.250.250' : 'fd00:96::fafa';
    add('another cluster IP', (item) => {
      set(item.spec as Json, 'clusterIP', other);
      if (item.spec?.clusterIPs !== undefined)
        set(item.spec as Json, 'clusterIPs', [other, ...item.spec.clusterIPs.slice(1)]);
    });
    add('headless', (item) => {
      set(item.spec as Json, 'clusterIP', 'None');
      set(item.spec as Json, 'clusterIPs', ['None']);
    });
  }
  add('an external IP', (item) =>
    set(item.spec as Json, 'externalIPs', [
      ...(item.spec?.externalIPs ?? []),
      four ? '198.51.100.200' : '2001:db8::c8',
    ]),
  );
  if (spec?.externalIPs !== undefined) add('no external IPs', (item) => delete item.spec?.externalIPs);
  add(
    'an external policy',
    own('externalTrafficPolicy', spec?.externalTrafficPolicy === 'Local' ? 'Cluster' : 'Local'),
  );
  add(
    'an internal policy',
    own('internalTrafficPolicy', spec?.internalTrafficPolicy === 'Local' ? 'Cluster' : 'Local'),
  );
  if (spec?.sessionAffinity === 'ClientIP') {
    add('no affinity', own('sessionAffinity', 'None'));
    add('another affinity', own('sessionAffinityConfig', { clientIP: { timeoutSeconds: 77 } }));
  } else add('affinity', own('sessionAffinity', 'ClientIP'));
  if (spec?.healthCheckNodePort !== undefined) add('another health check', own('healthCheckNodePort', 32_765));
  add(
    'a source range',
    own('loadBalancerSourceRanges', [...((spec?.loadBalancerSourceRanges as Json[]) ?? []), '10.77.0.0/16']),
  );
  if (spec?.loadBalancerSourceRanges !== undefined)
    add('no source ranges', (item) => delete item.spec?.loadBalancerSourceRanges);
  add('a traffic distribution', own('trafficDistribution', 'PreferClose'));
  add('another selector', own('selector', { app: 'another' }));
  add('published though not ready', own('publishNotReadyAddresses', true));
  add('another type', own('type', spec?.type === 'ClusterIP' ? 'LoadBalancer' : 'ClusterIP'));
  add('an external name', (item) => {
    set(item.spec as Json, 'type', 'ExternalName');
    set(item.spec as Json, 'externalName', 'shop.example');
  });
  const ingress = (status?.loadBalancer as Json)?.ingress as Json | undefined;
  for (const at of Object.keys(ingress ?? [])) {
    const list = (item: Json) => (item.status?.loadBalancer as Json | undefined)?.ingress as Json;
    const entry = (item: Json) => list(item)[at as never] as Json;
    add('another ingress', (item) => set(entry(item), 'ip', four ? '192.0.2.222' : '2001:db8::222'));
    add('no ingress', (item) => list(item).splice(Number(at), 1));
    add('an ingress by proxy', (item) => set(entry(item), 'ipMode', entry(item).ipMode === 'Proxy' ? 'VIP' : 'Proxy'));
    add('an ingress by name', (item) => {
      delete entry(item).ip;
      set(entry(item), 'hostname', 'lb.example');
    });
  }
  const label = (key: string, value: string) => (item: Json) =>
    set(item.metadata as Json, 'labels', { ...((metadata?.labels as object) ?? {}), [key]: value });
  add('another proxy', label('service.kubernetes.io/service-proxy-name', 'another'));
  add('a label', label('team', 'blue'));
  add('an annotation', (item) => set(item.metadata as Json, 'annotations', { note: 'nothing' }));
  add('another version', (item) => set(item.metadata as Json, 'resourceVersion', '999999'));
  return changes;
}

function sliceChanges({ endpoints, ports, metadata }: Json): readonly ObjectChange[] {
  const changes: ObjectChange[] = [{ operator: 'delete a slice', change: 'delete' }];
  const add = (operator: string, change: (item: Json) => void) => changes.push({ operator, change });
  const six = String(endpoints?.[0]?.addresses?.[0]).includes(':');
  for (const at of Object.keys(endpoints ?? [])) {
    const endpoint = (item: Json) => item.endpoints?.[at as never] as Json;
    const condition = (name: string, value: boolean) => (item: Json) =>
      set(endpoint(item), 'conditions', { ...(endpoint(item).conditions as object), [name]: value });
    add('delete an endpoint', (item) => item.endpoints?.splice(Number(at), 1));
    add('double an endpoint', (item) => item.endpoints?.push(structuredClone(endpoint(item)) as never));
    add('another address', (item) => set(endpoint(item), 'addresses', [six ? 'fd00:244::7777' : '10.244.77.77']));
    for (const name of ['ready', 'serving', 'terminating']) {
      const before = (endpoints?.[at as never]?.conditions as Json)?.[name];
      add(`${name} or not`, condition(name, before !== (true as never)));
    }
    add('another node', (item) =>
      set(endpoint(item), 'nodeName', endpoint(item).nodeName === ('node-a' as never) ? 'node-b' : 'node-a'),
    );
    add('no node', (item) => delete endpoint(item).nodeName);
    add('another zone', (item) => set(endpoint(item), 'zone', 'zone-z'));
    add('a hint', (item) => set(endpoint(item), 'hints', { forZones: [{ name: 'zone-a' }] }));
    add('a hint elsewhere', (item) => set(endpoint(item), 'hints', { forZones: [{ name: 'zone-b' }] }));
    if (endpoints?.[at as never]?.hints !== undefined) add('no hint', (item) => delete endpoint(item).hints);
    add('another pod', (item) => set(endpoint(item), 'targetRef', { kind: 'Pod', name: 'another' }));
  }
  for (const at of Object.keys(ports ?? [])) {
    const port = (item: Json) => item.ports?.[at as never] as Json;
    add('another port of endpoints', (item) => set(port(item), 'port', 4848));
    add('another protocol of endpoints', (item) =>
      set(port(item), 'protocol', port(item).protocol === ('UDP' as never) ? 'TCP' : 'UDP'),
    );
    add('another name of a port of endpoints', (item) => set(port(item), 'name', 'renamed'));
  }
  add('one more endpoint', (item) => {
    const more = {
      addresses: [six ? 'fd00:244::8888' : '10.244.88.88'],
      conditions: { ready: true },
      nodeName: 'node-a',
    };
    set(item, 'endpoints', [...(item.endpoints ?? []), more]);
  });
  add('endpoints in another order', (item) => item.endpoints?.reverse());
  add('of another Service', (item) =>
    set(item.metadata as Json, 'labels', {
      ...((metadata?.labels as object) ?? {}),
      'kubernetes.io/service-name': 'another',
    }),
  );
  add('of a headless Service', (item) =>
    set(item.metadata as Json, 'labels', {
      ...((metadata?.labels as object) ?? {}),
      'service.kubernetes.io/headless': '',
    }),
  );
  return changes;
}

function set(object: Json, key: string, value: unknown): void {
  object[key] = value as Json;
}

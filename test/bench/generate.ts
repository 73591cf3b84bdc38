// A cluster of N Services with M endpoints each, as two texts: what kube-proxy 1.36 would leave in iptables-save, line
// for line in its form, and what `kubectl get --raw` would give for the objects. Always the same for the same sizes.
//
//     node test/bench/generate.ts [SERVICES] [ENDPOINTS] [FOLDER] [--no-comments]
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endpointHash, servicePortHash } from '../../src/proxiers/iptables/chain-names.ts';

export interface Size {
  readonly services: number;
  /** Of each service. */
  readonly endpoints: number;
  /**
   * kube-proxy leaves the comments of SVC and SEP rules out above 1,000 endpoints (pkg/proxy/iptables/proxier.go
   * largeClusterEndpointsThreshold). With them, the text is half as long again and gives a reader more to do.
   */
  readonly comments: boolean;
}

export const fullSize: Size = { services: 25_000, endpoints: 10, comments: true };

export const nodeName = 'node-0000';

const podsPerNode = 100;
const port = 80;
const targetPort = 8080;
const time = 'Sat Nov 21 08:37:40 2026';

/** When the objects were made that the rules have, and those that they lack. */
const before = '2026-11-02T06:00:00Z';
const after = '2026-11-21T06:00:00Z';

interface Endpoint {
  readonly pod: number;
  readonly address: string;
  readonly chain: string;
}

interface GeneratedService {
  readonly namespace: string;
  readonly name: string;
  readonly fullName: string;
  readonly clusterIP: string;
  readonly chain: string;
  /** In kube-proxy's order: by the bytes of `ip:port`. */
  readonly endpoints: readonly Endpoint[];
}

/** The lines of iptables-save, without their newlines. */
export function* rulesText(size: Size): Iterable<string> {
  const { comments } = size;
  const services = [...generatedServices(size)];
  yield* header('mangle');
  yield* ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map(builtIn);
  yield declaration('KUBE-PROXY-CANARY');
  yield* footer();

  yield* header('filter');
  yield* ['INPUT', 'FORWARD', 'OUTPUT'].map(builtIn);
  yield* filterChains.map(declaration);
  yield* filterRules;
  yield* footer();

  yield* header('nat');
  yield* ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map(builtIn);
  yield* ['KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-PROXY-CANARY'].map(declaration);
  const endpoints = services
    .flatMap((service) => service.endpoints.map((endpoint) => ({ service, endpoint })))
    .sort((a, b) => order(a.endpoint.chain, b.endpoint.chain));
  const byChain = services.toSorted((a, b) => order(a.chain, b.chain));
  for (const { endpoint } of endpoints) yield declaration(endpoint.chain);
  yield declaration('KUBE-SERVICES');
  for (const service of byChain) yield declaration(service.chain);
  yield* natRules;
  for (const { service, endpoint } of endpoints) yield* endpointRules(service, endpoint, comments);
  // kube-proxy writes them in the order of a Go map: none.
  for (const service of byChain.toReversed()) yield clusterIPRule('-A KUBE-SERVICES', service, service.chain);
  yield `-A KUBE-SERVICES ${note('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`;
  for (const service of byChain) {
    yield clusterIPRule(`-A ${service.chain} ! -s 10.128.0.0/9`, service, 'KUBE-MARK-MASQ');
    yield* balanceRules(service, comments);
  }
  yield* footer();
}

/**
 * What the API has and the rules do not: `lost update`, a pod of one Service was replaced and its address with it;
 * `frozen`, this many Services were made after the rules were last written.
 */
export type Change = 'none' | 'lost update' | { readonly frozen: number };

/** The API's objects as one JSON list, in pieces. */
export function* objectsText(size: Size, change: Change = 'none'): Iterable<string> {
  yield '{"kind":"List","apiVersion":"v1","metadata":{},"items":[';
  const nodes = Math.max(1, Math.ceil((size.services * size.endpoints) / podsPerNode));
  for (let node = 0; node < nodes; node++) yield `${node === 0 ? '' : ','}\n${JSON.stringify(nodeObject(node))}`;
  const changed = size.services >> 1;
  let number = 0;
  for (const service of generatedServices(size)) {
    const { endpoints, ...rest } = service;
    const slice = change === 'lost update' && number === changed ? { ...rest, endpoints: moved(endpoints) } : service;
    yield `,\n${JSON.stringify(serviceObject(service, before))}`;
    yield `,\n${JSON.stringify(sliceObject(slice, before))}`;
    number++;
  }
  for (const service of typeof change === 'object' ? newServices(size, change.frozen) : []) {
    yield `,\n${JSON.stringify(serviceObject(service, after))}`;
    yield `,\n${JSON.stringify(sliceObject(service, after))}`;
  }
  yield '\n]}\n';
}

/** Writes `iptables-save.txt` and `objects.json` to a folder. */
export function generate(size: Size, folder: string): { readonly rules: string; readonly objects: string } {
  mkdirSync(folder, { recursive: true });
  const rules = join(folder, 'iptables-save.txt');
  writePieces(rules, rulesText(size), '\n');
  return { rules, objects: generateObjects(size, 'none', join(folder, 'objects.json')) };
}

/** Writes the objects to a file, and gives its path back. */
export function generateObjects(size: Size, change: Change, file: string): string {
  writePieces(file, objectsText(size, change), '');
  return file;
}

function writePieces(path: string, pieces: Iterable<string>, ending: string): void {
  const file = openSync(path, 'w');
  let held = '';
  for (const piece of pieces) {
    held += piece + ending;
    if (held.length < 1 << 20) continue;
    writeSync(file, held);
    held = '';
  }
  writeSync(file, held);
  closeSync(file);
}

function* generatedServices({ services, endpoints }: Size): Iterable<GeneratedService> {
  for (let number = 0; number < services; number++) {
    // Pods of one Service are spread over the nodes.
    yield generatedService(number, endpoints, (index) => index * services + number);
  }
}

/** Their pods follow those of all others. */
function* newServices({ services, endpoints }: Size, count: number): Iterable<GeneratedService> {
  for (let number = services; number < services + count; number++) {
    yield generatedService(number, endpoints, (index) => number * endpoints + index);
  }
}

function generatedService(number: number, endpoints: number, podOf: (index: number) => number): GeneratedService {
  const namespace = `team-${digits(number % 250, 3)}`;
  const name = `app-${digits(number, 5)}`;
  const id = { namespace, name, port: 'http', protocol: 'TCP' } as const;
  const listed = Array.from({ length: endpoints }, (_, index) => {
    const pod = podOf(index);
    const address = podAddress(pod);
    return { pod, address, chain: `KUBE-SEP-${endpointHash(id, `${address}:${targetPort}`)}` };
  });
  return {
    namespace,
    name,
    fullName: `${namespace}/${name}:http`,
    clusterIP: `10.${96 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`,
    chain: `KUBE-SVC-${servicePortHash(id)}`,
    endpoints: listed.sort((a, b) => order(`${a.address}:${targetPort}`, `${b.address}:${targetPort}`)),
  };
}

/** The last of them with the next address that nobody has. */
function moved(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const pod = endpoints.length * fullSize.services * 2;
  return [...endpoints.slice(0, -1), { pod, address: podAddress(pod), chain: '' }];
}

function podAddress(pod: number): string {
  const node = Math.floor(pod / podsPerNode);
  return `10.${128 + (node >> 8)}.${node & 255}.${2 + (pod % podsPerNode)}`;
}

function podNode(pod: number): string {
  return nodeNameOf(Math.floor(pod / podsPerNode));
}

function nodeNameOf(node: number): string {
  return `node-${digits(node, 4)}`;
}

function* header(table: string): Iterable<string> {
  yield `# Generated by iptables-save v1.8.9 (nf_tables) on ${time}`;
  yield `*${table}`;
}

function* footer(): Iterable<string> {
  yield 'COMMIT';
  yield `# Completed on ${time}`;
}

function builtIn(chain: string): string {
  return `:${chain} ACCEPT [0:0]`;
}

function declaration(chain: string): string {
  return `:${chain} - [0:0]`;
}

function note(comment: string): string {
  return `-m comment --comment "${comment}"`;
}

const filterChains = [
  'KUBE-EXTERNAL-SERVICES',
  'KUBE-FIREWALL',
  'KUBE-FORWARD',
  'KUBE-NODEPORTS',
  'KUBE-PROXY-CANARY',
  'KUBE-PROXY-FIREWALL',
  'KUBE-SERVICES',
];

const filterRules = [
  '-A INPUT -j KUBE-FIREWALL',
  `-A INPUT -m conntrack --ctstate NEW ${note('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
  `-A INPUT ${note('kubernetes health check service ports')} -j KUBE-NODEPORTS`,
  `-A INPUT -m conntrack --ctstate NEW ${note('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`,
  `-A FORWARD -m conntrack --ctstate NEW ${note('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
  `-A FORWARD ${note('kubernetes forwarding rules')} -j KUBE-FORWARD`,
  `-A FORWARD -m conntrack --ctstate NEW ${note('kubernetes service portals')} -j KUBE-SERVICES`,
  `-A FORWARD -m conntrack --ctstate NEW ${note('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`,
  '-A OUTPUT -j KUBE-FIREWALL',
  `-A OUTPUT -m conntrack --ctstate NEW ${note('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
  `-A OUTPUT -m conntrack --ctstate NEW ${note('kubernetes service portals')} -j KUBE-SERVICES`,
  `-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 ${note('block incoming localnet connections')} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
  '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
  `-A KUBE-FORWARD ${note('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`,
  `-A KUBE-FORWARD ${note('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
];

const natRules = [
  `-A PREROUTING ${note('kubernetes service portals')} -j KUBE-SERVICES`,
  `-A OUTPUT ${note('kubernetes service portals')} -j KUBE-SERVICES`,
  `-A POSTROUTING ${note('kubernetes postrouting rules')} -j KUBE-POSTROUTING`,
  '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
  '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
  `-A KUBE-POSTROUTING ${note('kubernetes service traffic requiring SNAT')} -j MASQUERADE --random-fully`,
];

function clusterIPRule(start: string, { clusterIP, fullName }: GeneratedService, target: string): string {
  return `${start} -d ${clusterIP}/32 -p tcp ${note(`${fullName} cluster IP`)} -m tcp --dport ${port} -j ${target}`;
}

function* endpointRules(
  { fullName }: GeneratedService,
  { chain, address }: Endpoint,
  comments: boolean,
): Iterable<string> {
  const comment = comments ? ` ${note(fullName)}` : '';
  yield `-A ${chain} -s ${address}/32${comment} -j KUBE-MARK-MASQ`;
  yield `-A ${chain} -p tcp${comment} -m tcp -j DNAT --to-destination ${address}:${targetPort}`;
}

function* balanceRules({ chain, fullName, endpoints }: GeneratedService, comments: boolean): Iterable<string> {
  for (const [index, endpoint] of endpoints.entries()) {
    const comment = comments ? ` ${note(`${fullName} -> ${endpoint.address}:${targetPort}`)}` : '';
    const left = endpoints.length - index;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${printedProbability(left)}` : '';
    yield `-A ${chain}${comment}${chance} -j ${endpoint.chain}`;
  }
}

/** Written with ten decimals, kept in 31 bits, printed with eleven decimals. */
function printedProbability(left: number): string {
  return (Math.round(Number((1 / left).toFixed(10)) * 2 ** 31) / 2 ** 31).toFixed(11);
}

function nodeObject(node: number): object {
  const name = nodeNameOf(node);
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name, uid: uid(3, node), labels: { 'kubernetes.io/hostname': name } },
    spec: { podCIDR: `10.${128 + (node >> 8)}.${node & 255}.0/24` },
    status: {
      addresses: [{ type: 'InternalIP', address: `172.${16 + (node >> 8)}.${node & 255}.1` }],
      nodeInfo: { kubeletVersion: 'v1.36.2' },
    },
  };
}

function serviceObject({ namespace, name, clusterIP }: GeneratedService, creationTimestamp: string): object {
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name, namespace, uid: uid(1, Number(name.slice(-5))), creationTimestamp },
    spec: {
      ports: [{ name: 'http', protocol: 'TCP', port, targetPort }],
      selector: { app: name },
      clusterIP,
      clusterIPs: [clusterIP],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  };
}

function sliceObject(
  { namespace, name, endpoints }: Omit<GeneratedService, 'chain'>,
  creationTimestamp: string,
): object {
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: {
      name: `${name}-m8x64`,
      namespace,
      uid: uid(2, Number(name.slice(-5))),
      creationTimestamp,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    endpoints: endpoints.map(({ pod, address }) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: 'Pod', namespace, name: `${name}-b978ccd84-${pod.toString(36).padStart(5, '0')}` },
      nodeName: podNode(pod),
    })),
    ports: [{ name: 'http', protocol: 'TCP', port: targetPort }],
  };
}

function uid(kind: number, number: number): string {
  return `${kind.toString().padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

function digits(number: number, width: number): string {
  return number.toString().padStart(width, '0');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [services, endpoints, folder] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const size = {
    services: Number(services ?? fullSize.services),
    endpoints: Number(endpoints ?? fullSize.endpoints),
    comments: !process.argv.includes('--no-comments'),
  };
  const written = generate(size, folder ?? '.bench');
  console.log(`${written.rules}\n${written.objects}`);
}

// What a question is about: `svc/web`, `shop/cart:http`, `10.96.0.10:53/udp`, `nodeport/30080`, `pod/web-1`,
// `KUBE-SVC-...`. Words to a value; whether there is such a thing is asked later.
import { type Address, canonicalAddress } from '../address.ts';
import type { Protocol } from '../cluster/snapshot.ts';
import { UsageError } from '../errors.ts';

export type Target =
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: string | undefined }
  | {
      readonly kind: 'address';
      readonly address: Address;
      readonly port: number | undefined;
      readonly protocol: Protocol | undefined;
    }
  | { readonly kind: 'node-port'; readonly port: number; readonly protocol: Protocol | undefined }
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'chain'; readonly table: string | undefined; readonly name: string };

const forms =
  'svc/NAME[:PORT], NAMESPACE/NAME, IP[:PORT][/udp], [IPv6]:PORT, nodeport/NUMBER, pod/NAME, or a chain such as KUBE-SVC-...';

/** `namespace` is taken where the text names none. Throws UsageError where the text is none of the forms. */
export function readTarget(text: string, namespace: string): Target {
  const target = readChain(text) ?? readAddress(text) ?? readNodePort(text) ?? readNamed(text, namespace);
  if (target === undefined) {
    throw new UsageError('TARGET_FORM', `"${text}" is no target`, { hint: `A target is ${forms}` });
  }
  return target;
}

const tables = new Set(['nat', 'filter', 'mangle', 'raw', 'security']);

/** Chains have capitals, names of objects have none. */
function readChain(text: string): Target | undefined {
  const [first = '', ...rest] = text.split('/');
  const table = rest.length === 1 && tables.has(first) ? first : undefined;
  const name = table === undefined ? text : (rest[0] ?? '');
  return /^[A-Za-z0-9_.-]*[A-Z][A-Za-z0-9_.-]*$/.test(name) && !name.includes('/')
    ? { kind: 'chain', table, name }
    : undefined;
}

function readAddress(text: string): Target | undefined {
  const [, head = '', protocol] = /^(.*?)(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [, bracketed, plain, number] =
    /^(?:\[([^\]]+)\]|([^:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d{1,5}))?$/.exec(head) ?? [];
  // An IPv6 address alone holds colons itself.
  const whole = canonicalAddress(head);
  const address = whole ?? canonicalAddress(bracketed ?? plain ?? '');
  if (address === undefined) return undefined;
  const port = whole !== undefined || number === undefined ? undefined : Number(number);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  return { kind: 'address', address, port, protocol: protocolOf(protocol) };
}

function readNodePort(text: string): Target | undefined {
  const [, number, protocol] = /^nodeport\/(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const port = Number(number);
  return number !== undefined && port >= 1 && port <= 65535
    ? { kind: 'node-port', port, protocol: protocolOf(protocol) }
    : undefined;
}

/** RFC 1123: Services and namespaces have labels for names; pods may have dots in theirs. */
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

function readNamed(text: string, namespace: string): Target | undefined {
  // No Service is called by a number alone: it is a mistyped node port.
  if (/^nodeport\/\d/i.test(text)) return undefined;
  const parts = text.split('/');
  const kind = parts.length > 1 ? kinds[parts[0]?.toLowerCase() ?? ''] : undefined;
  const names = kind === undefined ? parts : parts.slice(1);
  const [last = '', ...before] = [...names].reverse();
  const inNamespace = before[0] ?? namespace;
  const [name = '', port, ...more] = last.split(':');
  const fits =
    names.length <= 2 &&
    more.length === 0 &&
    (kind === 'pod' ? subdomain : label).test(name) &&
    label.test(inNamespace);
  if (!fits || port === '' || (port !== undefined && !/^[a-z0-9-]+$/.test(port))) return undefined;
  if (kind === 'pod') return port === undefined ? { kind: 'pod', namespace: inNamespace, name } : undefined;
  return { kind: 'service', namespace: inNamespace, name, port };
}

const kinds: Readonly<Record<string, 'service' | 'pod'>> = {
  svc: 'service',
  service: 'service',
  services: 'service',
  po: 'pod',
  pod: 'pod',
  pods: 'pod',
};

function protocolOf(text: string | undefined): Protocol | undefined {
  switch (text?.toLowerCase()) {
    case 'tcp':
      return 'TCP';
    case 'udp':
      return 'UDP';
    case 'sctp':
      return 'SCTP';
    default:
      return undefined;
  }
}

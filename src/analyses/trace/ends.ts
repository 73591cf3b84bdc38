// Whom a packet is from and to, as words become values: `pod/web-1`, `node/worker-1`, `internet`, `svc/web:http`,
// `10.0.0.1:80`, `nodeport/30080`, `worker-1:30080`. Whether there is such a thing is asked later.
import { type Address, canonicalAddress } from '../../address.ts';
import type { Protocol } from '../../cluster/snapshot.ts';
import { UsageError } from '../../errors.ts';
import { readTarget } from '../target.ts';
import { fromForms, toForms } from './forms.ts';

export type From =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  /** A pod, or else a node, of that name. */
  | { readonly kind: 'name'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'internet' };

export type To =
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: string | undefined }
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string; readonly port: string | undefined }
  | { readonly kind: 'node'; readonly name: string; readonly port: number | undefined }
  | {
      readonly kind: 'address';
      readonly address: Address;
      readonly port: number | undefined;
      readonly protocol: Protocol | undefined;
    }
  | { readonly kind: 'node-port'; readonly port: number; readonly protocol: Protocol | undefined };

/** RFC 1123. */
const name = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** `namespace` is taken where the text names none. Throws UsageError where the text is none of the forms. */
export function readFrom(text: string, namespace: string): From {
  const address = canonicalAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return { kind: 'address', address };
  if (/^(?:internet|outside|world)$/i.test(text)) return { kind: 'internet' };
  const parts = text.split('/');
  const [kind = '', ...rest] = parts;
  if (parts.every(isName)) {
    if (parts.length === 1) return { kind: 'name', namespace, name: kind };
    if (/^no(?:de)?s?$/.test(kind) && rest.length === 1) return { kind: 'node', name: rest[0] ?? '' };
    if (/^po(?:ds?)?$/.test(kind) && rest.length <= 2) {
      return { kind: 'pod', namespace: rest.length === 2 ? (rest[0] ?? '') : namespace, name: rest.at(-1) ?? '' };
    }
    const other = /^(?:svc|services?|nodeport)$/.test(kind);
    if (parts.length === 2 && !other) return { kind: 'pod', namespace: kind, name: rest[0] ?? '' };
  }
  throw new UsageError('FROM_FORM', `"${text}" is nobody a packet could be from`, {
    hint: `--from takes ${fromForms}`,
  });
}

export function readTo(text: string, namespace: string): To {
  return readNode(text) ?? readPod(text, namespace) ?? readOther(text, namespace);
}

// node/worker-1:30080, or ip-10-0-0-1.ec2.internal:30080, which no Service is called
function readNode(text: string): To | undefined {
  const [, kind, found = '', number] = /^(nodes?\/)?([^/:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = number === undefined ? undefined : Number(number);
  if (!isName(found) || (port !== undefined && !isPort(port))) {
    if (kind !== undefined) throw noSuchForm(text);
    return undefined;
  }
  return kind !== undefined || found.includes('.') ? { kind: 'node', name: found, port } : undefined;
}

function readPod(text: string, namespace: string): To | undefined {
  const [, own, found = '', port] = /^po(?:ds?)?\/(?:([^/:]+)\/)?([^/:]+)(?::([a-z0-9-]+))?$/.exec(text) ?? [];
  if (!name.test(found) || (own !== undefined && !name.test(own))) return undefined;
  return { kind: 'pod', namespace: own ?? namespace, name: found, port };
}

function readOther(text: string, namespace: string): To {
  const target =
    /^nodeport\//i.test(text) || !/[A-Z]/.test(text) || text.includes(':') ? read(text, namespace) : undefined;
  if (target === undefined || target.kind === 'chain' || target.kind === 'pod') throw noSuchForm(text);
  return target;
}

function read(text: string, namespace: string) {
  try {
    return readTarget(text, namespace);
  } catch (error) {
    if (error instanceof UsageError) throw noSuchForm(text);
    throw error;
  }
}

function noSuchForm(text: string): UsageError {
  return new UsageError('TO_FORM', `"${text}" is nothing a packet could be sent to`, { hint: `--to takes ${toForms}` });
}

/** What looks like an address is a mistyped one. */
function isName(text: string): boolean {
  return name.test(text) && !/^[\d.]+$/.test(text);
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}

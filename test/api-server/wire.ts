// Bodies in and out: JSON, packed where the caller takes it, with the faults a test wants.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Status, statusBody } from './status.ts';
import { header } from './who.ts';

export interface Fault {
  /** Answers with this instead. */
  readonly status?: Status;
  /** Seconds, in the header Retry-After. */
  readonly retryAfter?: number | string;
  /** `reset`: the connection breaks; `stall`: no answer ever; `truncate`: the body stops half way. */
  readonly does?: 'reset' | 'stall' | 'truncate';
  readonly delayMs?: number;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export function isStatus(value: Status | object): value is Status {
  return 'code' in value && 'reason' in value;
}

export function write(
  request: IncomingMessage,
  response: ServerResponse,
  value: Status | object,
  fault: Fault | undefined,
): void {
  const text = Buffer.from(isStatus(value) ? statusBody(value) : `${JSON.stringify(value)}\n`);
  const gzip = header(request, 'accept-encoding').join(',').includes('gzip') && text.length > 1400;
  const body = gzip ? gzipSync(text, { level: 1 }) : text;
  response.statusCode = isStatus(value) ? value.code : request.method === 'POST' ? 201 : 200;
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', body.length);
  if (gzip) response.setHeader('content-encoding', 'gzip');
  if (fault?.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
  if (fault?.does === 'truncate') {
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
    return;
  }
  response.end(body);
}

export function writeRaw(socket: Duplex, status: Status, retryAfter?: number | string): void {
  const body = statusBody(status);
  const head = [
    `HTTP/1.1 ${status.code} ${status.reason}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(retryAfter === undefined ? [] : [`retry-after: ${retryAfter}`]),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

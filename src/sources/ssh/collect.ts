// Bytes of a stream as they come, joined once at the end.

export interface Collected {
  bytes(): Uint8Array;
  text(): string;
}

export function collect(stream: NodeJS.ReadableStream): Collected {
  const chunks: Uint8Array[] = [];
  stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const joined = () => Buffer.concat(chunks);
  return { bytes: joined, text: () => joined().toString('utf8') };
}

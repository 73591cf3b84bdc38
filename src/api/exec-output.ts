// What a remote command said, put together from the frames of its channels (apimachinery/pkg/util/remotecommand, v1.32):
// the first byte of a frame is its channel. No frame is trusted to be the last; only the status channel tells the end.
import type { ExecOutput } from './api-server.ts';
import { elementsOf, fieldsOf, textOf } from './fields.ts';

export interface OutputCollector {
  /** Bytes of standard output so far. */
  readonly size: number;
  /** Whether the status has come. */
  readonly told: boolean;
  take(frame: Uint8Array): void;
  /** `cut`: why no more came, in words; it counts only where the status has not come. Called once. */
  finish(cut: string): ExecOutput;
}

const [stdoutChannel, stderrChannel, statusChannel] = [1, 2, 3];
const stderrLimit = 1024 * 1024;

export function outputCollector(): OutputCollector {
  const chunks: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  let size = 0;
  let errorSize = 0;
  let statusText = '';
  let end: End | undefined;
  return {
    get size() {
      return size;
    },
    get told() {
      return end !== undefined;
    },
    take: (frame) => {
      const channel = frame[0];
      const data = frame.subarray(1);
      if (data.length === 0) return;
      if (channel === stdoutChannel) {
        chunks.push(data);
        size += data.length;
      } else if (channel === stderrChannel && errorSize < stderrLimit) {
        errors.push(data);
        errorSize += data.length;
      } else if (channel === statusChannel && end === undefined) {
        statusText += Buffer.from(data).toString();
        end = readEnd(statusText);
      }
    },
    finish: (cut) => {
      const stderr = Buffer.concat(errors).toString();
      const { status, failure } = end ?? { status: undefined, failure: undefined };
      return {
        status,
        stdout: joined(chunks, size),
        // What ran not at all has no standard error of its own.
        stderr:
          failure === undefined ? stderr : `${stderr}${stderr === '' || stderr.endsWith('\n') ? '' : '\n'}${failure}`,
        broken:
          end === undefined ? cut : status === undefined ? (failure ?? 'it ended without an exit status') : undefined,
      };
    },
  };
}

interface End {
  readonly status: number | undefined;
  readonly failure: string | undefined;
}

/** `undefined` where the text is no whole Status yet. */
function readEnd(text: string): End | undefined {
  let fields: ReturnType<typeof fieldsOf>;
  try {
    fields = fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
  if (fields.status === 'Success') return { status: 0, failure: undefined };
  const failure = textOf(fields.message) ?? textOf(fields.reason) ?? 'the command failed, and why was not told';
  const causes = elementsOf(fieldsOf(fields.details).causes).map(fieldsOf);
  const code = textOf(causes.find(({ reason }) => reason === 'ExitCode')?.message) ?? '';
  if (fields.reason === 'NonZeroExitCode' && /^\d+$/.test(code)) return { status: Number(code), failure: undefined };
  // runc and crun, through containerd and CRI-O: what a shell says with 127 and 126.
  if (/executable file (`[^`]*` )?not found|no such file or directory/i.test(failure)) return { status: 127, failure };
  if (/permission denied/i.test(failure)) return { status: 126, failure };
  return { status: undefined, failure };
}

/** The chunks are given up on the way: at most a part of them is held twice. */
function joined(chunks: Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const [index, chunk] of chunks.entries()) {
    whole.set(chunk, at);
    at += chunk.length;
    chunks[index] = nothing;
  }
  return whole;
}

const nothing = new Uint8Array();

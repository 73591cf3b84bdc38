// Commands in a container through the API server: argv form, no shell in between.
import { ApiError } from '../api/api-error.ts';
import type { ApiServer, ExecTarget } from '../api/api-server.ts';
import { ClusterError, SourceError } from '../errors.ts';
import { type ApiFailure, apiFailure } from './api-failure.ts';
import type { Exec, Output } from './source.ts';

/** iptables-nft-save says nothing while it fetches a table, and a table may have a million rules. */
const silenceMs = 40_000;

export function podExec(api: ApiServer, target: Omit<ExecTarget, 'command'>): Exec {
  return {
    run: async (command, options) => {
      try {
        const output = await api.exec({ ...target, command }, { ...options, silenceMs });
        const words = `${output.stderr}\n${output.broken ?? ''}`;
        return output.status !== 0 && output.stdout.length === 0 && isNotThere(words) ? notThere(words) : output;
      } catch (error) {
        options?.signal?.throwIfAborted();
        const failure = apiFailure(error);
        if (failure === undefined) throw unanswered(target, error);
        if (isNotThere(failure.message)) return notThere(failure.message);
        throw refusal(target, failure, error);
      }
    },
  };
}

// containerd: exec: "iptables-save": executable file not found in $PATH
// containerd: exec: "/usr/sbin/iptables-save": stat /usr/sbin/iptables-save: no such file or directory
// CRI-O: executable file `iptables-save` not found in $PATH: No such file or directory
export function isNotThere(words: string): boolean {
  return /executable file .*not found|\b(?:stat|exec|fork\/exec) [^\n]*no such file or directory/i.test(words);
}

/** The API server answers for itself: one that goes silent at exec waits for the node's kubelet. */
function unanswered({ namespace, pod }: Omit<ExecTarget, 'command'>, cause: unknown): unknown {
  if (!(cause instanceof ClusterError) || cause instanceof ApiError) return cause;
  return new SourceError('POD_EXEC_FAILED', `cannot run a command in pod ${namespace}/${pod}: ${cause.message}`, {
    cause,
    hint: `Is the node's kubelet well? kubectl get pod ${pod} -n ${namespace} -o wide`,
  });
}

function notThere(stderr: string): Output {
  return { status: 127, stdout: new Uint8Array(), stderr: stderr.trim(), broken: undefined };
}

function refusal({ namespace, pod }: Omit<ExecTarget, 'command'>, { code, message, canI }: ApiFailure, cause: unknown) {
  if (code === 403) {
    return new SourceError(
      'POD_EXEC_FORBIDDEN',
      `running a command in pod ${namespace}/${pod} is forbidden: ${message}`,
      {
        cause,
        hint: canI ?? `kubectl auth can-i create pods --subresource=exec -n ${namespace}`,
      },
    );
  }
  return new SourceError('POD_EXEC_FAILED', `cannot run a command in pod ${namespace}/${pod}: ${message}`, {
    cause,
    hint: `kubectl get pod ${pod} -n ${namespace} -o wide`,
  });
}

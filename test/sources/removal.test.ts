// What a signal leaves of debug pods, with a process of its own to end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findLeftovers, removeLeftover } from '../../src/sources/cleanup.ts';
import type { PodLife } from '../api-server/index.ts';
import { cluster } from './cluster.ts';

const program = fileURLToPath(new URL('interrupted-run.ts', import.meta.url));
const podLife = (pod: unknown): PodLife =>
  (pod as { spec: { nodeName: string } }).spec.nodeName === 'node-c' ? { becomes: 'pending' } : { becomes: 'running' };

describe('a signal', { timeout: 30_000 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    it(`${signal}: ${signal === 'SIGKILL' ? 'cleanup finds what it leaves' : 'leaves no pod'}`, async (context) => {
      const { server, api } = await cluster(context, { podLife });
      const child = spawn(process.execPath, [program, server.kubeconfig], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [words] = await once(child.stdout, 'data');
      assert.equal(String(words), 'open\n');
      assert.equal(server.livePods().length, 3);
      child.kill(signal);
      const [code] = await once(child, 'close');
      assert.equal(code, signal === 'SIGKILL' ? null : 130);
      const { pods } = await findLeftovers(api);
      assert.equal(pods.length, signal === 'SIGKILL' ? 3 : 0);
      for (const pod of pods) await removeLeftover(api, pod);
      assert.deepEqual(server.livePods(), []);
    });
  }
});

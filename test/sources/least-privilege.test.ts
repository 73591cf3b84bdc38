// What the debug pod relies on, tried with the real programs: a command that holds still, and NET_ADMIN being enough.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sectionOf } from '../../src/capture/capture.ts';
import { holdingCommands } from '../../src/sources/debug-pod/manifest.ts';
import { debugPodSource } from '../../src/sources/debug-pod.ts';
import { captureNode } from '../../src/sources/index.ts';
import { type ExecReply, notThere } from '../api-server/index.ts';
import { openNamespace, whyNoNamespace } from '../kernel/namespace.ts';
import { cluster, kubeProxyPod, nodeObject } from './cluster.ts';
import { target } from './scripted-exec.ts';

describe('a command that holds a pod', () => {
  for (const [program = '', ...argv] of holdingCommands) {
    const there = spawnSync(program, argv, { input: '' }).error === undefined;
    const skip = there ? false : `no ${program} here`;
    it(`${[program, ...argv].join(' ')}: waits at its standard input, and holds nothing`, { skip }, async (context) => {
      const child = spawn(program, argv, { stdio: ['pipe', 'ignore', 'ignore'] });
      context.after(() => child.kill());
      await sleep(300);
      assert.equal(child.exitCode, null);
      if (process.platform === 'linux') {
        const open = readdirSync(`/proc/${child.pid}/fd`).map((fd) => readlinkSync(`/proc/${child.pid}/fd/${fd}`));
        // No netlink socket beside its standard input, which node makes a socket; no /run/xtables.lock.
        assert.equal(open.filter((it) => it.startsWith('socket:')).length, 1, open.join());
        assert.deepEqual(
          open.filter((it) => it.includes('lock')),
          [],
        );
      }
      child.stdin.end();
      assert.deepEqual(await once(child, 'close'), [0, null]);
    });
  }
});

const skip = whyNoNamespace() ?? (spawnSync('setpriv', ['--version']).error === undefined ? false : 'no setpriv here');
const rules = (chain: string) => `*nat\n:${chain} - [0:0]\n-A ${chain} -j RETURN\nCOMMIT\n`;

describe('the capabilities of the debug pod', { skip }, () => {
  for (const [name, legacy, nft, pods] of [
    ['NET_ADMIN alone for nft', undefined, 'KUBE-SERVICES', 1],
    ['NET_RAW too for legacy tables of another component', 'DOCKER', 'KUBE-SERVICES', 2],
    ['NET_RAW too for kube-proxy’s legacy tables', 'KUBE-SERVICES', undefined, 2],
  ] as const) {
    it(`are enough: ${name}`, async (context) => {
      const space = openNamespace();
      context.after(space.close);
      if (nft !== undefined) assert.equal(space.run(['iptables-nft-restore'], rules(nft)).stderr, '');
      if (legacy !== undefined) {
        const { status, stderr } = space.run(['iptables-legacy-restore'], rules(legacy));
        if (status !== 0) return context.skip(`no legacy tables in this kernel: ${stderr}`);
      }
      const exec = ({ command, pod }: { readonly command: readonly string[]; readonly pod: string }): ExecReply => {
        const spec = JSON.stringify(server.createdPods.find(({ metadata }) => metadata.name === pod));
        const granted = spec.includes('NET_RAW') ? '-all,+net_admin,+net_raw' : '-all,+net_admin';
        const bounds = ['setpriv', '--bounding-set', granted, '--inh-caps', granted, '--'];
        const { status, stdout, stderr } = space.run([...bounds, ...command]);
        if (status === 127) return { failure: notThere(command[0] ?? '') };
        return { stdout, stderr, status: status ?? 137 };
      };
      const { api, server } = await cluster(context, { objects: [nodeObject, kubeProxyPod], exec });
      const { capture } = await captureNode([debugPodSource(api)], target, { beside: [], timeoutMs: 30_000 });
      const chains = (section: 'iptables-save' | 'iptables-save-other') =>
        /^:(KUBE-SERVICES|DOCKER) /m.exec(Buffer.from(sectionOf(capture, section)?.text ?? []).toString())?.[1];
      assert.equal(chains('iptables-save'), 'KUBE-SERVICES');
      assert.equal(chains('iptables-save-other'), legacy === 'DOCKER' ? 'DOCKER' : undefined);
      assert.equal(server.createdPods.length, pods);
      assert.deepEqual(server.livePods(), []);
      // Reading made no legacy table.
      assert.equal(space.run(['cat', '/proc/net/ip_tables_names']).stdout, legacy === undefined ? '' : 'nat\n');
    });
  }
});

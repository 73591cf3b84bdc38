// A node in a network namespace: the recorded rules of live-node-a in its kernel, its devices, addresses and routes, and
// what the real programs print of them, saved as a capture beside the recorded objects.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { SectionName } from '../../src/capture/capture.ts';
import { sysctlKeys } from '../../src/sources/sections/commands.ts';
import { captureFolder, type SavedText } from '../commands/capture-folder.ts';
import { recordedText } from '../commands/cli.ts';
import { type Namespace, openNamespace } from './namespace.ts';

export interface KernelNode {
  readonly kernel: Namespace;
  /** Runs one line of iptables or of another program; every line must succeed. */
  run(...lines: readonly string[]): void;
  /** `-A CHAIN ...` lines into a table of a backend, behind what is there; chains that are new are declared. */
  restore(program: string, table: string, ...rules: readonly string[]): void;
  /** The folder of a capture taken now. */
  capture(objects?: readonly unknown[]): string;
}

/** As kube-proxy 1.36 wrote them, without the hostPort that the recorded node has. Closed when the test ends. */
export function kernelNode(context: TestContext): KernelNode {
  const kernel = openNamespace();
  context.after(() => kernel.close());
  const run = (...lines: readonly string[]) => {
    for (const line of lines) {
      const { status, stderr } = kernel.run(wordsOf(line));
      assert.equal(status, 0, `${line}: ${stderr}`);
    }
  };
  run(...devices);
  restoreText(kernel, 'iptables-restore', ownRules('iptables-save.txt'));
  restoreText(kernel, 'ip6tables-restore', ownRules('ip6tables-save.txt'));
  return {
    kernel,
    run,
    restore: (program, table, ...rules) => {
      const lines = rules.filter((rule) => rule.startsWith('-') || rule.startsWith(':'));
      restoreText(kernel, program, [`*${table}`, ...lines, 'COMMIT', ''].join('\n'), ['--noflush']);
    },
    capture: (objects) => {
      const items = objects ?? liveObjects();
      return captureFolder(context, textsOf(kernel), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    },
  };
}

export function liveObjects(): readonly KubeObject[] {
  return JSON.parse(recordedText('live-node-a/objects.json')).items;
}

/** As far as tests look into one. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Every kernel has bridges; not every one has dummies. */
const devices = [
  'ip link set lo up',
  'ip link add eth0 type bridge',
  'ip link add cni0 type bridge',
  'ip link set eth0 up',
  'ip link set cni0 up',
  'ip addr add 10.99.0.11/24 dev eth0',
  'ip -6 addr add fd99::11/64 dev eth0 nodad',
  'ip addr add 10.244.0.1/24 dev cni0',
  'ip -6 addr add fd00:244::1/64 dev cni0 nodad',
  'ip route add default via 10.99.0.1',
  'ip route add 10.244.1.0/24 via 10.99.0.12',
  'ip -6 route add default via fd99::1',
  'ip -6 route add fd00:244:0:1::/64 via fd99::12',
  'sysctl -qw net.ipv4.ip_forward=1',
  'sysctl -qw net.ipv6.conf.all.forwarding=1',
];

/** Not every kernel has nfacct: what is counted with it is dropped all the same, or led on by the rule behind. */
export function ownRules(file: string): string {
  return recordedText(`live-node-a/${file}`)
    .replaceAll(/^.*CNI-.*\n/gm, '')
    .replaceAll(/^(-A KUBE-FORWARD .*?)-m nfacct --nfacct-name {1,2}\S+ /gm, '$1')
    .replaceAll(/^.*--nfacct-name.*\n/gm, '');
}

function restoreText(kernel: Namespace, program: string, text: string, flags: readonly string[] = []): void {
  const { status, stderr } = kernel.run([program, ...flags], text);
  assert.equal(status, 0, `${stderr}\n${text}`);
}

/** Double quotes hold words together, as in a shell. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

const commands: readonly (readonly [SectionName, string])[] = [
  ['iptables-save', 'iptables-nft-save -c'],
  ['ip6tables-save', 'ip6tables-nft-save -c'],
  ['ip-addr', 'ip -j addr show'],
  ['ip-route', 'ip -j route show table all'],
  ['ip-route6', 'ip -6 -j route show table all'],
  ['ip-rule', 'ip -j rule show'],
  ['ip-rule6', 'ip -6 -j rule show'],
  ['sysctl', `sysctl -e ${sysctlKeys.join(' ')}`],
];

function textsOf(kernel: Namespace): readonly SavedText[] {
  const legacy = kernel.run(['cat', '/proc/net/ip_tables_names']).stdout !== '';
  const all = legacy ? [...commands, ['iptables-save-other', 'iptables-legacy-save -c'] as const] : commands;
  return all.map(([name, command]) => ({ name, command, text: kernel.run(wordsOf(command)).stdout }));
}

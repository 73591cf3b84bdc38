// What the user sees, whole: command line, exit code, standard output and standard error in one file. A reviewer reads the
// product in the diff of test/golden/. `--test-update-snapshots` writes the files.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { version } from '../../src/commands/version.ts';
import { cli, onRecording, onRules, recorded, recordingsFolder, root } from './cli.ts';

const goldenFolder = fileURLToPath(new URL('../golden/', import.meta.url));

/** What a user types behind the verb; the flags that name the input are the folder's. */
interface Shelf {
  readonly folder: string;
  readonly input: readonly string[];
  readonly lines: readonly string[];
}

const shop = '-n shop';
const edge = '-n edge';

const shelves: readonly Shelf[] = [
  {
    folder: '1.36-iptables',
    input: onRecording('1.36-iptables'),
    lines: [
      'explain svc/web',
      'explain svc/web -o wide',
      'explain svc/web:http',
      'explain svc/web-np',
      'explain svc/kubernetes',
      'explain default/empty',
      'explain 10.96.10.2:53/udp',
      'explain 10.96.10.2:53',
      'explain 10.96.10.2',
      'explain [fd00:96::f0a3]:80',
      'explain fd00:96::f0a3',
      `explain svc/none ${shop}`,
      `explain svc/sticky ${shop}`,
      `explain svc/cart ${shop}`,
      `explain svc/cart:metrics ${shop}`,
      `explain svc/cart:9090 ${shop}`,
      `explain svc/headless ${shop}`,
      `explain svc/otherproxy ${shop}`,
      `explain svc/external ${shop}`,
      `explain svc/draining ${shop}`,
      `explain svc/rolling ${shop}`,
      `explain svc/localnone ${shop}`,
      `explain svc/localonly ${shop}`,
      `explain svc/hinted ${shop}`,
      `explain svc/halfhinted ${shop}`,
      `explain svc/v6 ${shop}`,
      `explain svc/twoslices ${shop}`,
      `explain svc/notready ${shop}`,
      `explain svc/sctp ${shop}`,
      `explain svc/single ${shop}`,
      `explain svc/ten ${shop}`,
      `explain svc/lb ${edge}`,
      `explain svc/lb -o wide ${edge}`,
      `explain svc/lb-local ${edge}`,
      `explain svc/lb-none ${edge}`,
      `explain svc/lb-nonp ${edge}`,
      `explain svc/lb-proxy ${edge}`,
      `explain svc/lb-sticky ${edge}`,
      `explain svc/extip ${edge}`,
      `explain svc/nonode ${edge}`,
      `explain svc/np ${edge}`,
      `explain svc/np-local ${edge}`,
      `explain svc/np-local-none ${edge}`,
      `explain svc/np-none ${edge}`,
      'explain pod/web-b978ccd84-xqkm7',
      'explain pod/web-b978ccd84-t49k9',
      'explain pod/dbg',
      'explain nodeport/30180',
      'explain nodeport/30180/udp',
      'explain nodeport/30182',
      'explain nodeport/31999',
      'explain KUBE-SVC-CDGGSHYLG3RE2FKL',
      'explain KUBE-SEP-TCD3IFXQZW3ZEZQU',
      'explain KUBE-EXT-MWXI5NWXIANF57RA',
      'explain KUBE-SERVICES',
      'explain filter/KUBE-SERVICES',
      'explain KUBE-MARK-MASQ',
      'explain PREROUTING',
      'explain 10.96.10.77',
      'explain 10.96.10.77:80',
      'explain 10.96.10.1:81',
      'explain 8.8.8.8:53/udp',
      'explain 10.99.0.11',
      'explain 10.99.0.12:30180',
      'explain 10.99.0.11:30999',
      'explain 10.244.0.3',
      'explain 10.244.1.4:8080',
      'explain 10.244.0.22:53',
      'explain 192.0.2.80:8000',
      'explain 192.0.2.80:8001',
      'explain 192.0.2.10:443',
      'explain 192.0.2.13:443',
      'explain svc/wep',
      'explain svc/cart',
      'explain svc/web:https',
      'explain svc/nothing-like-it',
      'explain pod/web-b978ccd84-xqkm8',
      'explain KUBE-SVC-NOSUCHCHAIN00000',
      'explain svc/web -o json',
      'explain svc/web -o yaml',
      `explain svc/lb -o json ${edge}`,
      `explain svc/lb -o yaml ${edge}`,
      `explain svc/lb -o mermaid ${edge}`,
      `explain svc/lb -o dot ${edge}`,
      `explain svc/lb -o svg ${edge}`,
      'backends',
      'backends -o wide',
      'backends -o json',
      `backends ${shop}`,
      `backends -A ${shop}`,
      `backends svc/cart svc/dns ${shop}`,
      'backends KUBE-SVC-CDGGSHYLG3RE2FKL',
      'graph svc/web',
      'trace --from pod/web-b978ccd84-xqkm7 --to svc/web',
      'trace --from internet --to nodeport/30180',
      'graph',
      `graph svc/np-local ${edge} -o dot`,
      `graph svc/np-local ${edge} -o json`,
      `graph svc/headless ${shop}`,
      'drift',
      'drift -o wide',
      'drift svc/nothing-like-it',
      'status',
      'status -o json',
    ],
  },
  {
    folder: '1.36-iptables-rules-only',
    input: onRules('1.36-iptables'),
    lines: [
      'explain svc/web',
      `explain svc/none ${shop}`,
      `explain svc/np-local-none ${edge}`,
      `explain svc/headless ${shop}`,
      'explain 10.96.10.2:53/udp',
      'explain 10.96.10.77',
      'explain 10.244.0.3',
      'explain nodeport/30180',
      'explain pod/web-b978ccd84-xqkm7',
      'explain KUBE-SVC-CDGGSHYLG3RE2FKL',
      'explain svc/wep',
      'backends',
      'trace --from 10.244.0.9 --to svc/web',
    ],
  },
  {
    folder: '1.36-iptables-ipv4-only',
    input: [
      ...['--rules', recorded('1.36-iptables/iptables-save.txt')],
      ...['--objects', recorded('objects.json'), '--node-name', 'node-a'],
    ],
    lines: [
      'explain svc/web',
      `explain svc/single ${shop}`,
      `explain svc/v6 ${shop}`,
      'explain 10.96.137.5:80',
      'explain [fd00:96::f0a3]:80',
    ],
  },
  {
    folder: '1.36-iptables-ipv6-only',
    input: [
      ...['--rules6', recorded('1.36-iptables/ip6tables-save.txt')],
      ...['--objects', recorded('objects.json'), '--node-name', 'node-a'],
    ],
    lines: [`explain svc/v6 ${shop}`, 'explain nodeport/30180', 'explain pod/web-b978ccd84-xqkm7'],
  },
  {
    folder: '1.36-iptables-objects-after',
    input: onRecording('1.36-iptables', 'objects-after.json'),
    lines: [
      'explain svc/web',
      'explain svc/web-np',
      `explain svc/cart ${shop}`,
      `explain svc/dns ${shop}`,
      `explain svc/single ${shop}`,
      `explain svc/fresh ${shop}`,
      `explain svc/none ${shop}`,
      `explain svc/ten ${shop}`,
      `explain svc/np ${edge}`,
      `explain svc/sticky ${shop}`,
      `explain svc/lb-sticky ${edge}`,
      'explain nodeport/30180',
      'explain nodeport/30190',
      'explain 10.244.0.5:8080',
      'explain 10.96.10.16:80',
      'explain svc/web -o json',
      'graph svc/web -o mermaid',
      'backends',
      'backends -o json',
      'drift',
      'drift -o wide',
      'drift -o json',
      'drift -o junit',
      'drift -o github',
      'drift svc/cart svc/dns -n shop',
      'drift --suppress KPR204=Node/node-a',
      'status',
    ],
  },
  {
    folder: 'after-1.36-iptables',
    input: onRecording('after-1.36-iptables'),
    lines: ['explain svc/web', 'backends', 'drift'],
  },
  {
    folder: 'large-1.36-iptables',
    input: onRecording('large-1.36-iptables'),
    lines: ['explain svc/web', 'explain KUBE-SVC-CDGGSHYLG3RE2FKL'],
  },
  {
    folder: 'large-1.36-iptables-rules-only',
    input: onRules('large-1.36-iptables'),
    lines: ['explain svc/web', 'explain 10.96.137.5:80', 'explain KUBE-SVC-CDGGSHYLG3RE2FKL'],
  },
  {
    folder: '1.25-iptables',
    input: [...onRecording('1.25-iptables'), '--kube-proxy-version', 'v1.25.16'],
    lines: ['explain svc/web', `explain svc/lb-proxy ${edge}`, `explain svc/hinted ${shop}`, 'backends'],
  },
  { folder: '1.36-iptables-legacy', input: onRecording('1.36-iptables-legacy'), lines: ['explain svc/web'] },
  { folder: '1.36-iptables-bridge', input: onRecording('1.36-iptables-bridge'), lines: ['explain svc/web'] },
  { folder: '1.36-iptables-masqall', input: onRecording('1.36-iptables-masqall'), lines: ['explain svc/web'] },
  {
    folder: '1.36-iptables-nodeportaddr',
    input: onRecording('1.36-iptables-nodeportaddr'),
    lines: [`explain svc/np ${edge}`, 'explain 10.99.0.11:30180'],
  },
  {
    folder: 'live-node-a',
    input: onRecording('live-node-a'),
    lines: [
      'explain svc/web',
      'explain svc/web-np',
      'explain nodeport/30080',
      'explain CNI-HOSTPORT-DNAT',
      'backends',
      'drift',
      'status',
    ],
  },
  {
    folder: 'random-1.36-6011',
    input: onRecording('random/1.36-6011'),
    lines: ['backends', 'backends -o json', 'drift -o wide', 'status'],
  },
  {
    folder: 'demo',
    input: ['--demo'],
    lines: [
      'explain svc/web',
      'explain svc/web-np',
      'explain svc/web -o json',
      'explain svc/web --color always',
      'explain svc/web --fail-on none',
      'backends svc/web',
      'graph svc/web',
      'drift',
      'status',
      'trace --from pod/web-b978ccd84-xqkm7 --to svc/web',
      'trace --from internet --to svc/web-np -o yaml',
    ],
  },
  {
    folder: 'live-node-a-capture',
    input: ['--capture', recorded('live-node-a')],
    lines: [
      'trace --from internet --to nodeport/30180',
      'trace --from internet --to nodeport/30180 -o json',
      'trace --from internet --to nodeport/30180 -o mermaid',
      'trace --from internet --to nodeport/30180 -o svg',
      'trace --from pod/hostport --to svc/web',
      'trace --from pod/web-b978ccd84-xqkm7 --to svc/web',
      'trace --from pod/web-b978ccd84-xqkm7 --to svc/web -o dot',
      'trace --from pod/hostport --to svc/web --family ipv6',
      'trace --from node-a --to svc/web-np',
      'trace --from node/node-b --to node-a:30180 -o wide',
      'trace --from 127.0.0.1 --to 127.0.0.1:30180',
      `trace --from internet --to svc/lb ${edge}`,
      `trace --from 203.0.113.9 --to svc/lb ${edge}`,
      `trace --from pod/default/hostport --to svc/none ${shop}`,
      `trace --from pod/default/hostport --to svc/cart ${shop}`,
      `trace --from pod/default/hostport --to svc/headless ${shop}`,
      'trace --from pod/hostport --to 10.99.0.12:22',
      'trace --from internet --to 10.99.0.11 --proto icmp',
      'trace --from pod/hostport --to 10.244.1.3',
      'trace --from pod/hostport --to pod/web-b978ccd84-z9nh5:8080',
      'trace --from pod/web-b978ccd84-z9nh5 --to svc/web',
      'trace --from pod/hostpot --to svc/web',
      'trace --from pod/hostport --to svc/web --on node-b',
      'trace --from pod/hostport --to svc/web --all-nodes',
      'trace --from svc/web --to svc/web',
      'trace --from internet --to KUBE-SERVICES',
    ],
  },
  {
    folder: 'no-input',
    input: [],
    lines: [
      '',
      '--help',
      'help explain',
      'explain --help',
      'backends --help',
      'drift --help',
      'status --help',
      'graph --help',
      'trace --help',
      'trace --from internet',
      'capture --help',
      'cleanup --help',
      'codes --help',
      'completion --help',
      'version --help',
      'version',
      '--version',
      'version -o yaml',
      'codes',
      'codes KPR201',
      'codes KPR204',
      'codes kpr112 -o yaml',
      'codes KPR999',
      'completion bash',
      'completion zsh',
      'completion fish',
      'completion powershell',
      'completion tcsh',
      'explain',
      'explain svc/web',
      'exlpain svc/web',
      'explain svc/web --rulez x',
      'explain svc/web --demo -o junit',
      'explain svc/Web_1 --demo',
    ],
  },
];

for (const { folder, input, lines } of shelves) {
  test(folder, async (t) => {
    for (const line of lines) {
      await t.test(line, async (t) => {
        const args = [...line.split(' ').filter((word) => word !== ''), ...input];
        const { exitCode, stdout, stderr } = await cli(args);
        const shown = `$ ${['kubectl proxyrules', ...args].join(' ')}\n[exit ${exitCode}]\n${stdout}[stderr]\n${stderr}`;
        t.assert.fileSnapshot(withoutPlaces(shown), `${goldenFolder}${folder}/${fileName(line)}.txt`, {
          serializers: [(value: string) => value],
        });
      });
    }
  });
}

test('no golden file is left over from a command line that is gone', () => {
  const expected = shelves.flatMap(({ folder, lines }) => lines.map((line) => `${folder}/${fileName(line)}.txt`));
  assert.equal(new Set(expected).size, expected.length, 'two command lines share a file');
  const found = globSync('**/*.txt', { cwd: goldenFolder }).map((path) => path.replaceAll('\\', '/'));
  assert.deepEqual(found.sort(), expected.sort());
});

/** The same text in every checkout and release. */
function withoutPlaces(text: string): string {
  return text
    .replaceAll(recordingsFolder, '')
    .replaceAll(root, '.')
    .replaceAll(version, 'VERSION')
    .replaceAll(process.version, 'NODE')
    .replaceAll(`${process.platform}-${process.arch}`, 'PLATFORM');
}

/** Fit for every file system. */
function fileName(line: string): string {
  return line.replace(/[^A-Za-z0-9.,=+ -]/g, '_') || 'nothing';
}

// .ci/kind/run without a cluster: docker and kubectl are played by scripts over a text of rules, so that the script's own
// decisions are seen to fail where they must.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { root } from './yaml-files.ts';

const chain = 'KUBE-SVC-AAAAAAAAAAAAAAAA';
const rules = [
  `-A KUBE-SERVICES -d 10.96.1.1/32 -p tcp -m comment --comment "drift/none cluster IP" -m tcp --dport 80 -j KUBE-SVC-B`,
  `-A KUBE-SERVICES -d 10.96.1.2/32 -p tcp -m comment --comment "drift/web:http cluster IP" -m tcp --dport 80 -j ${chain}`,
  `-A ${chain} ! -s 10.244.0.0/16 -d 10.96.1.2/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ`,
  `-A ${chain} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A`,
  `-A ${chain} -j KUBE-SEP-B`,
];

// The node's rules are a file of its name; -D takes a line out, and a kube-proxy started anew puts it back.
const docker = `#!/usr/bin/env bash
[ "$1" = exec ] || exit 64
node=$2; shift 2
case "$*" in
  'iptables-save -t nat') cat "$LAB/$node" ;;
  'iptables -t nat -S '*) echo "-N $5"; grep -- "^-A $5 " "$LAB/$node" ;;
  'iptables -t nat -D '*)
    line=$(grep -- "^-A $5 " "$LAB/$node" | sed -n "$6p")
    grep -vxF -- "$line" "$LAB/$node" > "$LAB/new"; mv "$LAB/new" "$LAB/$node" ;;
  *) exit 64 ;;
esac
`;
const kubectl = `#!/usr/bin/env bash
case "$*" in
  'apply -f '*) [ -f "$3" ] ;;
  'rollout status '*) ;;
  'rollout restart '*) [ "$PLAY" = unmended ] || for node in node-1 node-2; do cp "$LAB/whole" "$LAB/$node"; done ;;
  'get nodes '*) printf 'node-1 node-2' ;;
  'proxyrules drift --all-nodes '*)
    [ "$PLAY" = flapping ] && exit 1
    found=; status=0
    for node in node-1 node-2; do
      cmp -s "$LAB/whole" "$LAB/$node" && continue
      [ "$PLAY" = elsewhere ] && node=node-1
      found="{\\"severity\\":\\"critical\\",\\"node\\":\\"$node\\",\\"subject\\":{\\"namespace\\":\\"drift\\",\\"name\\":\\"web\\"}}"
      status=1
    done
    [ "$PLAY" = blind ] && status=0
    for word in "$@"; do case "$word" in json=*) echo "{\\"findings\\":[$found]}" > "\${word#json=}" ;; esac; done
    exit "$status" ;;
  *) exit 64 ;;
esac
`;

const missing = ['bash', 'jq', 'sed'].find((program) => spawnSync(program, ['--version']).error !== undefined);
const skip = process.platform === 'win32' ? 'kind runs on Linux' : missing !== undefined && `no ${missing} here`;

suite('.ci/kind/run', { skip }, () => {
  const lab = mkdtempSync(join(tmpdir(), 'proxyrules-kind-'));
  after(() => rmSync(lab, { recursive: true }));
  cpSync(join(root, '.ci'), join(lab, '.ci'), { recursive: true });
  mkdirSync(join(lab, 'fakes'));
  for (const [name, text] of Object.entries({ docker, kubectl })) {
    writeFileSync(join(lab, 'fakes', name), text);
    chmodSync(join(lab, 'fakes', name), 0o755);
  }
  const play = (how: string) => {
    for (const name of ['whole', 'node-1', 'node-2']) writeFileSync(join(lab, name), `${rules.join('\n')}\n`);
    const PATH = [join(lab, 'fakes'), process.env.PATH].join(delimiter);
    return spawnSync('bash', ['.ci/kind/run'], {
      cwd: lab,
      encoding: 'utf8',
      env: { PATH, LAB: lab, PLAY: how },
    });
  };

  test('passes where the plugin sees the rule go and come', () => {
    const { status, stdout, stderr } = play('right');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /node-2: KUBE-SVC-A+\n/);
    assert.match(readFileSync(join(lab, '.kind', 'broken.json'), 'utf8'), /"node":"node-2"/);
    assert.match(readFileSync(join(lab, '.kind', 'mended.json'), 'utf8'), /\[\]/);
  });

  for (const [how, sentence] of [
    ['flapping', /drift ended with 1, expected 0/],
    ['blind', /drift ended with 0, expected 1/],
    ['elsewhere', /not of drift\/web on node-2 alone/],
    ['unmended', /drift ended with 1, expected 0/],
  ] as const) {
    test(`fails where the plugin or kube-proxy is ${how}`, () => {
      const { status, stderr } = play(how);
      assert.equal(status, 1);
      assert.match(stderr, sentence);
    });
  }
});

// `npm run bench`: start-up, reading a million rules, growth. Prints figures beside their goals and never fails on one.
// `npm run bench -- --quick` takes a tenth of the cluster and leaves iptables-restore out.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Change, fullSize, generate, generateObjects, nodeName } from './generate.ts';
import { type Command, measure } from './measure.ts';

const quick = process.argv.includes('--quick');
const node = process.execPath;
const bin = join('bin', 'kubectl-proxyrules');
const services = quick ? fullSize.services / 10 : fullSize.services;
const bundling = { bundle: true, platform: 'node', format: 'cjs', target: 'node22', logLevel: 'warning' } as const;
let built = false;
const bare = "const text = require('node:fs').readFileSync(process.argv[1], 'utf8');";

describeMachine();
startUp();
const cluster = clusterOf(services);
reading(cluster.rules);
growth();
wholeCluster();
drifting();
await severalNodes();

function describeMachine(): void {
  const [cpu] = cpus();
  console.log(
    `${cpu?.model ?? 'unknown cpu'}, ${cpus().length} cores, ${gigabytes(totalmem())}, ${process.platform} ${release()}, node ${process.version}`,
  );
}

function startUp(): void {
  if (!existsSync(join('dist', 'main.cjs'))) {
    skip('start-up', 'npm run build comes first');
    return;
  }
  title('Start-up, against `node -e 0`');
  const [base, ...rest] = measure(
    [
      { name: 'node -e 0', argv: [node, '-e', '0'] },
      { name: '--help', argv: [node, bin, '--help'] },
      { name: 'explain svc/web --demo', argv: [node, bin, 'explain', 'svc/web', '--demo'] },
    ],
    quick ? 7 : 20,
  );
  if (base === undefined) return;
  row(base.name, milliseconds(base.ms));
  const goals = [1.3, 2];
  for (const [index, { name, ms }] of rest.entries()) {
    row(name, milliseconds(ms), times(ms / base.ms), goal(ms / base.ms, goals[index] ?? 0));
  }
}

function reading(rules: string): void {
  const { size } = statSync(rules);
  title(`Reading ${megabytes(size)} of iptables-save, against readFile + split('\\n')`);
  const [base, ours] = measure(
    [
      { name: "readFile + split('\\n')", argv: [node, '-e', `${bare} text.split('\\n');`, rules] },
      { name: 'parseIptablesSave', argv: [node, reader(), rules] },
    ],
    quick ? 5 : 7,
  );
  if (base === undefined || ours === undefined) return;
  const { lines, rules: count, rss } = JSON.parse(ours.stdout);
  row(base.name, milliseconds(base.ms));
  row(ours.name, milliseconds(ours.ms), times(ours.ms / base.ms), goal(ours.ms / base.ms, 3), 'later 1.5');
  // Of a small text, most of it is node itself.
  row('its peak memory', megabytes(rss), times(rss / size), quick ? 'of the text' : goal(rss / size, 5));
  row('it read', `${lines} lines`, `${count} rules`);
  restoring(rules, ours.ms);
}

function restoring(rules: string, ours: number): void {
  const why = quick ? '--quick' : whyNoNamespace();
  if (why !== undefined) {
    skip('iptables-restore --test', why);
    return;
  }
  const [restore] = measure([restoreTest(rules)], 0);
  if (restore !== undefined) row(restore.name, milliseconds(restore.ms), `${(restore.ms / ours).toFixed(0)}x ours`);
}

function restoreTest(rules: string): Command {
  return { name: 'iptables-restore --test', argv: ['unshare', '-n', 'iptables-restore', '--test'], input: rules };
}

function whyNoNamespace(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const { status } = spawnSync('unshare', ['-n', 'iptables-restore', '--version']);
  return status === 0 ? undefined : 'needs iptables and unshare';
}

function growth(): void {
  title('Growth: the same per line at every size means linear');
  const [start] = measure([{ name: 'node', argv: [node, '-p', 'process.resourceUsage().maxRSS * 1024'] }], 3);
  if (start === undefined) return;
  for (const share of [4, 2, 1]) {
    const { rules } = clusterOf(services / share);
    const [timing] = measure([{ name: `1/${share}`, argv: [node, reader(), rules] }], quick ? 3 : 5);
    if (timing === undefined) continue;
    const { lines, rss } = JSON.parse(timing.stdout);
    row(
      `${lines} lines`,
      milliseconds(timing.ms),
      `${(((timing.ms - start.ms) / lines) * 1000).toFixed(2)} us a line`,
      `${((rss - Number(start.stdout)) / lines).toFixed(0)} bytes a line`,
    );
  }
}

function wholeCluster(): void {
  const help = spawnSync(node, [bin, 'backends', '--help']);
  if (help.status !== 0) {
    skip('backends of the whole cluster', 'the command is not there, or not built');
    return;
  }
  title("Every backend of the cluster, against readFile + split('\\n') + JSON.parse of its objects");
  const { rules, objects } = clusterOf(services);
  const parse = `${bare} text.split('\\n'); JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8'));`;
  const flags = ['-o', 'json', '--rules', rules, '--objects', objects, '--node-name', nodeName];
  const [base, ours] = measure(
    [
      { name: "readFile + split('\\n') + JSON.parse", argv: [node, '-e', parse, rules, objects] },
      { name: 'backends -o json', argv: [node, bin, 'backends', ...flags] },
    ],
    quick ? 1 : 3,
  );
  if (base === undefined || ours === undefined) return;
  row(base.name, milliseconds(base.ms));
  row(ours.name, milliseconds(ours.ms), times(ours.ms / base.ms), `${megabytes(ours.stdout.length)} written`);
}

/** A node beside all of the API's objects: as it should be, with one update lost, and standing still. */
function drifting(): void {
  title(
    `drift, against readFile + split('\\n') + JSON.parse of its objects${quick ? '' : ', and iptables-restore --test'}`,
  );
  const { rules, objects } = clusterOf(services);
  const parse = `${bare} text.split('\\n'); JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8'));`;
  const verb = (name: string, file: string): Command => ({
    name,
    argv: [
      node,
      bin,
      name.startsWith('drift') ? 'drift' : name,
      '--rules',
      rules,
      '--objects',
      file,
      '--node-name',
      nodeName,
    ],
    peak: true,
  });
  const restores = !quick && whyNoNamespace() === undefined;
  const [base, ...rest] = measure(
    [
      { name: "readFile + split('\\n') + JSON.parse", argv: [node, '-e', parse, rules, objects], peak: true },
      verb('drift, in sync', objects),
      verb('drift, one lost update', changedObjects('lost update')),
      verb('drift, 200 Services newer', changedObjects({ frozen: 200 })),
      verb('status', objects),
    ],
    quick ? 1 : 3,
  );
  if (base === undefined) return;
  const [restore] = restores ? measure([restoreTest(rules)], 0) : [];
  const size = statSync(rules).size;
  row(base.name, milliseconds(base.ms), '', megabytes(base.rss ?? Number.NaN));
  if (restore !== undefined) row(restore.name, milliseconds(restore.ms), times(restore.ms / base.ms));
  for (const { name, ms, rss, status } of rest) {
    const memory = rss === undefined ? [] : [megabytes(rss), `${times(rss / size)} text`];
    const beside = restore === undefined ? [] : [`${(restore.ms / ms).toFixed(1)}x faster`];
    row(name, milliseconds(ms), times(ms / base.ms), ...memory, `exit ${status}`, ...beside);
  }
  if (!restores) skip('iptables-restore --test', quick ? '--quick' : (whyNoNamespace() ?? ''));
}

function changedObjects(change: Exclude<Change, 'none'>): string {
  const { objects } = clusterOf(services);
  const file = objects.replace(/\.json$/, `-${typeof change === 'string' ? 'lost-update' : 'frozen'}.json`);
  return existsSync(file) ? file : generateObjects({ ...fullSize, services }, change, file);
}

async function severalNodes(): Promise<void> {
  const count = 30;
  title(`${count} nodes, each answer 100 ms away, against one after the other`);
  const server = spawn(node, [join('test', 'bench', 'serve-nodes.ts'), String(count), '100'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(server.stdout, 'data');
    mkdirSync('.bench', { recursive: true });
    const peak = join('.bench', 'peak');
    process.env.PROXYRULES_PEAK = peak;
    const backends = (...flags: readonly string[]) => {
      const argv = [node, '--require', './test/bench/peak.cjs', bin, 'backends', 'default/web', '-o', 'json'];
      const live = ['--source', 'proxy-pod', '--kubeconfig', String(line).trim()];
      const [timing] = measure([{ name: '', argv: [...argv, ...live, ...flags] }], quick ? 1 : 3);
      return { ms: timing?.ms ?? Number.NaN, rss: Number(readFileSync(peak, 'utf8')) };
    };
    const single = backends('--node', 'node-a');
    const sum = backends('--all-nodes', '--concurrency', '1');
    const together = backends('--all-nodes');
    row('one after the other', milliseconds(sum.ms), megabytes(sum.rss));
    row('--concurrency 8', milliseconds(together.ms), times(together.ms / sum.ms), megabytes(together.rss));
    row('one node', milliseconds(single.ms), megabytes(single.rss));
    row('peak memory against one node', times(together.rss / single.rss));
  } finally {
    server.kill();
  }
}

/** The reader as the package ships it: bundled, not stripped of its types at every start. */
function reader(): string {
  const outfile = join('.bench', 'read-rules.cjs');
  if (!built) buildSync({ entryPoints: [join('test', 'bench', 'read-rules.ts')], outfile, ...bundling });
  built = true;
  return outfile;
}

function clusterOf(count: number): { readonly rules: string; readonly objects: string } {
  const size = { ...fullSize, services: count };
  const generator = createHash('sha256')
    .update(readFileSync(new URL('generate.ts', import.meta.url)))
    .digest('hex')
    .slice(0, 8);
  const folder = join('.bench', `${count}x${size.endpoints}-${generator}`);
  const done = join(folder, 'objects.json');
  return existsSync(done) ? { rules: join(folder, 'iptables-save.txt'), objects: done } : generate(size, folder);
}

function title(text: string): void {
  console.log(`\n${text}`);
}

function row(name: string, ...figures: readonly string[]): void {
  console.log(`  ${name.padEnd(38)}${figures.map((figure) => `  ${figure}`.padStart(15)).join('')}`);
}

function skip(what: string, why: string): void {
  console.log(`\n  NOT MEASURED: ${what}: ${why}`);
}

function goal(figure: number, wanted: number): string {
  return `goal ${wanted}${figure <= wanted ? '' : ' MISSED'}`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(0)} GiB`;
}

// The pipeline, written once: text and objects in, view, answer, every format asked for, exit code out.
import { join } from 'node:path';
import { type NodeView, viewNode } from '../analyses/node-view.ts';
import { readCapture } from '../capture/bundle.ts';
import { type Capture, sectionOf } from '../capture/capture.ts';
import { snapshotFromObjects } from '../cluster/from-objects.ts';
import { readObjects } from '../cluster/objects-file.ts';
import { hostnameOverrideOf } from '../cluster/proxy-config.ts';
import { UsageError } from '../errors.ts';
import { visible } from '../renderers/visible.ts';
import type { Finding, Severity } from '../report/finding.ts';
import type { Meta, Report } from '../report/report.ts';
import { captureFiles, readObjectFiles } from '../sources/file.ts';
import type { Io } from './io.ts';
import type { InputOptions, OutputOptions } from './options.ts';
import { printReport } from './print.ts';
import { version } from './version.ts';

/** Asks one question about one node and prints the answer. Returns the exit code; throws ProxyrulesError. */
export async function answer(
  io: Io,
  options: InputOptions & OutputOptions,
  ask: (view: NodeView, meta: Meta) => Report,
): Promise<number> {
  const view = await readView(io, options);
  const report = ask(view, { tool: version, notes: [] });
  for (const note of report.meta.notes) io.stderr(`note: ${visible(note)}\n`);
  await printReport(io, options, report);
  return exitCode(report.findings, options.failOn, view.installed.defects.length > 0);
}

async function readView(io: Io, options: InputOptions): Promise<NodeView> {
  const capture = await readInput(io, options);
  const config = sectionOf(capture, 'kube-proxy-config');
  const objects = options.cluster ? await readObjects(capture.objects) : undefined;
  if (objects !== undefined && capture.objects.length === 0) {
    throw new UsageError('NO_OBJECTS', 'there are no API objects to lay the rules beside', {
      hint: 'Give --objects FILE, or --no-cluster to explain from the rules alone; a live cluster is not asked by this release yet',
    });
  }
  return viewNode(capture, objects && snapshotFromObjects(objects), {
    nodeName: options.nodeName,
    kubeProxyVersion: options.kubeProxyVersion,
    hostnameOverride: config && (await hostnameOverrideOf(new TextDecoder().decode(config.text), config.command)),
  });
}

async function readInput(io: Io, options: InputOptions): Promise<Capture> {
  const given = [
    options.demo === true && '--demo',
    options.capture !== undefined && '--capture',
    (options.rules !== undefined || options.rules6 !== undefined) && '--rules',
  ].filter((flag) => flag !== false);
  if (given.length > 1) {
    throw new UsageError('SEVERAL_SOURCES', `${given.join(' and ')} do not go together`, { hint: 'Give one of them' });
  }
  const saved = {
    rules: options.rules,
    rules6: options.rules6,
    objects: options.objects ?? [],
    kubeProxyConfig: options.kubeProxyConfig,
  };
  const stdinUsers = [saved.rules, saved.rules6, ...saved.objects, saved.kubeProxyConfig].filter(
    (path) => path === '-',
  );
  if (stdinUsers.length > 1) throw new UsageError('STDIN_TWICE', 'standard input can be read for one flag only', {});
  if (given[0] === '--rules') return captureFiles(saved, io.stdin);
  if (given[0] === undefined) {
    throw new UsageError('NO_SOURCE', 'there is no node to look at', {
      hint: 'Give --rules FILE --objects FILE, --capture PATH, or --demo; a live cluster is not read by this release yet',
    });
  }
  const capture = await readCapture(given[0] === '--demo' ? join(io.root, 'src', 'demo') : (options.capture ?? ''));
  // Objects or a configuration given beside a capture replace its own.
  const extra = await captureFiles({ ...saved, objects: [] }, io.stdin);
  const own = capture.sections.filter(({ name }) => extra.sections.every((section) => section.name !== name));
  const objects = saved.objects.length === 0 ? capture.objects : await readObjectFiles(saved.objects);
  return { ...capture, sections: [...own, ...extra.sections], objects };
}

const grave: readonly Severity[] = ['critical', 'warning', 'info'];

/** Findings beat incomplete. What makes the text unfit is no finding against the node: it makes the answer incomplete. */
export function exitCode(findings: readonly Finding[], failOn: Severity | 'none', incomplete: boolean): number {
  const against = findings.filter(({ code }) => !code.startsWith('KPR9'));
  const fails = failOn !== 'none' && against.some(({ severity }) => grave.indexOf(severity) <= grave.indexOf(failOn));
  if (fails) return 1;
  return incomplete ? 3 : 0;
}

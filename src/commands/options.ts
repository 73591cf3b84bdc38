// The flags that several verbs share, and how their words become values.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Suppression } from '../analyses/suppress.ts';
import { formatsOf, isFormat } from '../renderers/index.ts';
import type { Format, Part } from '../renderers/renderer.ts';
import type { Severity } from '../report/finding.ts';
import { readSuppress } from './suppression-patterns.ts';

export interface InputOptions {
  readonly rules?: string;
  readonly rules6?: string;
  readonly objects?: readonly string[];
  readonly capture?: string;
  readonly demo?: boolean;
  /** False with `--no-cluster`; otherwise a cluster of the kubeconfig. */
  readonly cluster?: string | false;
  readonly nodeName?: string;
  readonly kubeProxyConfig?: string;
  readonly kubeProxyVersion?: string;
  readonly namespace?: string;
}

export interface OutputOptions {
  readonly output: Format;
  readonly outputFile?: readonly OutputFile[];
  readonly color: 'auto' | 'always' | 'never';
  readonly failOn: Severity | 'none';
}

export interface SuppressionOptions {
  readonly suppress?: readonly Suppression[];
  /** A file. */
  readonly suppressions?: string;
}

export interface OutputFile {
  readonly format: Format;
  readonly path: string;
}

/** `parts` are what the verb's report has: they decide which formats `-o` takes. */
export function withOutput(command: Command, parts: readonly Part[], usual: Format = 'table'): Command {
  const offered = formatsOf(parts);
  return command
    .addOption(new Option('-o, --output <format>', 'how to print the answer').choices(offered).default(usual))
    .addOption(
      new Option(
        '--output-file <format=path>',
        'write a further format to a file in the same run; may be repeated',
      ).argParser((value: string, before: readonly OutputFile[] = []) => [...before, readOutputFile(value, offered)]),
    )
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'));
}

export function withFailOn(command: Command): Command {
  const severities = ['critical', 'warning', 'info', 'none'];
  return command.addOption(
    new Option('--fail-on <severity>', 'exit with 1 at a finding as grave as this')
      .choices(severities)
      .default('warning'),
  );
}

/** For verbs whose findings count for the exit code. */
export function withSuppressions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--suppress <code=subject>',
        'a finding that is known, such as KPR201=Service/shop/web: told, and not counted; * stands for anything; may be repeated',
      ).argParser(readSuppress),
    )
    .option('--suppressions <file>', 'a list of such findings, YAML or JSON: code, subject, node, reason, expires');
}

export function withInput(command: Command): Command {
  return command
    .option('--rules <file>', 'text of iptables-save (with or without -c); - is standard input')
    .option('--rules6 <file>', 'text of ip6tables-save; - works, too')
    .addOption(
      new Option(
        '--objects <file>',
        'JSON or YAML of kubectl get services,endpointslices,pods,nodes -A; may be repeated',
      ).argParser((value: string, before: readonly string[] = []) => [...before, value]),
    )
    .option('--no-cluster', 'ask no API server: explain from the rules and their comments alone')
    .option('--capture <path>', 'a saved capture: a directory or .tgz')
    .option('--demo', 'the recorded node inside this package; needs no cluster and no network')
    .option('--node-name <name>', 'the node the rules are from')
    .option('--kube-proxy-config <file>', "the node's KubeProxyConfiguration")
    .addOption(
      new Option('--kube-proxy-version <version>', "kube-proxy's release, such as v1.34").argParser(readVersion),
    )
    .option('-n, --namespace <name>', 'namespace of a target that names none (default: default)');
}

function readVersion(text: string): string {
  if (/^v?1\.\d{1,3}(\.\d+)?([+-].*)?$/.test(text)) return text;
  throw new InvalidArgumentError('A release looks like v1.34 or v1.34.2.');
}

function readOutputFile(value: string, offered: readonly Format[]): OutputFile {
  const equals = value.indexOf('=');
  const format = value.slice(0, equals);
  const path = value.slice(equals + 1);
  if (equals > 0 && path !== '' && isFormat(format) && offered.includes(format)) return { format, path };
  throw new InvalidArgumentError(`It takes FORMAT=PATH with one of ${offered.join(', ')}.`);
}

// The tree of verbs: arguments, flags and help. What a verb does is loaded when it is asked for, so that `--help` costs
// no more than its words.
import { Argument, Command, Option } from 'commander';
import { visible } from '../renderers/visible.ts';
import type { BackendsOptions } from './backends.ts';
import type { CaptureOptions } from './capture.ts';
import type { CleanupOptions } from './cleanup.ts';
import type { DriftOptions } from './drift.ts';
import type { Io } from './io.ts';
import { withKubeFlags, withLive, withSettle } from './live-options.ts';
import { type OutputOptions, withFailOn, withInput, withOutput, withSuppressions } from './options.ts';
import type { Options } from './run.ts';
import { type TraceOptions, withEnds } from './trace-options.ts';
import { version } from './version.ts';

/** `done` receives the exit code of the verb that ran. */
export function buildProgram(io: Io, done: (exitCode: number) => void): Command {
  const program = new Command('kubectl proxyrules')
    .description(
      "Explains what kube-proxy's rules on a node do with a Service, and who is at fault when it is unreachable.",
    )
    .usage('VERB [flags]')
    .helpCommand('help [verb]', 'help for a verb')
    .showSuggestionAfterError()
    .configureHelp({ sortOptions: false, showGlobalOptions: false })
    // commander repeats the words that it does not know.
    .configureOutput({ outputError: (text, write) => write(text.split('\n').map(visible).join('\n')) })
    .addHelpText('after', examples);
  const verb = (name: string, summary: string) => program.command(name).description(summary);

  withLive(
    withInput(
      withSuppressions(withFailOn(withOutput(verb('explain', verbs.explain), ['blocks', 'data', 'graph', 'findings']))),
    ),
  )
    .argument('<target>', targetHelp)
    .action(async (target: string, options: Options) =>
      done(await (await import('./answers.ts')).runExplain(io, target, options)),
    );
  withLive(
    withInput(
      withSuppressions(withFailOn(withOutput(verb('backends', verbs.backends), ['blocks', 'data', 'findings']))),
    ),
  )
    .argument('[target...]', 'service ports to list; all without one')
    .addOption(
      new Option(
        '-A, --all-namespaces',
        'list every namespace even with -n (without targets and -n that is so anyway)',
      ),
    )
    .action(async (targets: string[], options: BackendsOptions) =>
      done(await (await import('./answers.ts')).runBackends(io, targets, options)),
    );
  withSettle(
    withLive(
      withInput(
        withSuppressions(withFailOn(withOutput(verb('drift', verbs.drift), ['blocks', 'data', 'findings', 'suites']))),
      ),
    ),
  )
    .argument('[target...]', 'service ports to compare; all without one')
    .addOption(
      new Option(
        '-A, --all-namespaces',
        'compare every namespace even with -n (without targets and -n that is so anyway)',
      ),
    )
    .action(async (targets: string[], options: DriftOptions) =>
      done(await (await import('./answers.ts')).runDrift(io, targets, options)),
    );
  withSettle(
    withLive(withInput(withSuppressions(withFailOn(withOutput(verb('status', verbs.status), ['blocks', 'data']))))),
  ).action(async (options: DriftOptions) => done(await (await import('./answers.ts')).runStatus(io, options)));
  withLive(
    withInput(withSuppressions(withFailOn(withOutput(verb('graph', verbs.graph), ['data', 'graph'], 'mermaid')))),
  )
    .argument('[target]', `${targetHelp}; without one, the node's base chains`)
    .action(async (target: string | undefined, options: Options) =>
      done(await (await import('./answers.ts')).runGraph(io, target, options)),
    );
  withLive(withInput(withOutput(withEnds(verb('trace', verbs.trace)), ['blocks', 'data', 'graph']))).action(
    async (options: TraceOptions) => done(await (await import('./answers.ts')).runTrace(io, options)),
  );
  withLive(withOutput(verb('capture', verbs.capture), ['blocks', 'data']))
    .option('--out <path>', 'where to save: a directory, or an archive where it ends in .tgz')
    .option('--redact', 'other names and addresses in place of the real ones; read it before you mail it')
    .action(async (options: CaptureOptions) => done(await (await import('./capture.ts')).runCapture(io, options)));
  withKubeFlags(withOutput(verb('cleanup', verbs.cleanup), ['blocks', 'data']))
    .option('-n, --namespace <name>', 'look in this namespace only (default: all)')
    .option('--yes', 'remove those that no run can be using any more')
    .option('--force', 'with --yes: also those that a run may be using')
    .action(async (options: CleanupOptions) => done(await (await import('./cleanup.ts')).runCleanup(io, options)));
  withOutput(verb('codes', verbs.codes), ['blocks', 'data'])
    .argument('[code]', 'such as KPR201')
    .action(async (code: string | undefined, options: OutputOptions) =>
      done(await (await import('./codes.ts')).runCodes(io, code, options)),
    );
  verb('completion', verbs.completion)
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish', 'powershell']))
    .action(async (shell: string) => done((await import('./completion.ts')).runCompletion(io, shell)));
  verb('version', verbs.version)
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['table', 'json', 'yaml']).default('table'),
    )
    .action(async ({ output }: { output: 'table' | 'json' | 'yaml' }) =>
      done(await (await import('./version-report.ts')).runVersion(io, output)),
    );
  program.option('--version', 'print the version').on('option:version', () => {
    io.stdout(`${version}\n`);
    done(0);
  });
  return program;
}

const verbs = {
  explain: 'one Service, address, pod or chain from front to back, verdict first',
  backends: 'every backend of every service port, with its share and state',
  drift: 'installed rules against what kube-proxy would write, for CI',
  status: 'one row a node: is it in sync with the API',
  trace: 'the walk of one packet through every rule of a node, the ends it can come to, and why',
  graph: 'the chains and backends of a target as a picture',
  capture: 'what the nodes and the API say, saved for --capture',
  cleanup: 'debug pods that a killed run left behind, shown and removed',
  codes: 'what the findings mean, offline',
  completion: 'a completion script for a shell',
  version: 'the version of this tool',
} as const;

const targetHelp =
  'svc/NAME[:PORT], NAMESPACE/NAME, IP[:PORT][/udp], [IPv6]:PORT, nodeport/NUMBER, pod/NAME, or a chain';

const examples = `
Examples:
  kubectl proxyrules explain svc/web -n shop --node worker-1
  kubectl proxyrules explain svc/web -n shop --all-nodes
  kubectl proxyrules backends -l pool=edge
  kubectl proxyrules drift --all-nodes
  kubectl proxyrules drift --all-nodes --output-file junit=drift.xml --output-file sarif=drift.sarif
  kubectl proxyrules status --all-nodes
  kubectl proxyrules trace --from pod/web-1 --to svc/api -n shop
  kubectl proxyrules trace --from internet --to nodeport/30080 --on worker-1
  kubectl proxyrules capture --node worker-1 --out worker-1.tgz
  kubectl proxyrules explain svc/web --capture worker-1.tgz
  kubectl proxyrules explain svc/web --demo
  kubectl proxyrules explain svc/web -n shop --rules rules.txt --objects objects.json
  kubectl proxyrules explain 10.96.0.10:53/udp --rules rules.txt --no-cluster
  kubectl proxyrules backends -o json --rules rules.txt --objects objects.json

On the node:     iptables-save -c > rules.txt; ip6tables-save -c > rules6.txt
In the cluster:  kubectl get services,endpointslices,pods,nodes -A -o json > objects.json

Exit codes: 0 done, 1 findings, 2 wrong usage, 3 incomplete, 4 API server, 5 input file,
6 no kube-proxy here, 70 a bug of ours, 130 interrupted.`;

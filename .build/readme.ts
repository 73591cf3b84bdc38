// Writes what README.md shows of the program: the sample, and the tables of verbs, flags and formats, each between
// `<!-- made: NAME -->` and `<!-- end -->`. `node .build/readme.ts` writes the page, `--check` fails when it is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command, Option } from 'commander';
import type { Io } from '../src/commands/io.ts';
import { buildProgram } from '../src/commands/program.ts';
import { run } from '../src/main.ts';
import { formats } from '../src/renderers/index.ts';
import type { Format } from '../src/renderers/renderer.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const readmePath = new URL('../README.md', import.meta.url);

/** What the program says in a terminal of 100 columns without colours. */
export async function said(words: readonly string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const out = { stdout: '', stderr: '' };
  const exitCode = await run(words, {
    ...silent,
    stdout: (text) => (out.stdout += text),
    stderr: (text) => (out.stderr += text),
  });
  return { ...out, exitCode };
}

const silent: Io = {
  stdout: () => {},
  stderr: () => {},
  stdin: async () => new Uint8Array(),
  env: {},
  isTerminal: false,
  width: 100,
  root,
};

export const program = buildProgram(silent, () => {});
export const verbs = program.commands;

/** The page with every made part as the program has it now. */
export async function readmePage(text: string): Promise<string> {
  const made: Readonly<Record<string, string>> = {
    sample: await sample(['explain', 'svc/web', '--demo']),
    drift: await sample(['drift', '--demo']),
    verbs: verbTable(),
    flags: flagTable(),
    formats: formatTable(),
  };
  return text.replace(
    /(<!-- made: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      if (made[name] === undefined) throw new Error(`README.md asks for "${name}", which nobody makes`);
      return `${start}\n${made[name]}\n\n${end}`;
    },
  );
}

async function sample(words: readonly string[]): Promise<string> {
  const { stdout } = await said(words);
  const parts = stdout.trimEnd().split(/\n\n(?=\S)/);
  return ['```console', `$ kubectl proxyrules ${words.join(' ')}`, parts.map(shortened).join('\n\n'), '```'].join('\n');
}

/** Lists that are cut: how far their items are indented, and how many are shown. Other parts are shown whole. */
const cut: Readonly<Record<string, { readonly indent: number; readonly items: number }>> = {
  Backends: { indent: 2, items: 5 },
  Findings: { indent: 6, items: 1 },
  Rules: { indent: 2, items: 2 },
};

function shortened(part: string): string {
  const lines = part.split('\n');
  const { indent, items } = cut[lines[0] ?? ''] ?? { indent: 0, items: Number.POSITIVE_INFINITY };
  const depth = (line: string) => line.length - line.trimStart().length;
  const shown: string[] = [];
  let seen = 0;
  let left = 0;
  for (const line of lines) {
    if (depth(line) === indent) seen += 1;
    if (seen > items && depth(line) >= indent) {
      left += 1;
      continue;
    }
    if (left > 0) {
      // Behind the list the part goes on, and is shown.
      shown.push(`${' '.repeat(indent)}...`);
      left = 0;
      seen = Number.NEGATIVE_INFINITY;
    }
    shown.push(line);
  }
  return [...shown, ...(left > 0 ? [`${' '.repeat(indent)}...`] : [])].join('\n');
}

function verbTable(): string {
  const rows = verbs.map((verb) => {
    const words = verb.registeredArguments.map((argument) => {
      const word = argument.argChoices?.join('\\|') ?? argument.name().toUpperCase() + (argument.variadic ? '...' : '');
      return argument.required ? word : `[${word}]`;
    });
    const needed = verb.options
      .filter(({ mandatory }) => mandatory)
      .map(({ long, flags }) => `${long} ${/<(.*)>/.exec(flags)?.[1]?.toUpperCase()}`);
    return `| \`${[verb.name(), ...needed, ...words].join(' ')}\` | ${verb.description()} |`;
  });
  return table('verb', 'answers', [...rows, '| `help [VERB]` | help for a verb, as `--help` |']);
}

/** One row a flag; the verbs that have it in the order of the tree. */
function flagTable(): string {
  const all = verbs.flatMap((verb) => verb.options.map((option) => ({ option, verb })));
  const rows = [...Map.groupBy(all, ({ option }) => option.long ?? option.short)].map(([, uses]) => {
    const option = uses[0]?.option as Option;
    return `| ${spelled(option)} | ${uses.map(({ verb }) => verb.name()).join(', ')} | ${meaning(option, uses)} |`;
  });
  const own = program.options.map((option) => `| ${spelled(option)} | without a verb | ${option.description} |`);
  return table('flag', 'verbs', 'meaning', [...rows, ...own, '| `-h`, `--help` | all, and without a verb | help |']);
}

function spelled({ flags }: Option): string {
  return flags
    .split(', ')
    .map((flag) => `\`${flag.replace(/<(.*)>/, (_, value: string) => value.toUpperCase())}\``)
    .join(', ');
}

function meaning(option: Option, uses: readonly { readonly option: Option; readonly verb: Command }[]): string {
  const isFormat = option.long === '--output';
  const choices = isFormat ? [': see [formats](#output)'] : option.argChoices ? [`: ${code(option.argChoices)}`] : [];
  const usual = option.argChoices && option.defaultValue !== undefined ? [option.defaultValue] : [];
  const others = uses.filter((use) => use.option.argChoices && use.option.defaultValue !== option.defaultValue);
  const exceptions = others.map((use) => `, of \`${use.verb.name()}\` \`${use.option.defaultValue}\``);
  return [option.description, ...choices, ...usual.map((value) => `; default \`${value}\``), ...exceptions].join('');
}

const formatIs = {
  table: 'for reading; wrapped in a terminal, never when piped',
  wide: 'the same with more columns and every rule',
  json: 'for programs; begins with `apiVersion` `proxyrules/v1` and keeps its fields',
  yaml: 'the same document as YAML',
  mermaid: 'a picture as Mermaid text, for Markdown',
  dot: 'a picture as Graphviz text',
  svg: 'a picture, drawn here: no other program is needed',
  junit: 'JUnit XML: a suite per node, a case per service port',
  sarif: 'SARIF 2.1.0, as code scanning of GitHub takes it',
  github: 'annotations of GitHub Actions, and a summary where `GITHUB_STEP_SUMMARY` is set',
} satisfies Record<Format, string>;

function formatTable(): string {
  const rows = formats.flatMap((format) => {
    const of = verbs.filter(({ options }) =>
      options.some(({ long, argChoices }) => long === '--output' && argChoices?.includes(format)),
    );
    return of.length === 0
      ? []
      : `| \`${format}\` | ${of.map((verb) => verb.name()).join(', ')} | ${formatIs[format]} |`;
  });
  return table('format', 'verbs', 'what it is', rows);
}

function table(...words: readonly [...string[], readonly string[]]): string {
  const rows = words.at(-1) as readonly string[];
  const titles = words.slice(0, -1);
  return [`| ${titles.join(' | ')} |`, `|${'---|'.repeat(titles.length)}`, ...rows].join('\n');
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

if (pathToFileURL(argv[1] ?? '').href === import.meta.url) {
  const text = readFileSync(readmePath, 'utf8');
  const page = await readmePage(text);
  if (!argv.includes('--check')) writeFileSync(readmePath, page);
  else if (text !== page) {
    console.error('README.md is stale: run `node .build/readme.ts`');
    process.exitCode = 1;
  }
}

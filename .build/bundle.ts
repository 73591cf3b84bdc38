// Builds dist/: a small main.cjs with the tree of verbs, and beside it one file for everything that src loads on use.
// Merely parsing code that is not run costs a start-up its time, so every `import()` is a border between files. What two
// files share is in both: it holds no state, and errors are told by their brand.
//
//     node .build/bundle.ts
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { thirdParty } from './third-party.ts';

/** Installed beside us: large, or with parts for one platform only. */
const installed = ['@kubernetes/client-node', '@viz-js/viz', 'ssh2'];

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** The files of dist/ by their names, each with its entry point. Grows while they are built. */
const files = new Map([['main', join(root, 'src', 'main.ts')]]);

const loadedOnUse: Plugin = {
  name: 'loaded on use',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === loadedOnUse) return undefined;
      // The ways to a node and to the API server go together, in the one file that reads a live cluster.
      if (/[/\\]src[/\\](sources|api)[/\\]/.test(importer)) return undefined;
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: loadedOnUse });
      if (found.external || found.errors.length > 0) return found;
      return { path: `./${fileFor(path, found.path)}.cjs`, external: true };
    });
  },
};

/**
 * commander loads node:child_process for verbs that are programs of their own; we have none, and with its streams and
 * sockets it is a tenth of the time that `--help` takes. A copy of node:process, as CommonJS would make it, is another.
 */
const leanCommander: Plugin = {
  name: 'lean commander',
  setup({ onResolve, onLoad }) {
    const contents = new Map([
      ['node:child_process', 'export default {}'],
      ['node:process', 'export default process'],
    ]);
    onResolve({ filter: /^node:/ }, ({ importer, path }) =>
      contents.has(path) && /[/\\]commander[/\\]/.test(importer) ? { path, namespace: 'lean' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'lean' }, ({ path }) => ({ contents: contents.get(path) ?? '' }));
  },
};

/** `./explain.ts` becomes explain; where that name is taken, commands-explain. */
function fileFor(specifier: string, entry: string): string {
  const short = specifier.startsWith('.')
    ? basename(entry, extname(entry))
    : `package-${specifier.replaceAll(/\W+/g, '-')}`;
  const taken = files.get(short);
  const name = taken === undefined || taken === entry ? short : `${basename(dirname(entry))}-${short}`;
  files.set(name, entry);
  return name;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const bundled = new Set<string>();
for (const [name, entry] of files) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(dist, `${name}.cjs`),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22.18',
    // `import()` becomes `require()`: the loader of ES modules costs a start-up some milliseconds.
    supported: { 'dynamic-import': false },
    external: installed,
    plugins: [loadedOnUse, leanCommander],
    // Names stay, for the stack in a bug's report.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  for (const input of Object.keys(metafile.inputs)) bundled.add(input);
}
writeFileSync(join(dist, 'THIRD-PARTY.txt'), thirdParty(root, bundled));

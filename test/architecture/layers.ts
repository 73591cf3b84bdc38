// The architecture in one table: each folder of src/ and the folders it may import.
// Read top to bottom it is the data flow; layers.test.ts makes it law.
export const layers: Record<string, readonly string[]> = {
  errors: [],
  // IP text is neither the kernel's nor the API server's: both read it.
  address: [],
  // The connection to the API server: sources run commands through it, cluster reads objects through it.
  api: ['errors'],
  capture: ['errors'],
  netfilter: ['address', 'errors'],
  cluster: ['api', 'address', 'errors'],
  report: [],
  parse: ['capture', 'netfilter', 'address', 'errors'],
  proxiers: ['capture', 'parse', 'netfilter', 'cluster', 'address', 'errors'],
  analyses: ['capture', 'netfilter', 'cluster', 'proxiers', 'report', 'address', 'errors'],
  renderers: ['report'],
  sources: ['capture', 'api', 'errors'],
  commands: ['sources', 'capture', 'api', 'cluster', 'proxiers', 'analyses', 'report', 'renderers', 'errors'],
  main: ['commands', 'errors'],
};

// The only places that may touch the outside world.
const edges = '^src/(main[.]ts$|commands/|sources/|api/|capture/(bundle|save)[.]ts$|cluster/read[.]ts$)';
const only = (folder: string) => `^src/${folder}(/|[.]ts$)`;

export const forbidden = [
  ...Object.entries(layers).map(([folder, may]) => ({
    name: `${folder} imports only: ${may.join(', ') || 'nothing'}`,
    severity: 'error',
    from: { path: only(folder) },
    to: { path: '^src/', pathNot: [folder, ...may].map(only) },
  })),
  {
    name: 'a mode folder is private to proxiers/',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/proxiers/' },
    to: { path: '^src/proxiers/[^/]+/' },
  },
  {
    name: 'modes do not see each other',
    severity: 'error',
    from: { path: '^src/proxiers/([^/]+)/' },
    to: { path: '^src/proxiers/[^/]+/', pathNot: '^src/proxiers/$1/' },
  },
  {
    name: 'input and output only at the edges',
    severity: 'error',
    from: { path: '^src/', pathNot: edges },
    to: {
      path: ['^(node:)?(fs|net|tls|child_process|http|https|process)(/|$)', 'node_modules/(ssh2|commander)(/|$)'],
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'slow packages are loaded on use',
    severity: 'error',
    from: { path: '^src/' },
    to: {
      path: 'node_modules/(@kubernetes/client-node|ssh2)(/|$)',
      dependencyTypesNot: ['type-only', 'dynamic-import'],
    },
  },
  { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'no orphans', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} },
  { name: 'every import resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
];

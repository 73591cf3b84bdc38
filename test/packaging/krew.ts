// krew's rules for a plugin's manifest (sigs.k8s.io/krew internal/index/validation, pkg/installation, v0.4), and the
// limits of its index's linter.

/** What krew would refuse, each in one sentence. `manifest` is the parsed YAML. */
export function krewRefuses(manifest: unknown): readonly string[] {
  const { apiVersion, kind, metadata, spec } = fields(manifest);
  const { name } = fields(metadata);
  const { version, shortDescription, description, caveats, platforms } = fields(spec);
  const list = Array.isArray(platforms) ? platforms : [];
  return [
    apiVersion === 'krew.googlecontainertools.github.com/v1alpha2' || `apiVersion ${apiVersion}`,
    kind === 'Plugin' || `kind ${kind}`,
    isName(name) || `metadata.name ${name}`,
    isSemver(version) || `spec.version ${version}`,
    isShort(shortDescription) || 'spec.shortDescription is missing, has several lines, or is longer than 70 columns',
    isNarrow(description) || 'spec.description has a line longer than 80 columns',
    isNarrow(caveats) || 'spec.caveats has a line longer than 80 columns',
    list.length > 0 || 'spec.platforms is empty',
    ...list.flatMap((platform, index) => platformRefused(platform).map((why) => `spec.platforms[${index}]: ${why}`)),
    ...machines.map(
      ({ os, arch }) => list.filter((each) => selects(each, os, arch)).length < 2 || `${os}/${arch} is chosen twice`,
    ),
    ...list.map(
      (each, index) =>
        machines.some(({ os, arch }) => selects(each, os, arch)) || `spec.platforms[${index}] fits no machine`,
    ),
  ].filter((refusal) => typeof refusal === 'string');
}

const machines = ['linux', 'darwin', 'windows'].flatMap((os) =>
  ['386', 'amd64', 'arm', 'arm64'].map((arch) => ({ os, arch })),
);

function platformRefused(platform: unknown): readonly string[] {
  const { uri, sha256, bin, files, selector } = fields(platform);
  const { matchLabels, matchExpressions } = fields(selector);
  const terms = Array.isArray(matchExpressions) ? matchExpressions.map(fields) : [];
  const keys = [...Object.keys(fields(matchLabels)), ...terms.map(({ key }) => key)];
  return [
    (typeof uri === 'string' && /\.(?:zip|tar\.gz)$/.test(uri)) || 'uri is no .zip or .tar.gz',
    (typeof sha256 === 'string' && /^[a-f0-9]{64}$/.test(sha256)) || 'sha256 is not 64 small hexadecimal digits',
    (typeof bin === 'string' && bin !== '' && !bin.includes('..')) || 'bin is missing',
    keys.length > 0 || 'selector is empty',
    keys.every((key) => key === 'os' || key === 'arch') || `selector asks for ${keys}`,
    terms.every(({ operator }) => ['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(String(operator))) ||
      'selector has an unknown operator',
    files === undefined ||
      (Array.isArray(files) && files.length > 0 && files.map(fields).every(({ from, to }) => from && to)) ||
      'files is empty',
    !selects(platform, 'windows', 'amd64') || String(bin).endsWith('.exe') || 'bin on Windows is no .exe',
  ].filter((refusal) => typeof refusal === 'string');
}

function selects(platform: unknown, os: string, arch: string): boolean {
  const { matchLabels, matchExpressions } = fields(fields(platform).selector);
  const machine: Record<string, string> = { os, arch };
  const terms = Array.isArray(matchExpressions) ? matchExpressions.map(fields) : [];
  return (
    Object.entries(fields(matchLabels)).every(([key, value]) => machine[key] === value) &&
    terms.every(({ key, operator, values }) => {
      const listed = Array.isArray(values) && values.includes(machine[String(key)]);
      return operator === 'In' ? listed : operator === 'NotIn' ? !listed : operator === 'Exists';
    })
  );
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && /^[\w-]+$/.test(name) && !/^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(name);
}

function isSemver(version: unknown): boolean {
  return (
    typeof version === 'string' &&
    /^v(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\w.-]+)?(?:\+[\w.-]+)?$/.test(version)
  );
}

function isShort(text: unknown): boolean {
  return typeof text === 'string' && text !== '' && !/[\r\n]/.test(text) && text.length <= 70;
}

function isNarrow(text: unknown): boolean {
  return text === undefined || (typeof text === 'string' && text.split('\n').every((line) => line.length <= 80));
}

function fields(value: unknown): { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

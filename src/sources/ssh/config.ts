// What the user's SSH configuration says of one host, for the built-in client. The first value of a keyword wins.
// What this client cannot honour, and would change where it goes or whom it trusts, is refused.
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { SourceError } from '../../errors.ts';
import { type ConfigFile, type MatchFacts, type Reading, readConfig } from './config-read.ts';
import type { Destination } from './connection.ts';
import type { HostSettings } from './host-settings.ts';
import { type Jump, parseJumps } from './jumps.ts';
import { systemFile } from './system-config.ts';
import { expandTokens } from './tokens.ts';

export interface HostRequest {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly jumps: readonly Jump[] | undefined;
  readonly files: readonly ConfigFile[];
}

/** The user's file, then the machine's. */
export function configFiles({ configFile, env }: Destination): ConfigFile[] {
  const own = join(homedir(), '.ssh');
  const machine = systemFile(env);
  return [
    { file: configFile ?? join(own, 'config'), includes: own },
    { file: machine, includes: dirname(machine) },
  ];
}

/** Throws SourceError SSH_CONFIG, and those of parseJumps. */
export function hostSettings(request: HostRequest): HostSettings {
  const values = readTwice(request);
  const first = (keyword: string) => values.get(keyword)?.[0];
  refuseUnsupported(request.host, first);
  const hostname = hostnameOf(request.host, first('hostname'));
  const user = request.user ?? first('user') ?? userInfo().username;
  const port = request.port ?? Number(first('port') ?? 22);
  const jumpText = expandTokens(first('proxyjump') ?? 'none', {
    h: hostname,
    n: request.host,
    p: String(port),
    r: user,
  });
  return {
    alias: request.host,
    hostname,
    user,
    port,
    identityFiles: values.get('identityfile'),
    identitiesOnly: first('identitiesonly') === 'yes',
    identityAgent: first('identityagent'),
    jumps: request.jumps ?? parseJumps(jumpText),
    userKnownHosts: values.get('userknownhostsfile') ?? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
    globalKnownHosts: values.get('globalknownhostsfile') ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    hostKeyAlias: first('hostkeyalias'),
  };
}

function readTwice(request: HostRequest): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const localUser = userInfo().username;
  const pass = (final: boolean) => {
    const facts: MatchFacts = {
      originalHost: request.host,
      localUser,
      final,
      host: () => hostnameOf(request.host, values.get('hostname')?.[0]),
      user: () => request.user ?? values.get('user')?.[0] ?? localUser,
    };
    const reading: Reading = { facts, sawFinal: false, take: ({ keyword, words }) => take(values, keyword, words) };
    for (const file of request.files) readConfig(file, reading);
    return reading.sawFinal;
  };
  if (pass(false)) pass(true);
  return values;
}

const several = new Set(['userknownhostsfile', 'globalknownhostsfile']);

function take(values: Map<string, string[]>, keyword: string, words: readonly string[]): void {
  const known = values.get(keyword);
  if (keyword === 'identityfile') {
    const [file] = words;
    if (file !== undefined && known?.includes(file) !== true) values.set(keyword, [...(known ?? []), file]);
    // ProxyJump and ProxyCommand: whichever comes first.
  } else if (known === undefined && !(keyword === 'proxyjump' && values.has('proxycommand'))) {
    if (keyword === 'proxycommand' && values.has('proxyjump')) return;
    values.set(keyword, several.has(keyword) ? [...words] : words.slice(0, 1));
  }
}

function hostnameOf(host: string, written: string | undefined): string {
  return (written === undefined ? host : expandTokens(written, { h: host })).toLowerCase();
}

function refuseUnsupported(host: string, first: (keyword: string) => string | undefined): void {
  const set = (keyword: string, ...harmless: string[]) => !harmless.includes(first(keyword)?.toLowerCase() ?? 'none');
  const found = set('proxycommand', 'none')
    ? 'ProxyCommand'
    : set('revokedhostkeys', 'none')
      ? 'RevokedHostKeys'
      : set('canonicalizehostname', 'none', 'no')
        ? 'CanonicalizeHostname'
        : undefined;
  if (found !== undefined)
    throw new SourceError(
      'SSH_CONFIG',
      `The SSH configuration has ${found} for ${host}, which the built-in SSH client does not understand.`,
      {
        hint: 'Use --ssh-client system.',
      },
    );
}

// ssh_config(5) TOKENS and `${VARIABLE}` in a value.
import { createHash } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import { SourceError } from '../../errors.ts';
import type { Destination } from './connection.ts';
import type { HostSettings } from './host-settings.ts';

/** Throws SourceError SSH_CONFIG at a token that is not given. */
export function expandTokens(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replace(/%(.?)/g, (token, name: string) => {
    const value = name === '%' ? '%' : tokens[name];
    if (value !== undefined) return value;
    throw new SourceError(
      'SSH_CONFIG',
      `The SSH configuration has ${token} in ${JSON.stringify(text)}, which is not understood there.`,
      {
        hint: 'Use --ssh-client system.',
      },
    );
  });
}

/** A file's path: tokens, environment and `~`. */
export function expandPath(text: string, settings: HostSettings, env: Destination['env']): string {
  const { alias, hostname: h, port, user: r } = settings;
  const local = hostname();
  const p = String(port);
  const j = '';
  const tokens = {
    d: homedir(),
    h,
    i: String(userInfo().uid),
    k: settings.hostKeyAlias ?? alias,
    l: local,
    L: local.replace(/\..*/, ''),
    n: alias,
    p,
    r,
    u: userInfo().username,
    j,
    C: createHash('sha1').update(`${local}${h}${p}${r}${j}`).digest('hex'),
  };
  const expanded = expandTokens(text, tokens).replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? '');
  return expanded.replace(/^~(?=\/|$)/, homedir());
}

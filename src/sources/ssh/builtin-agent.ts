// Some of an agent's keys, as an agent of its own: ssh2 would offer them all, in the agent's order.

import type ssh2Module from 'ssh2';
import type { BaseAgent, ParsedKey } from 'ssh2';
import { fingerprint } from './known-hosts.ts';

/** The package, loaded on use. */
export type Ssh2 = typeof ssh2Module;

export function agentKeys(
  ssh2: Ssh2,
  path: string,
  keep: (key: Buffer) => boolean,
  offered: (name: string) => void,
): BaseAgent {
  const whole = ssh2.createAgent(path);
  const some = new ssh2.OpenSSHAgent(path);
  some.getIdentities = (tell) => {
    whole.getIdentities((error, keys) => {
      if (error) return tell(error);
      const kept = (keys ?? []).filter(
        (key): key is ParsedKey => typeof key === 'object' && 'getPublicSSH' in key && keep(key.getPublicSSH()),
      );
      for (const key of kept) offered(`${key.type} ${fingerprint(key.getPublicSSH())}`);
      tell(undefined, kept);
    });
  };
  some.sign = whole.sign.bind(whole) as typeof some.sign;
  return some;
}

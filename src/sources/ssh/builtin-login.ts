// The order in which the built-in client offers itself: the agent's copies of the keys that are named, the files the
// user named for this run, the agent's other keys, the configuration's files, then questions. sshd allows few tries.
import { readFileSync } from 'node:fs';
import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey } from 'ssh2';
import { agentKeys, type Ssh2 } from './builtin-agent.ts';
import type { Destination, Prompt } from './connection.ts';
import type { HostSettings } from './host-settings.ts';
import { expandPath } from './tokens.ts';

export interface Login {
  readonly handler: AuthHandlerMiddleware;
  /** What was offered, in words. */
  readonly tried: readonly string[];
}

interface Step {
  readonly needs: string;
  /** `undefined`: there is nothing to offer after all. */
  method(): Promise<AnyAuthMethod | undefined>;
}

export function login(
  ssh2: Ssh2,
  settings: HostSettings,
  to: Destination,
  named: readonly string[],
  prompt: Prompt | undefined,
): Login {
  const tried: string[] = [];
  const steps = loginSteps({ ssh2, settings, to, named, prompt, tried });
  const next = async (left: readonly string[] | null): Promise<AnyAuthMethod | false> => {
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      const method = left === null || left.includes(step.needs) ? await step.method() : undefined;
      if (method !== undefined) return method;
    }
    return false;
  };
  return {
    tried,
    handler: (left, _partial, tell) => {
      // The types forget that `false` ends the login (ssh2 README, authHandler).
      const answer = tell as (method: AnyAuthMethod | false) => void;
      next(left).then(answer, () => answer(false));
    },
  };
}

interface Offer {
  readonly ssh2: Ssh2;
  readonly settings: HostSettings;
  readonly to: Destination;
  readonly named: readonly string[];
  readonly prompt: Prompt | undefined;
  readonly tried: string[];
}

function loginSteps(offer: Offer): Step[] {
  const { settings, to, named, ssh2, prompt } = offer;
  const username = settings.user;
  const path = (file: string) => expandPath(file, settings, to.env);
  const own = named.map((file) => path(file.replaceAll('%', '%%')));
  const configured = (settings.identityFiles ?? (named.length > 0 ? [] : usual))
    .filter((file) => file !== 'none')
    .map(path);
  const files = configured.filter((file) => !own.includes(file));
  const agent = agentPath(settings, to);
  const wanted = [...own, ...files].flatMap((file) => publicKey(ssh2, file));
  const isWanted = (key: Buffer) => wanted.some((one) => one.equals(key));
  const fromAgent = (keep: (key: Buffer) => boolean): Step[] =>
    agent === undefined
      ? []
      : [
          {
            needs: 'publickey',
            method: async () => ({
              type: 'agent',
              username,
              agent: agentKeys(ssh2, agent, keep, (name) => offer.tried.push(`agent ${name}`)),
            }),
          },
        ];
  const fromFile = (file: string): Step => ({ needs: 'publickey', method: () => keyMethod(offer, file) });
  return [
    { needs: 'none', method: async () => ({ type: 'none', username }) },
    ...fromAgent(isWanted),
    ...own.map(fromFile),
    ...(settings.identitiesOnly ? [] : fromAgent((key) => !isWanted(key))),
    ...files.map(fromFile),
    ...(prompt === undefined ? [] : [questions(username, prompt)]),
  ];
}

const usual = ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => `~/.ssh/${name}`);

function agentPath({ identityAgent }: HostSettings, { env }: Destination): string | undefined {
  if (identityAgent === 'none') return undefined;
  const variable =
    identityAgent === undefined
      ? 'SSH_AUTH_SOCK'
      : /^(?:\$(\w+)|(SSH_AUTH_SOCK))$/.exec(identityAgent)?.slice(1).find(Boolean);
  const path = variable === undefined ? identityAgent : env[variable];
  return path === '' ? undefined : path;
}

/** The public half, from `FILE.pub` or FILE itself: either may be all there is when the agent has the other. */
function publicKey(ssh2: Ssh2, file: string): Buffer[] {
  for (const name of [`${file}.pub`, file]) {
    const key = parse(ssh2, name);
    if (key !== undefined && !(key instanceof Error)) return [key.getPublicSSH()];
  }
  return [];
}

async function keyMethod({ ssh2, settings, prompt, tried }: Offer, file: string): Promise<AnyAuthMethod | undefined> {
  let key = parse(ssh2, file);
  if (key instanceof Error && /passphrase/i.test(key.message)) {
    if (prompt === undefined) {
      tried.push(`${file} needs its passphrase: load it with ssh-add`);
      return undefined;
    }
    key = parse(ssh2, file, await prompt(`Passphrase for the key ${file}: `));
    if (key instanceof Error) tried.push(`wrong passphrase for ${file}`);
  } else if (key instanceof Error) tried.push(`${file} is not a private key that can be read`);
  if (key === undefined || key instanceof Error || !key.isPrivateKey()) return undefined;
  tried.push(file);
  return { type: 'publickey', username: settings.user, key };
}

/** `undefined` where there is no such file. */
function parse(ssh2: Ssh2, file: string, passphrase?: string): ParsedKey | Error | undefined {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch {
    return undefined;
  }
  const key = ssh2.utils.parseKey(text, passphrase);
  return Array.isArray(key) ? key[0] : key;
}

function questions(username: string, prompt: Prompt): Step {
  return {
    needs: 'keyboard-interactive',
    method: async () => ({
      type: 'keyboard-interactive',
      username,
      prompt: async (_name, _instructions, _language, asked, finish) => {
        const answers: string[] = [];
        for (const { prompt: question } of asked) answers.push(await prompt(question).catch(() => ''));
        finish(answers);
      },
    }),
  };
}

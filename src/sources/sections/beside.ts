// What is read beside the rules. Each fails softly: a gap with its reason, never an error.
import type { BesideName, Completeness, Gap, Section } from '../../capture/capture.ts';
import { ProxyrulesError } from '../../errors.ts';
import type { Healthz } from '../pod-healthz.ts';
import type { Output } from '../source.ts';
import type { Asker, Command } from './asker.ts';
import { besideCommands, sysctlCommands } from './commands.ts';
import { bytesOf, completenessOfText } from './completeness.ts';
import { sysctlText } from './sysctl.ts';

/** A section, or why there is none. */
export type Beside = { readonly section: Section } | { readonly gap: Gap };

/** None of these is worth waiting for longer. */
const atMostMs = 10_000;
const atOnce = 4;

export async function readBeside(
  asker: Asker,
  names: readonly BesideName[],
  healthz?: Healthz,
): Promise<readonly Beside[]> {
  const results: Beside[] = [];
  const queue = [...names.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, name] = next;
      results[index] = await readOne(asker, name, name === 'healthz' ? healthz : undefined);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

async function readOne(asker: Asker, name: BesideName, other?: Healthz): Promise<Beside> {
  const reasons = new Set<string>();
  const commands = name === 'sysctl' ? sysctlCommands : besideCommands[name];
  for (const command of commands) {
    if (!asker.hasTime) {
      reasons.add("the node's time was used up");
      break;
    }
    const found = await readBy(asker, name, command);
    if (typeof found !== 'string') return { section: found };
    reasons.add(found);
  }
  if (other !== undefined && asker.hasTime) {
    try {
      const text = await asker.bounded(other.read, atMostMs);
      const completeness = { state: 'whole' } as const;
      const reading = { stderr: '', bytes: text.length, attempts: 1, completeness, program: undefined };
      return { section: { name, command: other.command, status: 0, text, reading } };
    } catch (error) {
      if (!(error instanceof ProxyrulesError)) throw error;
      reasons.add(error.message);
    }
  }
  return { gap: { section: name, reason: [...reasons].join('; ') } };
}

async function readBy(asker: Asker, name: BesideName, command: Command): Promise<Section | string> {
  for (let attempts = 1; ; attempts++) {
    const answer = await ask(asker, command);
    if (typeof answer === 'string') return answer;
    const text = textOf(name, command, answer);
    const completeness = completenessOf(name, command, answer, text);
    if (completeness.state === 'cut' && attempts < 2 && asker.hasTime) continue;
    if (completeness.state !== 'whole' || text === undefined) return `${command[0]}: ${whyNot(completeness)}`;
    const { status, stderr } = answer;
    const reading = { stderr, bytes: text.length, attempts, completeness, program: undefined };
    return { name, command: command.join(' '), status, text, reading };
  }
}

async function ask(asker: Asker, command: Command): Promise<Output | string> {
  try {
    const answer = await asker.run(command, atMostMs);
    return answer.kind === 'absent' ? answer.reason : answer.output;
  } catch (error) {
    // The rules are read by now: a connection lost later takes nothing from them.
    if (error instanceof ProxyrulesError) return error.message;
    throw error;
  }
}

function textOf(name: BesideName, command: Command, output: Output): Uint8Array | undefined {
  if (name !== 'sysctl') return bytesOf(output.stdout);
  const text = sysctlText(command[0] ?? '', output);
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

function completenessOf(
  name: BesideName,
  command: Command,
  output: Output,
  text: Uint8Array | undefined,
): Completeness {
  // grep and cat end with 1 or 2 where one file of several is not there.
  const several = name === 'sysctl' || command[0] === 'cat';
  const { broken, status } = output;
  if (several && broken === undefined && status !== undefined && text !== undefined && text.length > 0) {
    return { state: 'whole' };
  }
  const completeness = completenessOfText(output);
  if (completeness.state !== 'whole') return completeness;
  return command.includes('-j') && !isJson(output.stdout)
    ? { state: 'cut', reason: 'it is no whole JSON' }
    : completeness;
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(bytesOf(bytes).toString());
    return true;
  } catch {
    return false;
  }
}

function whyNot(completeness: Completeness): string {
  switch (completeness.state) {
    case 'cut':
    case 'failed':
      return completeness.reason;
    case 'empty':
      return 'it said nothing';
    case 'whole':
      return 'its values could not be told apart';
    default:
      return completeness satisfies never;
  }
}

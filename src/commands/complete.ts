// kubectl's completion protocol (Cobra's `__complete`): the words so far in, a candidate a line out, then a directive.
import type { Command, Option } from 'commander';
import { catalogueEntry, findingCodes } from '../report/catalogue.ts';

/** ShellCompDirectiveNoFileComp and ShellCompDirectiveDefault of spf13/cobra. */
const noFiles = ':4';
const files = ':0';

/** The last word is the one to complete; it may be empty. */
export function complete(program: Command, words: readonly string[]): string {
  const word = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = program.commands.find((each) => before.includes(each.name()));
  if (command === undefined) {
    return answer(
      program.commands.map((each) => [each.name(), each.description()]),
      word,
      noFiles,
    );
  }
  const [flag, value] = word.startsWith('--') && word.includes('=') ? splitAt(word) : [before.at(-1), word];
  const option = command.options.find((each) => each.long === flag || each.short === flag);
  if (option !== undefined && takesValue(option)) {
    const prefix = value === word ? '' : `${flag}=`;
    const known = option.argChoices?.map((choice): Candidate => [choice, '']) ?? valuesOf(option);
    const choices = known.map(([choice, description]): Candidate => [`${prefix}${choice}`, description]);
    const wantsFile = /<(?:file|path|format=path)>/.test(option.flags);
    return answer(choices, word, choices.length === 0 && wantsFile ? files : noFiles);
  }
  if (word.startsWith('-')) {
    return answer(
      command.options.map((each) => [each.long ?? each.short ?? '', each.description]),
      word,
      noFiles,
    );
  }
  return answer(argumentsOf(command), word, noFiles);
}

type Candidate = readonly [text: string, description: string];

function argumentsOf(command: Command): readonly Candidate[] {
  switch (command.name()) {
    case 'codes':
      return findingCodes.map((code) => [code, catalogueEntry(code).title]);
    case 'completion':
      return (command.registeredArguments[0]?.argChoices ?? []).map((shell) => [shell, '']);
    case 'explain':
    case 'backends':
    case 'graph':
      return [
        ['svc/', 'a Service'],
        ['pod/', 'a pod'],
        ['nodeport/', 'a node port'],
      ];
    default:
      return [];
  }
}

/** How the values of `trace`'s ends begin. */
function valuesOf({ long }: Option): readonly Candidate[] {
  switch (long) {
    case '--from':
      return [
        ['pod/', 'a pod'],
        ['node/', 'a process of a node'],
        ['internet', 'a client outside the cluster'],
      ];
    case '--to':
      return [
        ['svc/', 'a Service'],
        ['pod/', 'a pod'],
        ['node/', 'a node'],
        ['nodeport/', 'a node port'],
      ];
    default:
      return [];
  }
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function splitAt(word: string): readonly [string, string] {
  const equals = word.indexOf('=');
  return [word.slice(0, equals), word.slice(equals + 1)];
}

function answer(candidates: readonly Candidate[], word: string, directive: string): string {
  const fitting = candidates.filter(([text]) => text.startsWith(word));
  const lines = fitting.map(([text, description]) => (description === '' ? text : `${text}\t${description}`));
  return `${[...lines, directive].join('\n')}\n`;
}

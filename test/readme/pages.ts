// README.md and the pages of docs/ as the tests read them: prose, tables, code blocks, links.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** `path` is relative to the top folder. */
export function read(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8').replaceAll('\r\n', '\n');
}

export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
}

export function codeBlocks(page: string): readonly CodeBlock[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].map(([, language = '', text = '']) => ({
    language,
    lines: text.split('\n'),
  }));
}

export function withoutCodeBlocks(page: string): string {
  return page.replace(/^```[\s\S]*?^```$/gm, '');
}

/** The rows of the first table behind a heading, each as its cells, without the title row. */
export function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
  const [, behind = ''] = page.split(`\n## ${heading}\n`);
  const [, table = ''] = /((?:^\|.*\n)+)/m.exec(behind) ?? [];
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

export function codeSpans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
}

/** Headings as GitHub makes anchors of them. */
export function anchors(page: string): readonly string[] {
  return [...withoutCodeBlocks(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** Whether the lines are the output's own, in order, `...` standing for lines left out and nothing else. */
export function isAbridged(shown: readonly string[], output: readonly string[]): boolean {
  const [line, ...rest] = shown;
  if (line === undefined) return output.length === 0;
  if (line.trim() !== '...') return line === output[0] && isAbridged(rest, output.slice(1));
  return output.some((_, left) => isAbridged(rest, output.slice(left + 1)));
}

// GitHub Actions reads commands out of what a step prints: `::error file=a,line=1::text` where a line begins so, and the
// older `##[error]text` anywhere in a line (actions/runner, src/Runner.Common/ActionCommand.cs).
import type { Format } from './renderer.ts';
import { visible } from './visible.ts';

/** One annotation, one line. Empty properties are left out. */
export function workflowCommand(
  name: 'error' | 'warning' | 'notice',
  properties: { readonly [property: string]: string | number | undefined },
  message: string,
): string {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined && value !== '');
  const list = given.map(([property, value]) => `${property}=${escapeProperty(String(value))}`).join(',');
  return `::${name}${list === '' ? '' : ` ${list}`}::${escapeData(message.split('\n').map(visible).join('\n'))}`;
}

/**
 * A text in some format, so that no line of it is a command. Only what would be one is changed: to the same value where
 * the format has escapes, visibly where it has none.
 */
export function withoutCommands(text: string, format: Format): string {
  switch (format) {
    case 'table':
    case 'wide':
      return text.replace(lineStart, '$1\\:').replaceAll('##[', '##\\[');
    case 'json':
    case 'sarif':
      return text.replaceAll('##[', '##\\u005b');
    case 'junit':
    case 'svg':
    case 'dot':
      return text.replace(lineStart, '$1&#58;').replaceAll('##[', '##&#91;');
    // These write no such line.
    case 'yaml':
    case 'mermaid':
    case 'github':
      return text;
    default:
      return format satisfies never;
  }
}

const lineStart = /^(\s*):(?=:)/gm;

/** Line ends of the message are kept: annotations show them. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(visible(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

// What the runner of GitHub Actions makes of the lines a step prints, as actions/runner does it (ActionCommand.cs): a
// command of the second form begins its line, one of the first form may stand anywhere.

export interface Annotation {
  readonly name: string;
  readonly properties: { readonly [name: string]: string };
  readonly text: string;
}

export function annotationsOf(output: string): readonly Annotation[] {
  return output.split('\n').flatMap((line): readonly Annotation[] | Annotation => {
    const trimmed = line.trimStart();
    const end = trimmed.startsWith('::') ? trimmed.indexOf('::', 2) : -1;
    if (end < 0) return line.includes('##[') ? [{ name: '##[', properties: {}, text: line }] : [];
    const [name = '', list = ''] = trimmed.slice(2, end).split(/ (.*)/s);
    const properties = list
      .split(',')
      .filter(Boolean)
      .map((each) => each.split(/=(.*)/s));
    return {
      name,
      properties: Object.fromEntries(
        properties.map(([key, value = '']) => [key, unescapeData(value.replaceAll('%3A', ':').replaceAll('%2C', ','))]),
      ),
      text: unescapeData(trimmed.slice(end + 2)),
    };
  });
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

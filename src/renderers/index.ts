// The output formats this tool knows. To add one: its file, its name in `Format`, and a line here; `-o` follows.
import type { Format, Part, Renderer } from './renderer.ts';

interface Entry {
  readonly part: Part;
  /** Loads the renderer's file on use, so that `--help` pays for no layout engine. */
  readonly load: () => Promise<Renderer>;
}

const renderers = {
  table: { part: 'blocks', load: async () => (await import('./text.ts')).table },
  wide: { part: 'blocks', load: async () => (await import('./text.ts')).wide },
  json: { part: 'data', load: async () => (await import('./json.ts')).json },
  yaml: { part: 'data', load: async () => (await import('./yaml.ts')).yaml },
  mermaid: { part: 'graph', load: async () => (await import('./mermaid.ts')).mermaid },
  dot: { part: 'graph', load: async () => (await import('./dot.ts')).dot },
  svg: { part: 'graph', load: async () => (await import('./svg.ts')).svg },
  junit: { part: 'suites', load: async () => (await import('./junit.ts')).junit },
  sarif: { part: 'findings', load: async () => (await import('./sarif.ts')).sarif },
  github: { part: 'findings', load: async () => (await import('./github.ts')).github },
} satisfies Record<Format, Entry>;

/** Every format, in the order a help text lists them. */
export const formats = Object.keys(renderers) as readonly Format[];

export function isFormat(text: string): text is Format {
  return Object.hasOwn(renderers, text);
}

/** The formats that print one of these parts: what a command may offer before it has an answer. */
export function formatsOf(parts: readonly Part[]): readonly Format[] {
  return formats.filter((format) => parts.includes(renderers[format].part));
}

export function rendererOf(format: Format): Promise<Renderer> {
  return renderers[format].load();
}

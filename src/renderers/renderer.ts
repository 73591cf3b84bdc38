// What a renderer is: one part of a report turned into text. A renderer knows no kind of report and no command.
import type { Report } from '../report/report.ts';

/** A value of `-o`. Each has its entry in index.ts, or the program does not compile. */
export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'mermaid' | 'dot' | 'svg' | 'junit' | 'sarif' | 'github';

/** The part of a report a renderer prints. */
export type Part = 'data' | 'blocks' | 'graph' | 'findings' | 'suites';

/** Where the text goes. Renderers of `data` and `graph` do not care. */
export interface Style {
  /** Columns of the terminal; `undefined` when piped: then nothing is wrapped and nothing is cut. */
  readonly width: number | undefined;
  readonly color: boolean;
  /** Also the blocks and columns that are marked `wide`. */
  readonly wide: boolean;
}

export interface Renderer {
  readonly format: Format;
  readonly part: Part;
  /**
   * Ends with exactly one newline and is the same for the same report. Text of the cluster cannot leave its place: no
   * control characters on a terminal, no syntax of the format's own.
   */
  render(report: Report, style: Style): string | Promise<string>;
}

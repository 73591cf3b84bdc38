// What became of the mutants.
export interface Outcome {
  readonly operator: string;
  /** How a packet fares differently; `undefined` where none does. */
  readonly meaning: string | undefined;
  readonly reported: boolean;
  /** The report names what was changed. */
  readonly names: boolean;
  readonly what: string;
}

export interface Tally {
  readonly mutants: number;
  readonly changed: number;
  readonly named: number;
  readonly unchanged: number;
  readonly falselyReported: number;
  readonly survivors: readonly Outcome[];
  readonly falseAlarms: readonly Outcome[];
}

export function tallyOf(outcomes: readonly Outcome[]): Tally {
  const changed = outcomes.filter(({ meaning }) => meaning !== undefined);
  const unchanged = outcomes.filter(({ meaning }) => meaning === undefined);
  const survivors = changed.filter(({ names }) => !names);
  const falseAlarms = unchanged.filter(({ reported }) => reported);
  return {
    mutants: outcomes.length,
    changed: changed.length,
    named: changed.length - survivors.length,
    unchanged: unchanged.length,
    falselyReported: falseAlarms.length,
    survivors,
    falseAlarms,
  };
}

export function tallyText(title: string, tally: Tally): string {
  const { mutants, changed, named, unchanged, falselyReported } = tally;
  const lines = [
    `${title}: ${mutants} mutants`,
    `  meaning changed ${changed}, reported by name ${named} (${percent(named, changed)})`,
    `  meaning unchanged ${unchanged}, reported ${falselyReported} (${percent(falselyReported, unchanged)})`,
    ...tally.survivors.map(
      (each) =>
        `  survived: ${each.operator}${each.reported ? ', reported without a name' : ''}: ${each.what}\n      ${each.meaning}`,
    ),
    ...tally.falseAlarms.map((each) => `  reported without a change of meaning: ${each.operator}: ${each.what}`),
  ];
  return lines.join('\n');
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} %`;
}

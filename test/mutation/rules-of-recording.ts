// The mutants of one recording's rules, judged by packets and by the program.
import { type Recording, snapshotAt } from '../proxiers/recordings.ts';
import type { Mutant } from './mutant.ts';
import { mutantsOf } from './operators/index.ts';
import { Judge } from './oracle/index.ts';
import { factsOf, findingsOf, interfacesOf, reportOf } from './reported.ts';
import { edited, savedText } from './saved-text.ts';
import { serviceOf, servicesOfChains } from './services-of-chains.ts';
import type { Outcome } from './tally.ts';

/** `pick` chooses among all mutants of a text. */
export async function ruleOutcomes(
  recording: Recording,
  pick: (mutants: readonly Mutant[]) => readonly Mutant[],
): Promise<readonly Outcome[]> {
  const snapshot = snapshotAt(recording.objects);
  const facts = await factsOf(recording);
  const node = snapshot.nodes.find(({ name }) => name === facts.nodeName);
  const nodeAddresses = [...(node?.addresses ?? []).map(({ address }) => address), ...interfacesOf(recording)];
  return recording.dumps.flatMap((dump) => {
    const { family } = dump;
    const own = nodeAddresses.filter((address) => address.includes(':') === (family === 'IPv6'));
    const judge = new Judge(dump.text, { family, nodeAddresses: own });
    const saved = savedText(dump.text);
    const services = servicesOfChains(saved);
    return pick(mutantsOf(saved)).map((mutant): Outcome => {
      const text = edited(saved, mutant.edit);
      const meaning = mutant.chains.length === 0 ? undefined : judge.difference({ text, ...mutant });
      const mutated = recording.dumps.map((each) => (each === dump ? { family, text } : each));
      const findings = findingsOf(recording, mutated, snapshot, facts);
      const concerned = new Set([
        ...mutant.chains.flatMap((chain) => [...(services.get(chain) ?? [])]),
        ...mutant.rules.flatMap((rule) => serviceOf(rule) ?? []),
      ]);
      const report = reportOf(findings, mutant.rules, concerned);
      return {
        operator: mutant.operator,
        meaning,
        reported: report.any,
        names: report.names,
        what: toldMutant(recording, family, mutant),
      };
    });
  });
}

function toldMutant({ folder }: Recording, family: string, { chains, rules }: Mutant): string {
  return `${folder} ${family} ${chains[0] ?? ''}\n      ${rules.slice(0, 3).join('\n      ')}`;
}

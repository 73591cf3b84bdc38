// The mutants of one recording's objects: the rules stay as they were. Meaning changed if the rules that kube-proxy would
// write for the changed objects treat any packet differently from those that it would write for the recorded ones.
import { readFileSync } from 'node:fs';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { ClusterSnapshot, Family } from '../../src/cluster/snapshot.ts';
import { endpointMap } from '../../src/proxiers/endpoints.ts';
import { expectRules } from '../../src/proxiers/iptables/expect/index.ts';
import { servicePorts } from '../../src/proxiers/service-ports.ts';
import { restoreText } from '../proxiers/iptables/expected-text.ts';
import { settingsOf } from '../proxiers/iptables/recorded-settings.ts';
import { type Recording, recordingsFolder } from '../proxiers/recordings.ts';
import { type ObjectMutant, objectMutants } from './operators/objects.ts';
import { type Change, Judge } from './oracle/index.ts';
import { factsOf, findingsOf, interfacesOf, reportOf } from './reported.ts';
import { type SavedText, savedText } from './saved-text.ts';
import type { Outcome } from './tally.ts';

export async function objectOutcomes(
  recording: Recording,
  pick: (mutants: readonly ObjectMutant[]) => readonly ObjectMutant[],
): Promise<readonly Outcome[]> {
  const { items } = JSON.parse(readFileSync(`${recordingsFolder}${recording.objects}`, 'utf8'));
  const snapshot = snapshotFromObjects([{ items }]);
  const facts = await factsOf(recording);
  const judges = recording.dumps.map(({ family }) => {
    const text = textFor(recording, family, snapshot);
    return {
      family,
      text: savedText(text),
      judge: new Judge(text, { family, nodeAddresses: interfacesOf(recording) }),
    };
  });
  return pick(objectMutants(items)).map(({ operator, service, items: changed }): Outcome => {
    const after = snapshotFromObjects([{ items: changed }]);
    const meaning = judges
      .map(({ family, text, judge }) => {
        const change = changeOf(text, textFor(recording, family, after));
        return change && judge.difference(change);
      })
      .find((found) => found !== undefined);
    const report = reportOf(findingsOf(recording, recording.dumps, after, facts), [], new Set([service]));
    return { operator, meaning, reported: report.any, names: report.names, what: `${recording.folder} ${service}` };
  });
}

function textFor(recording: Recording, family: Family, snapshot: ClusterSnapshot): string {
  return restoreText(expectRules(servicePorts(snapshot), endpointMap(snapshot), settingsOf(recording, family)));
}

/** `undefined` where the texts hold the same rules, those of shared chains in any order. */
function changeOf(before: SavedText, text: string): Change | undefined {
  const [old, now] = [rulesByChain(before), rulesByChain(savedText(text))];
  const chains = [...new Set([...old.keys(), ...now.keys()])].filter((key) => {
    const ordered = (rules: readonly string[] = []) => (isShared(key) ? rules.toSorted() : rules).join('\n');
    return ordered(old.get(key)) !== ordered(now.get(key));
  });
  const rules = chains.flatMap((key) => {
    const [left, right] = [old.get(key) ?? [], now.get(key) ?? []];
    return [...left.filter((rule) => !right.includes(rule)), ...right.filter((rule) => !left.includes(rule))];
  });
  // Those of shared chains first: packets are made of addresses and ports.
  const entries = rules.filter((rule) => isShared(`nat/${rule.split(' ')[1]}`));
  return chains.length === 0 ? undefined : { text, chains, rules: [...new Set([...entries, ...rules])] };
}

function isShared(key: string): boolean {
  return /\/KUBE-(?:SERVICES|EXTERNAL-SERVICES|NODEPORTS|PROXY-FIREWALL)$/.test(key);
}

function rulesByChain({ chains }: SavedText): ReadonlyMap<string, readonly string[]> {
  return new Map(chains.map(({ table, name, rules }) => [`${table}/${name}`, rules.map(({ text }) => text)]));
}

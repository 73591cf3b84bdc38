// One node's rules beside what kube-proxy would write, with the settings that fit them best: where a setting is not known,
// or the rules all follow another value, each value is tried, and the rules are right if any makes them right.
import type { Family } from '../../address.ts';
import type { Ruleset } from '../../netfilter/ruleset.ts';
import type { Comparison, Setting } from '../comparison.ts';
import type { ProxiedCluster } from '../proxier.ts';
import type { ProxyFacts } from '../proxy-facts.ts';
import type { ServicePortName } from '../service-ports.ts';
import { compareFamily, type FamilyComparison, fewestDifferences } from './compare/index.ts';
import { baseSettings, detectFacts, type Fact, type Option } from './detect/index.ts';
import type { Settings } from './settings.ts';

/** `rulesets` are those that can be trusted. `scope`: see `Installed.compare`. */
export function compareNode(
  rulesets: readonly Ruleset[],
  cluster: ProxiedCluster,
  facts: ProxyFacts,
  scope?: (name: ServicePortName) => boolean,
): Comparison {
  const families = rulesets.map((ruleset) => ({ ruleset, facts: detectFacts(ruleset, cluster, facts) }));
  const questions = questionsOf(families.map((each) => ({ family: each.ruleset.family, facts: each.facts })));
  let choice: Choice = questions.map(() => 0);
  const { ports, endpoints } = cluster;
  const known = new Map<string, FamilyComparison>();
  const keyOf = (settings: Settings) => JSON.stringify(settings, (_, value) => (value === undefined ? null : value));
  const judge = (tried: Choice) =>
    families.map(({ ruleset }) => {
      const settings = settingsOf(ruleset.family, questions, tried);
      const key = keyOf(settings);
      const result = known.get(key) ?? within(compareFamily(ruleset, ports, endpoints, settings), scope);
      known.set(key, result);
      return result;
    });
  let best = judge(choice);
  /** What differs now and would differ then is enough to give most of them up. */
  const mayBeBetter = (tried: Choice) => {
    const fewest = families.reduce((sum, { ruleset }, at) => {
      const settings = settingsOf(ruleset.family, questions, tried);
      const differences = known.get(keyOf(settings))?.differences.length;
      return sum + (differences ?? fewestDifferences(ruleset, ports, endpoints, settings, best[at]?.differences ?? []));
    }, 0);
    return fewest < weight(best);
  };
  const moves = movesOf(questions);
  for (let improved = true; improved && weight(best) > 0; ) {
    improved = false;
    for (const move of moves) {
      if (weight(best) === 0) break;
      const tried = move(choice);
      if (!mayBeBetter(tried)) continue;
      const result = judge(tried);
      if (weight(result) >= weight(best)) continue;
      [best, choice, improved] = [result, tried, true];
    }
  }
  return {
    differences: best.flatMap(({ differences }) => differences),
    forgiven: best.flatMap(({ forgiven }) => forgiven),
    expectedRules: best.reduce((sum, { expectedRules }) => sum + expectedRules, 0),
    emptied: best.flatMap(({ family, emptied }) => emptied.map((table) => ({ family, table }))),
    settings: questions.map((question, at) => settingOf(question, choice[at] ?? 0)),
  };
}

/** What belongs to no service port holds in any case, but for chains that may be those of Services nobody asked about. */
function within(compared: FamilyComparison, scope: ((name: ServicePortName) => boolean) | undefined): FamilyComparison {
  if (scope === undefined) return compared;
  return {
    ...compared,
    forgiven: compared.forgiven.filter(({ why }) => why !== 'unused-chain'),
    differences: compared.differences.filter(({ owner, role, kind }) => {
      if (owner === undefined) return !(role === 'jump' && kind === 'foreign');
      return owner.kind !== 'nameless' && scope(owner.name);
    }),
  };
}

/** Which option of each question. */
type Choice = readonly number[];

/** Another option of one question; and of two at once where each alone may make it worse. */
function movesOf(questions: readonly Question[]): readonly ((choice: Choice) => Choice)[] {
  const optionsOf = (at: number) => [...(questions[at]?.options.keys() ?? [])];
  const alone = questions.flatMap((_, at) =>
    optionsOf(at).map((option) => (choice: Choice) => choice.with(at, option)),
  );
  // Which endpoints are chosen depends on where the node is and on the release.
  const [release = -1, node = -1] = ['release', 'node'].map((name) =>
    questions.findIndex(({ fact }) => fact.name === name),
  );
  const pairs = optionsOf(node).flatMap((place) =>
    optionsOf(release).map((minor) => (choice: Choice) => choice.with(node, place).with(release, minor)),
  );
  return pairs.length > mostPairs ? alone : [...alone, ...pairs];
}

/** Each may be one more comparison of everything. */
const mostPairs = 100;

/** A fact of the node is asked once, one of a family for itself. */
interface Question {
  readonly fact: Fact;
  readonly family: Family | undefined;
  readonly options: readonly Option[];
}

function questionsOf(families: readonly { readonly family: Family; readonly facts: readonly Fact[] }[]): Question[] {
  const questions = new Map<string, Question>();
  for (const { family, facts } of families) {
    for (const fact of facts) {
      const key = fact.ofNode ? fact.name : `${fact.name} ${family}`;
      const before = questions.get(key);
      const options = before === undefined ? fact.options : united(before.options, fact.options);
      questions.set(key, { fact, family: fact.ofNode ? undefined : family, options });
    }
  }
  return [...questions.values()];
}

/** Both families' options; what the second learnt otherwise is one more to try. */
function united(first: readonly Option[], second: readonly Option[]): readonly Option[] {
  const texts = new Set(first.map(({ patch }) => JSON.stringify(patch)));
  return [...first, ...second.filter(({ patch }) => !texts.has(JSON.stringify(patch)))];
}

function settingsOf(family: Family, questions: readonly Question[], choice: Choice): Settings {
  let settings = baseSettings(family);
  for (const [at, { family: of, options }] of questions.entries()) {
    if (of === undefined || of === family) settings = { ...settings, ...options[choice[at] ?? 0]?.patch };
  }
  return settings;
}

function settingOf({ fact, family, options }: Question, chosen: number): Setting {
  const option = options[chosen];
  const told = options.find((each) => each.told);
  return {
    name: fact.name,
    family,
    value: option?.value ?? '',
    from: option?.from ?? '',
    told: option?.told ?? false,
    contradicts: told !== undefined && told !== option ? { value: told.value, from: told.from } : undefined,
  };
}

/** Fewer differences is better; what is about no service port is graver than what is about one. */
function weight(families: readonly FamilyComparison[]): number {
  return families.reduce((sum, { differences }) => sum + differences.length, 0);
}

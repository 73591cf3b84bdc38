// One target from front to back: verdict, ways in, backends with both probabilities, rules, findings, what to type next.
import type { Service } from '../cluster/snapshot.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import { catalogue, isFindingCode, nextFor } from '../report/catalogue.ts';
import type { Finding } from '../report/finding.ts';
import type { Block, Meta, Report } from '../report/report.ts';
import { allFindings, nodeFindings, sorted } from './checks/index.ts';
import { backendsTable, explainedBackends, unusedEndpoints } from './explain-backends.ts';
import { explainChain } from './explain-chain.ts';
import { explainedFrontends, frontendsTable } from './explain-frontends.ts';
import { chainRules, ruleRows, rulesOf } from './explain-rules.ts';
import { verdictOf } from './explain-verdict.ts';
import { graphOf } from './graph.ts';
import type { NodeView } from './node-view.ts';
import { type PortState, portStates } from './port-state.ts';
import { resolveTarget, type Subject } from './resolve.ts';
import type { Target } from './target.ts';
import type { Verdict } from './verdict-words.ts';

/** `text` is the target as it was typed. Throws UsageError where nothing has that name. */
export function explain(view: NodeView, text: string, target: Target, meta: Meta): Report {
  const subject = resolveTarget(view, target, portStates(view));
  const verdict = verdictOf(view, subject);
  const services = servicesOf(view, subject);
  const findings =
    subject.kind === 'chain' && subject.states.length === 0
      ? sorted(nodeFindings(view))
      : sorted([...nodeFindings(view), ...allFindings(view, services, fullStates(view, subject))]);
  const rules = subject.kind === 'chain' ? chainRules(view, subject.family, subject.chain) : rulesOf(subject.states);
  return {
    kind: 'Explain',
    meta: { ...meta, notes: [...meta.notes, ...view.notes] },
    data: {
      target: text,
      node: view.name,
      verdict,
      frontends: explainedFrontends(subject.states),
      backends: explainedBackends(subject.states),
      unused: unusedEndpoints(subject.states),
      rules: ruleRows(rules),
    },
    findings,
    blocks: blocksOf(view, subject, verdict, rules, findings),
    graph: graphOf(subject.states, text),
  };
}

/** Findings hold for a service port as a whole, whichever of its ways in was asked for. */
function fullStates(view: NodeView, { states }: Subject): readonly PortState[] {
  const asked = new Set(states.map(({ name }) => JSON.stringify(name)));
  return portStates(view).filter(({ name }) => asked.has(JSON.stringify(name)));
}

function servicesOf(view: NodeView, subject: Subject): readonly Service[] {
  if (subject.kind === 'service') return subject.service === undefined ? [] : [subject.service];
  const keys = [...new Set(subject.states.map(({ name }) => `${name.namespace}/${name.name}`))];
  return keys.flatMap((key) => view.cluster?.index.services.get(key) ?? []);
}

const tones = {
  reachable: 'good',
  degraded: 'bad',
  unreachable: 'bad',
  'by-design': 'good',
  unknown: 'doubt',
} as const;

function blocksOf(
  view: NodeView,
  subject: Subject,
  verdict: Verdict,
  rules: readonly Rule[],
  findings: readonly Finding[],
): readonly Block[] {
  const { states } = subject;
  const label = verdict.state.toUpperCase().replace('-', ' ');
  const chain = subject.kind === 'chain' ? explainChain(view, subject.family, subject.chain) : [];
  return [
    { kind: 'verdict', tone: tones[verdict.state], label, sentence: verdict.sentence },
    ...chain,
    ...frontendsTable(states),
    ...backendsTable(view, states),
    ...rulesBlock(rules),
    ...nextBlock(view, verdict, findings),
  ];
}

function rulesBlock(rules: readonly Rule[]): readonly Block[] {
  if (rules.length === 0) return [];
  const shown = rules.slice(0, mostRules);
  const rest = rules.length - shown.length;
  return [
    { kind: 'heading', text: 'Rules' },
    { kind: 'rules', rules: shown.map((rule) => ({ place: placeText(rule), text: rule.text })) },
    ...(rest > 0 ? [{ kind: 'paragraph' as const, text: `${rest} more rules: -o json has them all` }] : []),
  ];
}

/** Enough for a Service of a few backends; a thousand lines help nobody. */
const mostRules = 40;

function placeText({ ref }: Rule): string {
  return `${ref.family === 'IPv6' ? 'ip6 ' : ''}${ref.table}:${ref.line}`;
}

/** What to type next, from the findings that matter most. */
function nextBlock(view: NodeView, verdict: Verdict, findings: readonly Finding[]): readonly Block[] {
  const grave = findings.filter(({ severity }) => severity !== 'info');
  const about = grave.length > 0 ? grave : verdict.state === 'reachable' ? [] : findings;
  const lines = about.flatMap(({ code, subject }) =>
    isFindingCode(code)
      ? nextFor(code, { namespace: subject.namespace, name: subject.name, node: view.name, port: subject.port })
      : [],
  );
  const items = [...new Set(lines)].slice(0, 4);
  const codes = [...new Set(about.map(({ code }) => code))].filter(
    (code) => isFindingCode(code) && catalogue[code].severity !== 'info',
  );
  const more = codes[0] === undefined ? [] : [`kubectl proxyrules codes ${codes[0]}`];
  if (items.length === 0 && more.length === 0) return [];
  return [
    { kind: 'heading', text: 'Next' },
    { kind: 'list', items: [...items, ...more] },
  ];
}

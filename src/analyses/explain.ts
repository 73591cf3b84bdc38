// One target from front to back: verdict, ways in, backends with both probabilities, rules, findings, what to type next.
import type { Service } from '../cluster/snapshot.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import { servicePortKey } from '../proxiers/service-ports.ts';
import { isFindingCode, nextFor } from '../report/catalogue.ts';
import type { Finding } from '../report/finding.ts';
import type { Block, Meta, Report } from '../report/report.ts';
import { raise } from './checks/check.ts';
import { allFindings, nodeFindings, sorted, trafficFindings } from './checks/index.ts';
import { backendsTable, explainedBackends, unusedEndpoints } from './explain-backends.ts';
import { explainChain } from './explain-chain.ts';
import { differenceRow, driftBlocks, driftFindings, driftVerdict, explainedDrift, loweredBy } from './explain-drift.ts';
import { explainedFrontends, frontendsTable } from './explain-frontends.ts';
import { chainRules, type ExplainedRules, ruleRows, rulesOf } from './explain-rules.ts';
import { verdictOf } from './explain-verdict.ts';
import { graphOf } from './graph.ts';
import { isTrusted, metaOf, type NodeView, trustedFamilies } from './node-view.ts';
import { type PortState, portStates } from './port-state.ts';
import type { Subject } from './resolve/subject.ts';
import { resolveTarget } from './resolve.ts';
import type { Target } from './target.ts';
import { type Verdict, verdictLabel, verdictTones } from './verdict-words.ts';
import { walkWay } from './walks/way-walk.ts';
import { count, listing } from './words.ts';

/** `text` is the target as it was typed. Throws UsageError where nothing has that name. */
/** KPR312: an address among the cluster IPs that no Service has. */
function deadAddress(view: NodeView, subject: Subject): readonly Finding[] {
  if (subject.kind !== 'nobody' || !subject.serviceNetwork || view.cluster === undefined) return [];
  if (trustedFamilies(view).length === 0) return [];
  const message = `no Service has ${subject.text}: packets for it leave the node unchanged and get no answer`;
  return [
    raise('KPR312', view, {
      subject: { kind: 'Address', namespace: '', name: subject.text, port: '', protocol: '' },
      message,
    }),
  ];
}

export function explain(view: NodeView, text: string, target: Target, meta: Meta): Report {
  const all = portStates(view);
  const subject = resolveTarget(view, target, all);
  const services = servicesOf(view, subject);
  const full = fullStates(all, subject);
  const seen =
    subject.kind === 'chain' && subject.states.length === 0
      ? sorted(nodeFindings(view))
      : sorted([
          ...nodeFindings(view),
          ...allFindings(view, services, full),
          ...trafficFindings(view, full, true),
          ...deadAddress(view, subject),
        ]);
  const drift = subject.kind === 'chain' ? undefined : explainedDrift(view, full);
  const unseen = driftFindings(view, drift, all, seen);
  // What was lost before and what may come is no fault of now.
  const [tracked] = seen.filter(
    ({ code, severity }) => code === 'KPR501' || (/^KPR5/.test(code) && severity === 'critical'),
  );
  const verdict = loweredBy(driftVerdict(verdictOf(view, subject), drift, [...seen, ...unseen]), tracked);
  const findings = unseen.length === 0 ? seen : sorted([...seen, ...unseen]);
  const rules =
    subject.kind === 'chain'
      ? { ways: chainRules(view, subject.family, subject.chain), backends: [] }
      : rulesOf(subject.states);
  return {
    kind: 'Explain',
    meta: withUnwalked(metaOf(view, meta), unwalked(view, full)),
    data: {
      target: text,
      node: view.name,
      verdict,
      frontends: explainedFrontends(subject.states),
      backends: explainedBackends(subject.states),
      unused: unusedEndpoints(subject.states),
      rules: ruleRows([...rules.ways, ...rules.backends]),
      ...(drift && { differences: drift.differences.map((each) => differenceRow(each)) }),
    },
    findings,
    blocks: blocksOf(view, subject, verdict, rules, findings, driftBlocks(view, drift)),
    graph: graphOf(subject.states, text),
  };
}

function withUnwalked(meta: Meta, notes: readonly string[]): Meta {
  return notes.length === 0 ? meta : { ...meta, notes: [...meta.notes, ...notes] };
}

/** What others do with packets on their way, where nothing could be said about it. */
function unwalked(view: NodeView, states: readonly PortState[]): readonly string[] {
  const open = states
    .filter(({ family }) => isTrusted(view, family))
    .flatMap((state) => state.frontends.flatMap((frontend) => walkWay(view, state, frontend)?.open ?? []));
  const facts = [...new Set(open)];
  return facts.length === 0
    ? []
    : [`not looked at: whether other rules let these packets through depends on ${listing(facts)}`];
}

/** Findings hold for a service port as a whole, whichever of its ways in was asked for. */
function fullStates(all: readonly PortState[], { states }: Subject): readonly PortState[] {
  const asked = new Set(states.map(({ name }) => servicePortKey(name)));
  return all.filter(({ name }) => asked.has(servicePortKey(name)));
}

function servicesOf(view: NodeView, subject: Subject): readonly Service[] {
  if (subject.kind === 'service') return subject.service === undefined ? [] : [subject.service];
  const keys = [...new Set(subject.states.map(({ name }) => `${name.namespace}/${name.name}`))];
  return keys.flatMap((key) => view.cluster?.index.services.get(key) ?? []);
}

function blocksOf(
  view: NodeView,
  subject: Subject,
  verdict: Verdict,
  rules: ExplainedRules,
  findings: readonly Finding[],
  drift: readonly Block[],
): readonly Block[] {
  const { states } = subject;
  const label = verdictLabel(verdict.state, subject.kind === 'chain');
  return [
    { kind: 'verdict', tone: verdictTones[verdict.state], label, sentence: verdict.sentence },
    ...(subject.kind === 'chain' ? explainChain(view, subject.family, subject.chain) : []),
    ...frontendsTable(states),
    ...backendsTable(states),
    { kind: 'findings' },
    ...drift,
    ...nextBlock(view, verdict, findings),
    ...beyondBlock(subject, verdict),
    ...rulesBlock(rules),
  ];
}

/** Where the answer ends: what this tool has not looked at may still stop a connection. */
function beyondBlock({ states }: Subject, { state }: Verdict): readonly Block[] {
  if (state !== 'reachable' || states.length === 0) return [];
  return [
    {
      kind: 'paragraph',
      text: [
        {
          text: 'If connections fail all the same, look beyond kube-proxy: filter rules of other programs, routes, NetworkPolicy, the pods.',
          tone: 'quiet',
        },
      ],
    },
  ];
}

function rulesBlock({ ways, backends }: ExplainedRules): readonly Block[] {
  if (ways.length + backends.length === 0) return [];
  const shown = ways.slice(0, mostRules);
  const hidden = ways.length - shown.length + backends.length;
  const rest: readonly Block[] = [
    { kind: 'narrow', blocks: [{ kind: 'paragraph', text: `${count(hidden, 'more rule')}: -o wide` }] },
    { kind: 'wide', blocks: [printed([...ways.slice(mostRules), ...backends])] },
  ];
  return [{ kind: 'heading', text: 'Rules' }, printed(shown), ...(hidden > 0 ? rest : [])];
}

/** Enough for a Service of a few backends; a thousand lines help nobody. */
const mostRules = 30;

function printed(rules: readonly Rule[]): Block {
  return { kind: 'rules', rules: rules.map((rule) => ({ place: placeText(rule), text: rule.text })) };
}

function placeText({ ref }: Rule): string {
  return `${ref.family === 'IPv6' ? 'IPv6 ' : ''}${ref.table}:${ref.line}`;
}

/** What to type next beside the remedies that the findings carry. */
function nextBlock(view: NodeView, verdict: Verdict, findings: readonly Finding[]): readonly Block[] {
  const grave = findings.filter(({ severity }) => severity !== 'info');
  const about = grave.length > 0 ? grave : verdict.state === 'unknown' ? findings : [];
  const remedies = new Set(findings.map(({ remedy }) => remedy));
  const lines = about.flatMap(({ code, subject }) =>
    isFindingCode(code)
      ? nextFor(code, { namespace: subject.namespace, name: subject.name, node: view.name, port: subject.port })
      : [],
  );
  const commands = [...new Set(lines)].filter(
    (line) => line.startsWith('kubectl ') && !remedies.has(line) && !/<\w+>/.test(line),
  );
  const codes = [...new Set(about.map(({ code }) => code))].map((code) => `kubectl proxyrules codes ${code}`);
  const items = [...commands.slice(0, 1), ...codes.slice(0, 2)];
  return items.length === 0
    ? []
    : [
        { kind: 'heading', text: 'Next' },
        { kind: 'list', items },
      ];
}

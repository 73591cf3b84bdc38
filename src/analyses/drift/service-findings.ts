// What is wrong with one Service on a node: the checks of its service ports say it with shares and backends; where they see
// nothing, what differs is told by the chain it stands in.
import type { Difference } from '../../proxiers/difference.ts';
import { servicePortKey } from '../../proxiers/service-ports.ts';
import type { FindingCode } from '../../report/catalogue.ts';
import type { Finding } from '../../report/finding.ts';
import { portSubject, portText, raise, serviceSubject } from '../checks/check.ts';
import { proxyFindings, sorted } from '../checks/index.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { onNode } from '../words.ts';
import type { ChangedService } from './changed-service.ts';
import { diffEvidence } from './diff-evidence.ts';

/** One finding: the gravest says what, the others follow it. `states` are at least the Service's. */
export function serviceFinding(view: NodeView, changed: ChangedService, states: readonly PortState[]): Finding {
  const { ports, differences } = changed;
  const keys = new Set(ports.map(servicePortKey));
  const own = states.filter(({ name }) => keys.has(servicePortKey(name)));
  // What the API's objects get wrong is no drift.
  const seen = proxyFindings(view, own).filter(({ code }) => !code.startsWith('KPR1') || code === 'KPR104');
  const found = seen.filter(({ severity }) => severity !== 'info');
  const told = found.length > 0 ? found : differences.slice(0, 1).map((each) => findingOf(view, changed, each));
  const [first, ...others] = sorted(told);
  if (first === undefined) return findingOf(view, changed, undefined);
  const [port] = ports;
  const several = new Set(told.map(({ subject }) => subject.port)).size > 1 || ports.length > 1;
  return {
    ...first,
    subject: several || port === undefined ? serviceSubject(changed) : portSubject(port),
    message: [first, ...others].map(({ message }) => message).join('; '),
    evidence: [...differences.map((each) => diffEvidence(view, each)), ...first.evidence.filter(isObject)],
  };
}

function isObject({ kind }: Finding['evidence'][number]): boolean {
  return kind === 'object';
}

function findingOf(
  view: NodeView,
  { ports, namespace, name }: ChangedService,
  difference: Difference | undefined,
): Finding {
  const [port] = ports;
  const whose = port === undefined ? `${namespace}/${name}` : portText(port);
  const { code, says } = difference === undefined ? otherwise : (sayings[difference.role](difference) ?? otherwise);
  return raise(code, view, {
    subject: port === undefined ? serviceSubject({ namespace, name }) : portSubject(port),
    message: `${says.replace('{}', whose)} ${onNode(view)}`,
  });
}

interface Saying {
  readonly code: FindingCode;
  /** `{}` stands for the service port. */
  readonly says: string;
}

const otherwise: Saying = { code: 'KPR203', says: 'the rules for {} are not those that kube-proxy would write' };

type Says = (difference: Difference) => Saying | undefined;

const isAbout =
  (words: string) =>
  ({ lines }: Difference): boolean =>
    lines.some(({ sign, text }) => sign !== ' ' && text.includes(words));
const marks = isAbout('-j KUBE-MARK-MASQ');
const remembers = isAbout('-m recent');

const sayings: Readonly<Record<Difference['role'], Says>> = {
  jump: () => undefined,
  frame: () => undefined,
  entry: ({ kind }) => {
    if (kind === 'missing') return { code: 'KPR203', says: 'a rule that leads to {} is missing' };
    if (kind === 'extra') return { code: 'KPR201', says: 'a rule that leads to {} is left over' };
    if (kind === 'order') return { code: 'KPR306', says: 'rules that lead to {} stand in the wrong order' };
    return { code: 'KPR203', says: 'a rule that leads to {} is altered' };
  },
  refusal: ({ kind }) => {
    if (kind === 'missing') {
      return { code: 'KPR203', says: 'the rule that refuses connections to {} is missing: they hang or go astray' };
    }
    if (kind === 'extra')
      return { code: 'KPR202', says: 'a rule refuses connections to {} that kube-proxy would let through' };
    return { code: 'KPR203', says: 'the rule that refuses connections to {} is altered' };
  },
  external: (difference) =>
    marks(difference)
      ? { code: 'KPR403', says: 'outside traffic to {} is not masqueraded as it should be' }
      : { code: 'KPR203', says: 'outside traffic to {} is not handed on as it should be' },
  'source-ranges': ({ kind }) =>
    kind === 'extra'
      ? { code: 'KPR201', says: 'the source ranges in the rules for {} are not those of the API' }
      : { code: 'KPR203', says: 'the source ranges of {} are not enforced as the API has them' },
  balance: (difference) => {
    if (marks(difference))
      return {
        code: 'KPR403',
        says: 'connections to {} from outside the cluster are not masqueraded as they should be',
      };
    if (remembers(difference)) return { code: 'KPR203', says: 'session affinity of {} is not as the API has it' };
    return { code: 'KPR203', says: 'the backends of {} do not get the shares that kube-proxy would give them' };
  },
  backend: (difference) => {
    if (marks(difference)) return { code: 'KPR402', says: 'a backend of {} that calls its own Service gets no answer' };
    if (remembers(difference)) return { code: 'KPR203', says: 'session affinity of {} is not as the API has it' };
    return { code: 'KPR203', says: 'the chain of a backend of {} is altered' };
  },
};

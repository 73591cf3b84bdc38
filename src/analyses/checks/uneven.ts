// KPR104: backends of one service port that do not get equal shares, or a share that gets no backend at all.
// Equal shares look unequal rule by rule (1/3, 1/2, all that is left): what counts is what is left for each.
import { isZero, toNumber } from '../../netfilter/fraction.ts';
import type { Balance } from '../../proxiers/dispatch.ts';
import type { Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { count, onNode, percent, ruleEvidence } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const uneven: Check = {
  about: 'service-port',
  of: 'kube-proxy',
  codes: ['KPR104'],
  run: (view, group) =>
    group.flatMap((state) => state.balances.flatMap((balance) => findingFor(view, state, balance) ?? [])),
};

function findingFor(view: NodeView, state: PortState, balance: Balance): Finding | undefined {
  const fault = faultOf(balance);
  if (fault === undefined) return undefined;
  return raise('KPR104', view, {
    subject: portSubject(state.name),
    severity: isZero(balance.leak) ? 'warning' : 'critical',
    message: `${balance.chain} of ${portText(state.name)} ${onNode(view)} ${fault}`,
    evidence: balance.rules.map(ruleEvidence),
  });
}

/** What is wrong with the cascade, as the end of a sentence about its chain. */
export function faultOf(balance: Balance): string | undefined {
  return leakOf(balance) ?? twinOf(balance) ?? unevenOf(balance) ?? unreachableOf(balance);
}

function leakOf({ leak, backends }: Balance): string | undefined {
  if (isZero(leak)) return undefined;
  if (backends.length === 0) return 'holds no backend: connections leave it unchanged';
  return `loses ${percent(leak)} of new connections: past its last rule they have no backend`;
}

function twinOf({ repeated }: Balance): string | undefined {
  return repeated[0] === undefined ? undefined : `leads to ${repeated[0]} more than once`;
}

function unreachableOf({ unreachable }: Balance): string | undefined {
  return unreachable.length === 0
    ? undefined
    : `has ${count(unreachable.length, 'rule')} behind one that takes everything`;
}

function unevenOf(balance: Balance): string | undefined {
  const { backends } = balance;
  const fair = 1 / backends.length;
  const tolerance = fewDecimals(balance) ? fair * 0.03 : 1e-4;
  const shares = backends.map(({ share }) => toNumber(share));
  if (backends.length === 0 || shares.every((share) => Math.abs(share - fair) <= tolerance)) return undefined;
  const sorted = [...backends].sort((a, b) => toNumber(a.share) - toNumber(b.share));
  const [least, most] = [sorted[0], sorted.at(-1)];
  return (
    least &&
    most &&
    `shares unevenly: ${percent(least.share)} to ${least.address}, ${percent(most.share)} to ${most.address}`
  );
}

/** Old kube-proxies wrote five decimals; the error is 2.5 % with 5000 backends. */
function fewDecimals({ backends }: Balance): boolean {
  return backends.some(({ ruleProbability }) => {
    const written = toNumber(ruleProbability);
    return (
      Math.abs(written - 1 / Math.round(1 / written)) > 1e-9 && Math.abs(written - Number(written.toFixed(5))) < 1e-9
    );
  });
}

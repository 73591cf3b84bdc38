// The modes this release reads, and how a node's mode is told from its text. A mode that is recognised and not read gets
// a clear word; a node without kube-proxy is none of our business.
import { type Capture, sectionOf } from '../capture/capture.ts';
import { InputError, NotApplicableError } from '../errors.ts';
import type { Resemblance, Ruleset } from '../netfilter/ruleset.ts';
import { deviceNames } from './device-names.ts';
import { installed, iptables, readOthers, readRulesets } from './iptables/index.ts';
import type { Installed, Proxier, ProxyMode } from './proxier.ts';
import { replacementOf } from './replacements.ts';

/** Expected rules are known from recordings of these minor releases and those between. */
export { newestExpected, oldestExpected } from './iptables/releases.ts';

export const proxiers = { iptables } satisfies Partial<Record<ProxyMode, Proxier>>;

/**
 * Reads what the capture holds. Throws InputError where the text is something else than a save of a mode we read, and
 * NotApplicableError where no kube-proxy wrote it. A text that was cut is read: see `Installed.defects`.
 */
export function readInstalled(capture: Capture): Installed {
  const rulesets = readRulesets(capture);
  if (rulesets.length === 0)
    throw new InputError('NO_RULES', 'there is no iptables-save text to read', { hint: saveHint });
  for (const ruleset of rulesets) refuseForeignText(capture, ruleset);
  const modes = new Set(rulesets.flatMap((ruleset) => modeOf(ruleset) ?? []));
  const mode = [...modes].find((each) => each !== 'iptables');
  const read = installed(rulesets, readOthers(capture));
  if (modes.has('iptables')) return read;
  if (mode !== undefined) throw notYet(mode);
  // A cut text proves nothing: what is missing may have been kube-proxy's. A table that is not there is no cut where
  // somebody else rules the node.
  const replacement = replacementOf(rulesets, deviceNames(capture));
  const cut = read.defects.filter(({ defect }) => replacement === undefined || defect.kind !== 'table-missing');
  if (cut.length > 0) return read;
  if (replacement !== undefined) {
    throw new NotApplicableError(
      'NO_KUBE_PROXY',
      `there is no kube-proxy on this node: ${replacement.name} is there (${replacement.by}), and no KUBE-SERVICES chain in nat`,
      { hint: replacement.hint },
    );
  }
  throw new NotApplicableError(
    'NO_KUBE_PROXY',
    'these rules hold nothing of kube-proxy’s: no KUBE-SERVICES chain in nat, no KUBE-EXTERNAL-SERVICES in filter',
    {
      hint: 'Is it the right node and the right iptables backend? Try iptables-legacy-save and iptables-nft-save; Cilium and others replace kube-proxy',
    },
  );
}

const saveHint =
  'On the node: iptables-save -c > rules.txt; ip6tables-save -c > rules6.txt; then --rules rules.txt --rules6 rules6.txt';

/** What the chains' names tell. `undefined` where none is kube-proxy's. */
function modeOf(ruleset: Ruleset): 'iptables' | 'ipvs' | 'userspace' | undefined {
  const has = (chain: string, within = 'nat') =>
    ruleset.tables.some((table) => table.name === within && table.chain(chain) !== undefined);
  // KUBE-NODE-PORT is ipvs mode's, KUBE-NODEPORTS iptables mode's.
  if (has('KUBE-NODEPORTS') || (has('KUBE-SERVICES') && !has('KUBE-NODE-PORT'))) return 'iptables';
  if (has('KUBE-NODE-PORT') || has('KUBE-LOAD-BALANCER')) return 'ipvs';
  if (has('KUBE-PORTALS-CONTAINER')) return 'userspace';
  // iptables mode alone has it: then nat was flushed, its chains deleted.
  if (has('KUBE-EXTERNAL-SERVICES', 'filter')) return 'iptables';
  return undefined;
}

function notYet(mode: string): InputError {
  return new InputError(
    'MODE_NOT_YET',
    `these are rules of kube-proxy in ${mode} mode, which this release does not read yet`,
    { hint: 'iptables mode is read today; `curl -s http://127.0.0.1:10249/proxyMode` on the node tells the mode' },
  );
}

const foreign: Readonly<Record<Exclude<Resemblance, 'empty'>, { readonly what: string; readonly hint: string }>> = {
  'nft-ruleset': {
    what: 'an nft ruleset: kube-proxy in nftables mode is not read yet, and iptables-nft rules are damaged in this form',
    hint: saveHint,
  },
  'iptables-list': { what: 'the output of iptables -L', hint: saveHint },
  ipvsadm: { what: 'the output of ipvsadm: kube-proxy in ipvs mode is not read yet', hint: saveHint },
  json: { what: 'JSON', hint: 'API objects are given with --objects; --rules takes the text of iptables-save' },
  yaml: { what: 'YAML', hint: 'API objects are given with --objects; --rules takes the text of iptables-save' },
  binary: { what: 'binary', hint: 'Is it compressed? gunzip it first; --rules takes the text of iptables-save' },
  nothing: { what: 'not the text of iptables-save', hint: saveHint },
};

function refuseForeignText(capture: Capture, ruleset: Ruleset): void {
  const name = ruleset.family === 'IPv4' ? 'iptables-save' : 'ip6tables-save';
  const where = sectionOf(capture, name)?.command ?? name;
  for (const defect of ruleset.defects) {
    if (defect.kind !== 'not-a-dump') continue;
    if (defect.resembles === 'empty') {
      throw new InputError('RULES_EMPTY', `${where} is empty: that proves nothing about the node`, { hint: saveHint });
    }
    const { what, hint } = foreign[defect.resembles];
    throw new InputError('RULES_NOT_A_SAVE', `${where} is ${what}`, { hint });
  }
  const program = ruleset.generatedBy?.program ?? '';
  const is6 = program.startsWith('ip6');
  if (program !== '' && is6 !== (ruleset.family === 'IPv6')) {
    throw new InputError('RULES_OTHER_FAMILY', `${where} was written by ${program}`, {
      hint: 'IPv4 text goes to --rules, IPv6 text to --rules6',
    });
  }
}

// Whose an installed rule is that kube-proxy would not write: the chain it leads to says it by its name, its comment or
// address and port beside that.
import type { Rule, Ruleset } from '../../../netfilter/ruleset.ts';
import type { Owner } from '../../dispatch.ts';
import { splitHashedName } from '../chain-names.ts';
import type { Owners } from '../owners.ts';
import { commentOf, nameInServiceComment, readServiceRule } from '../service-rule.ts';

/** `undefined` for a rule that nothing ties to a service port. */
export function ownerOfRule(rule: Rule, owners: Owners, ruleset: Ruleset): Owner | undefined {
  const { target, ref } = rule;
  if (target.kind === 'jump' && splitHashedName(target.chain) !== undefined) {
    const chain = ruleset.tables.find(({ name }) => name === ref.table)?.chain(target.chain);
    return owners.ofChain(target.chain, () => [rule, ...(chain?.rules() ?? [])]);
  }
  const comment = commentOf(rule);
  if (comment === undefined || nameInServiceComment(comment) === undefined) return undefined;
  const read = readServiceRule(rule);
  return read && owners.ofRefusal(rule, read.address, read.protocol, read.port);
}

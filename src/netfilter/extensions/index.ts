// The extensions this tool knows. To add one: its file, and a line here; the unions of clauses follow.
import type { Packet } from '../packet.ts';
import { addrtype } from './addrtype.ts';
import { audit } from './audit.ts';
import { cgroup } from './cgroup.ts';
import { checksum } from './checksum.ts';
import { classify } from './classify.ts';
import { printOptions, spell } from './clause.ts';
import { comment } from './comment.ts';
import { connlimit } from './connlimit.ts';
import { connmark, connmarkTarget } from './connmark.ts';
import { conntrack, state } from './conntrack.ts';
import { ct, notrack } from './ct.ts';
import { dnat } from './dnat.ts';
import { dscp, dscpTarget } from './dscp.ts';
import { ah, esp } from './esp.ts';
import type { MatchExtension, TargetExtension, TargetFlow, Tri, Word } from './extension.ts';
import { hashlimit } from './hashlimit.ts';
import { helper } from './helper.ts';
import { icmp, icmp6 } from './icmp.ts';
import { iprange } from './iprange.ts';
import { ipvs } from './ipvs.ts';
import { length } from './length.ts';
import { limit } from './limit.ts';
import { log } from './log.ts';
import { mac } from './mac.ts';
import { mark, markTarget } from './mark.ts';
import { masquerade } from './masquerade.ts';
import { multiport } from './multiport.ts';
import { netmap } from './netmap.ts';
import { nfacct } from './nfacct.ts';
import { nflog } from './nflog.ts';
import { nfqueue } from './nfqueue.ts';
import { owner } from './owner.ts';
import { physdev } from './physdev.ts';
import { pkttype } from './pkttype.ts';
import { policy } from './policy.ts';
import { quota } from './quota.ts';
import { realm } from './realm.ts';
import { recent } from './recent.ts';
import { redirect } from './redirect.ts';
import { reject } from './reject.ts';
import { rpfilter } from './rpfilter.ts';
import { rt } from './rt.ts';
import { sctp } from './sctp.ts';
import { set, setTarget } from './set.ts';
import { snat } from './snat.ts';
import { socket } from './socket.ts';
import { statistic } from './statistic.ts';
import { tcp } from './tcp.ts';
import { tcpmss, tcpmssTarget } from './tcpmss.ts';
import { tproxy } from './tproxy.ts';
import { trace } from './trace.ts';
import { hl, hlTarget, ttl, ttlTarget } from './ttl.ts';
import { udp } from './udp.ts';

const matchExtensions = [
  addrtype,
  ah,
  cgroup,
  comment,
  connlimit,
  connmark,
  conntrack,
  dscp,
  esp,
  hashlimit,
  helper,
  hl,
  icmp,
  icmp6,
  iprange,
  ipvs,
  length,
  limit,
  mac,
  mark,
  multiport,
  nfacct,
  owner,
  physdev,
  pkttype,
  policy,
  quota,
  realm,
  recent,
  rpfilter,
  rt,
  sctp,
  set,
  socket,
  state,
  statistic,
  tcp,
  tcpmss,
  ttl,
  udp,
] as const;

const targetExtensions = [
  audit,
  checksum,
  classify,
  connmarkTarget,
  ct,
  dnat,
  dscpTarget,
  hlTarget,
  log,
  markTarget,
  masquerade,
  netmap,
  nflog,
  nfqueue,
  notrack,
  redirect,
  reject,
  setTarget,
  snat,
  tcpmssTarget,
  tproxy,
  trace,
  ttlTarget,
] as const;

type KnownMatch = (typeof matchExtensions)[number];
type KnownTarget = (typeof targetExtensions)[number];

export type MatchClause = NonNullable<ReturnType<KnownMatch['read']>>;
export type TargetClause = NonNullable<ReturnType<KnownTarget['read']>>;

interface UnknownClause {
  readonly kind: 'unknown';
  readonly name: string;
  readonly words: string;
}

const matchByName = new Map<string, KnownMatch>(matchExtensions.map((extension) => [extension.name, extension]));
const targetByName = new Map<string, KnownTarget>(targetExtensions.map((extension) => [extension.name, extension]));

export function readMatch(name: string, words: readonly Word[]): MatchClause | UnknownClause {
  return matchByName.get(name)?.read(words) ?? { kind: 'unknown', name, words: spell(words) };
}

export function readTarget(name: string, words: readonly Word[]): TargetClause | UnknownClause {
  return targetByName.get(name)?.read(words) ?? { kind: 'unknown', name, words: spell(words) };
}

/** ` -m NAME options`. */
export function printMatch(match: MatchClause | UnknownClause): string {
  return print('-m', match, matchByName.get(match.kind));
}

/** ` -j NAME options`. */
export function printTarget(target: TargetClause | UnknownClause): string {
  return print('-j', target, targetByName.get(target.kind));
}

function print(
  option: '-m' | '-j',
  clause: MatchClause | TargetClause | UnknownClause,
  extension: Pick<MatchExtension, 'options' | 'printOption'> | undefined,
): string {
  if (clause.kind === 'unknown') return ` ${option} ${clause.name}${clause.words === '' ? '' : ` ${clause.words}`}`;
  return ` ${option} ${clause.kind}${printOptions(extension?.options ?? {}, clause.options, extension?.printOption)}`;
}

/** Whether the packet fits the clause. `undefined` where the packet leaves it open. */
export function matchesClause(match: MatchClause, packet: Packet): Tri {
  const extension: MatchExtension | undefined = matchByName.get(match.kind);
  return extension?.matches(match.options, packet);
}

export function flowOf(target: TargetClause): TargetFlow | undefined {
  const extension: TargetExtension | undefined = targetByName.get(target.kind);
  return extension?.flow;
}

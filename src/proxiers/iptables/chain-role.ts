// What each of kube-proxy's chains is for. Some names stand in two tables and mean two things.
import type { ChainRole } from '../proxier.ts';
import { splitHashedName } from './chain-names.ts';

const roles: Readonly<Record<string, string>> = {
  'nat/KUBE-SERVICES': 'is where kube-proxy finds the service port by address and port',
  'nat/KUBE-NODEPORTS': 'is where kube-proxy finds the service port by node port',
  'nat/KUBE-POSTROUTING': 'masquerades the packets that kube-proxy marked',
  'nat/KUBE-MARK-MASQ': 'marks packets to be masqueraded',
  'nat/KUBE-MARK-DROP': 'marks packets to be dropped (to 1.24)',
  'filter/KUBE-SERVICES': 'refuses cluster IPs without endpoints',
  'filter/KUBE-EXTERNAL-SERVICES': 'refuses external addresses and node ports without endpoints',
  'filter/KUBE-NODEPORTS': 'accepts the health checks of load balancers',
  'filter/KUBE-FORWARD': 'accepts what kube-proxy marked and what is established',
  'filter/KUBE-PROXY-FIREWALL': 'drops clients outside the source ranges of a load balancer',
  'filter/KUBE-FIREWALL': 'drops packets for 127.0.0.0/8 from elsewhere',
};

const hashedRoles = {
  'KUBE-SVC-': 'shares out connections among the endpoints of the Cluster policy',
  'KUBE-SVL-': 'shares out connections among the endpoints of the Local policy',
  'KUBE-EXT-': 'takes the outside traffic',
  'KUBE-XLB-': 'takes the outside traffic under the Local policy (to 1.23)',
  'KUBE-FW-': 'lets the source ranges of a load balancer in',
  'KUBE-SEP-': 'leads to one endpoint',
} as const;

const canaries = new Set(['KUBE-PROXY-CANARY', 'KUBE-KUBELET-CANARY', 'KUBE-IPTABLES-HINT']);

export function chainRole(table: string, chain: string): ChainRole | undefined {
  const hashed = table === 'nat' ? splitHashedName(chain) : undefined;
  if (hashed !== undefined) return { does: hashedRoles[hashed.prefix], kind: `${hashed.prefix}*` };
  const does = canaries.has(chain)
    ? 'is a canary: its absence tells that somebody flushed the table'
    : roles[`${table}/${chain}`];
  return does === undefined ? undefined : { does, kind: undefined };
}

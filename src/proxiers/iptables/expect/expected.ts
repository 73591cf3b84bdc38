// What kube-proxy would have installed: tables, chains and rules as iptables-save prints them.
import type { Family } from '../../../address.ts';
import type { ServicePort } from '../../service-ports.ts';

export type TableName = 'nat' | 'filter' | 'mangle';

export interface ExpectedRuleset {
  readonly family: Family;
  readonly tables: ReadonlyMap<TableName, ExpectedTable>;
  /** More than 1,000 endpoints: rules about single endpoints have no comment. */
  readonly large: boolean;
}

export interface ExpectedTable {
  readonly name: TableName;
  readonly chains: ReadonlyMap<string, ExpectedChain>;
}

export interface ExpectedChain extends ChainFacts {
  /**
   * In kube-proxy's order. In built-in chains it is the order of a node where kube-proxy came first. In dispatch chains
   * the order between service ports has no meaning; what is of no service port comes last there, and if that is several
   * rules their order has no meaning either.
   */
  readonly rules: readonly ExpectedRule[];
}

export interface ChainFacts {
  readonly table: TableName;
  readonly name: string;
  /** Built-in chains hold only kube-proxy's jumps. */
  readonly base: boolean;
  /** Rules of many service ports, in an order that is kube-proxy's chance at each sync. */
  readonly dispatch: boolean;
  /** What else stands in it is wiped when kube-proxy writes it. False for what it only makes sure of. */
  readonly exclusive: boolean;
  /** The service port that the chain is made for. */
  readonly port: ServicePort | undefined;
}

export interface ExpectedRule {
  readonly table: TableName;
  readonly chain: string;
  /** As iptables-save prints it: `-A CHAIN ...`. */
  readonly text: string;
  /** Whose rule it is; `undefined` for those that are there without any Service. */
  readonly port: ServicePort | undefined;
  /**
   * A large cluster's has no comment, a small one's has. kube-proxy rewrites such rules only with their Service, so after
   * the 1,000th endpoint came or went either form is right.
   */
  readonly commentVaries: boolean;
}

/** All that one service port makes kube-proxy write. */
export interface ExpectedPort {
  readonly port: ServicePort;
  /** Those of one chain in their order. A chain of the port's own is there exactly if it has a rule. */
  readonly rules: readonly ExpectedRule[];
}

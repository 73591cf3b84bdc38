// What is decided about a service port before a rule of it is written.
import type { Endpoint } from '../../endpoints.ts';
import type { ServicePort } from '../../service-ports.ts';
import type { Settings } from '../settings.ts';
import type { TableName } from './expected.ts';

export interface Scene {
  /** As the release serves it. */
  readonly port: ServicePort;
  readonly settings: Settings;
  readonly large: boolean;
  /** `shop/web:http`: begins the comments. */
  readonly words: string;
  readonly clusterChain: string;
  readonly localChain: string;
  readonly externalChain: string;
  readonly firewallChain: string;
  /** The endpoints that this node uses under the Cluster policy; empty also where nobody asks for them. */
  readonly cluster: readonly Endpoint[];
  /** Under the Local policy. */
  readonly local: readonly Endpoint[];
  /** Some node could use an endpoint. */
  readonly hasEndpoints: boolean;
  /** The cluster IP leads somewhere on this node. */
  readonly hasInternal: boolean;
  /** So do external addresses and node ports. */
  readonly hasExternal: boolean;
  /** Source ranges are enforced. */
  readonly firewalled: boolean;
}

/** Writes `-A CHAIN` and what follows it. */
export type Write = (table: TableName, chain: string, rest: string, commentVaries?: boolean) => void;

/** The chain of the internal policy. */
export function internalChain({ port, clusterChain, localChain }: Scene): string {
  return port.internalPolicyLocal ? localChain : clusterChain;
}

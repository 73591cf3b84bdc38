// What a target turned out to be on this node and in this API, with the service ports it concerns.
import type { Family } from '../../address.ts';
import type { Pod, Service } from '../../cluster/snapshot.ts';
import type { Chain } from '../../netfilter/ruleset.ts';
import type { ServicePort } from '../../proxiers/service-ports.ts';
import type { PortState } from '../port-state.ts';
import type { WayIn } from '../way-in.ts';

export type Subject =
  /** `service` is `undefined` where only the rules know the name. */
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly service: Service | undefined;
      readonly states: readonly PortState[];
    }
  /** An address and port, or a node port, and the ways in that it is. */
  | { readonly kind: 'way'; readonly text: string; readonly states: readonly PortState[] }
  | { readonly kind: 'pod'; readonly name: string; readonly pod: Pod; readonly states: readonly PortState[] }
  /** A backend's address that belongs to no pod of the API's. */
  | { readonly kind: 'backend'; readonly text: string; readonly states: readonly PortState[] }
  | { readonly kind: 'node'; readonly name: string; readonly address: string; readonly states: readonly PortState[] }
  /** An address or node port that the API gives a service port, and that has no rules here by design or for want of text. */
  | {
      readonly kind: 'passed-on';
      readonly text: string;
      readonly port: ServicePort;
      readonly why: 'family' | 'ip-mode';
      readonly states: readonly PortState[];
    }
  | {
      readonly kind: 'nobody';
      readonly text: string;
      readonly near: readonly string[];
      readonly serviceNetwork: boolean;
      /** Ways in at the same address with other ports. */
      readonly neighbours: readonly { readonly name: PortState['name']; readonly way: WayIn }[];
      readonly states: readonly [];
    }
  | { readonly kind: 'chain'; readonly family: Family; readonly chain: Chain; readonly states: readonly PortState[] };

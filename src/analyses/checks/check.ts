// What a check is: a question about one Service, one service port or one node, answered with findings of the codes it
// declares. Checks of kube-proxy and the node hold in every verb; checks of the API's objects are for `explain`.
import type { Service } from '../../cluster/snapshot.ts';
import { type ServicePortName, servicePortNameString } from '../../proxiers/service-ports.ts';
import { catalogue, type FindingCode, remedyFor } from '../../report/catalogue.ts';
import type { Evidence, Finding, Severity, Subject } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';

/** A service port in the families it has on the node. Never empty. */
export type PortGroup = readonly PortState[];

export interface NodeCheck {
  readonly about: 'node';
  readonly codes: readonly FindingCode[];
  run(view: NodeView): readonly Finding[];
}

/** What becomes of packets on their way: `states` are the service ports asked about, or all there are to choose from. */
export interface TrafficCheck {
  readonly about: 'traffic';
  readonly codes: readonly FindingCode[];
  run(view: NodeView, asked: AskedTraffic): readonly Finding[];
}

export interface AskedTraffic {
  /** In families that can be trusted. */
  readonly states: readonly PortState[];
  /** They are the question: every way in is looked at. Otherwise the node is, and a few stand for all. */
  readonly each: boolean;
}

export type Check =
  | NodeCheck
  | TrafficCheck
  | {
      readonly about: 'service-port';
      readonly of: 'api' | 'kube-proxy';
      readonly codes: readonly FindingCode[];
      run(view: NodeView, group: PortGroup): readonly Finding[];
    }
  | {
      readonly about: 'service';
      readonly codes: readonly FindingCode[];
      run(view: NodeView, service: Service, states: readonly PortState[]): readonly Finding[];
    };

export interface Claim {
  readonly subject: Subject;
  readonly message: string;
  readonly evidence?: readonly Evidence[];
  /** Where the catalogue's usual severity does not fit. */
  readonly severity?: Severity;
  readonly address?: string;
}

/** A finding with the catalogue's severity and remedy. */
export function raise(
  code: FindingCode,
  view: NodeView,
  { subject, message, evidence = [], severity, address }: Claim,
): Finding {
  const facts = {
    namespace: subject.namespace,
    name: subject.name,
    node: view.name,
    port: subject.port,
    ...(address !== undefined && { address }),
  };
  return {
    code,
    severity: severity ?? catalogue[code].severity,
    node: view.name,
    subject,
    message,
    evidence,
    remedy: remedyFor(code, facts),
  };
}

export function portSubject({ namespace, name, port, protocol }: ServicePortName): Subject {
  return { kind: 'Service', namespace, name, port, protocol };
}

export function serviceSubject({ namespace, name }: { readonly namespace: string; readonly name: string }): Subject {
  return { kind: 'Service', namespace, name, port: '', protocol: '' };
}

export function nodeSubject(view: NodeView): Subject {
  return { kind: 'Node', namespace: '', name: view.name, port: '', protocol: '' };
}

/** `shop/cart:http`, with the protocol where it is not TCP. */
export function portText(name: ServicePortName): string {
  const text = servicePortNameString(name);
  return name.protocol === 'TCP' ? text : `${text} (${name.protocol})`;
}

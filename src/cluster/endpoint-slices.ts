// An EndpointSlice of the API (discovery.k8s.io/v1, and v1beta1 with its `topology`), its defaults filled in.
import type { Address } from '../address.ts';
import { elementsOf, type Fields, fieldsOf, flagOf, nonEmptyTextOf, textOf, wordOf } from './json.ts';
import { type LeaveOut, portNumberOf, readAddress, readProtocol } from './leave-out.ts';
import type { EndpointSlice, ObjectMeta, SliceEndpoint, SlicePort } from './snapshot.ts';

/** `undefined`, with a reason, where the addressType is none that the API has: nobody may guess a family. */
export function readEndpointSlice(object: Fields, meta: ObjectMeta, leaveOut: LeaveOut): EndpointSlice | undefined {
  const addressType = wordOf(object.addressType, ['IPv4', 'IPv6', 'FQDN']);
  if (addressType === undefined) {
    leaveOut('addressType is none of IPv4, IPv6, FQDN');
    return undefined;
  }
  return {
    ...meta,
    service: nonEmptyTextOf(meta.labels['kubernetes.io/service-name']),
    addressType,
    managedBy: nonEmptyTextOf(meta.labels['endpointslice.kubernetes.io/managed-by']),
    ports: ports(object, leaveOut),
    endpoints: elementsOf(object.endpoints).map((element, index) =>
      endpoint(fieldsOf(element), index, { addressType, namespace: meta.namespace, leaveOut }),
    ),
  };
}

function ports(object: Fields, leaveOut: LeaveOut): readonly SlicePort[] {
  const read: SlicePort[] = [];
  for (const [index, element] of elementsOf(object.ports).entries()) {
    const written = fieldsOf(element);
    const protocol = readProtocol(written.protocol, `ports[${index}].protocol`, leaveOut);
    if (protocol === undefined) continue;
    read.push({ name: textOf(written.name), protocol, port: portNumberOf(written.port) });
  }
  return read;
}

interface Slice {
  readonly addressType: EndpointSlice['addressType'];
  readonly namespace: string;
  readonly leaveOut: LeaveOut;
}

function endpoint(written: Fields, index: number, slice: Slice): SliceEndpoint {
  const conditions = fieldsOf(written.conditions);
  const hints = fieldsOf(written.hints);
  // v1beta1 Endpoint.topology: nodeName and zone were labels there (conversion.go of discovery/v1beta1).
  const topology = fieldsOf(written.topology);
  const read = addresses(written.addresses, index, slice);
  const first = textOf(elementsOf(written.addresses)[0]);
  return {
    addresses: read,
    ...(first !== undefined && read[0] !== undefined && first !== read[0] && { written: first }),
    // discovery/v1 EndpointConditions: nil ready and nil serving are true, nil terminating is false.
    ready: flagOf(conditions.ready) ?? true,
    serving: flagOf(conditions.serving) ?? true,
    terminating: flagOf(conditions.terminating) ?? false,
    nodeName: nonEmptyTextOf(written.nodeName) ?? nonEmptyTextOf(topology['kubernetes.io/hostname']),
    zone: nonEmptyTextOf(written.zone) ?? nonEmptyTextOf(topology['topology.kubernetes.io/zone']),
    zoneHints: names(hints.forZones),
    nodeHints: names(hints.forNodes),
    pod: pod(fieldsOf(written.targetRef), slice.namespace),
  };
}

/** None at all where the first is unusable: the second must not take its place, for the first is the one in use. */
function addresses(value: unknown, index: number, { addressType, leaveOut }: Slice): readonly Address[] {
  const read: Address[] = [];
  const written = elementsOf(value);
  for (let place = 0; place < written.length; place++) {
    const path = `endpoints[${index}].addresses[${place}]`;
    const address =
      addressType === 'FQDN'
        ? nonEmptyTextOf(written[place])
        : readAddress(written[place], path, leaveOut, addressType);
    if (address !== undefined) read.push(address);
    else if (place === 0) break;
  }
  return read;
}

const noNames: readonly string[] = [];

function names(value: unknown): readonly string[] {
  const elements = elementsOf(value);
  if (elements.length === 0) return noNames;
  return elements.map((element) => nonEmptyTextOf(fieldsOf(element).name)).filter((name) => name !== undefined);
}

function pod(targetRef: Fields, namespace: string): SliceEndpoint['pod'] {
  const name = nonEmptyTextOf(targetRef.name);
  if (targetRef.kind !== 'Pod' || name === undefined) return undefined;
  return { namespace: nonEmptyTextOf(targetRef.namespace) ?? namespace, name, uid: nonEmptyTextOf(targetRef.uid) };
}

// A Pod of the API (core/v1 PodSpec, PodStatus): where it runs, its addresses and ports, whether it is ready.
import { type Address, canonicalAddress } from '../address.ts';
import { elementsOf, type Fields, fieldsOf, flagOf, nonEmptyTextOf, textOf } from './json.ts';
import { type LeaveOut, portNumberOf, readAddress, readAddresses, readProtocol } from './leave-out.ts';
import { isPodReady, whyNotReady } from './pod-readiness.ts';
import type { ContainerPort, ObjectMeta, Pod } from './snapshot.ts';

/** Total: what a field cannot be is left out, with a reason. */
export function readPod(object: Fields, meta: ObjectMeta, leaveOut: LeaveOut): Pod {
  const spec = fieldsOf(object.spec);
  const status = fieldsOf(object.status);
  return {
    ...meta,
    phase: textOf(status.phase) ?? '',
    node: nonEmptyTextOf(spec.nodeName),
    hostNetwork: flagOf(spec.hostNetwork) ?? false,
    addresses: addresses(status, leaveOut),
    ready: isPodReady(status),
    notReady: whyNotReady(status, meta.deleted !== undefined),
    ports: [...elementsOf(spec.containers), ...elementsOf(spec.initContainers).filter(isSidecar)].flatMap((container) =>
      containerPorts(fieldsOf(container), leaveOut),
    ),
  };
}

/** podIP and podIPs[0] are the same to the API; pods of a kubelet older than 1.16 have only the first. */
function addresses(status: Fields, leaveOut: LeaveOut): readonly Address[] {
  const podIPs = elementsOf(status.podIPs).map((element) => fieldsOf(element).ip);
  const read = readAddresses(podIPs, 'status.podIPs', leaveOut);
  if (read.length > 0) return read;
  const podIP = readAddress(status.podIP, 'status.podIP', leaveOut);
  return podIP === undefined ? [] : [podIP];
}

/** Named target ports are looked up in containers and in restartable init containers (pkg/api/v1/pod FindPort, v1.29). */
function isSidecar(container: unknown): boolean {
  return fieldsOf(container).restartPolicy === 'Always';
}

function containerPorts(container: Fields, leaveOut: LeaveOut): readonly ContainerPort[] {
  const read: ContainerPort[] = [];
  for (const element of elementsOf(container.ports)) {
    const written = fieldsOf(element);
    const path = `container ${textOf(container.name) ?? ''} port ${textOf(written.name) ?? ''}`;
    const port = portNumberOf(written.containerPort);
    const protocol = readProtocol(written.protocol, path, leaveOut);
    if (port === undefined) leaveOut(`${path}: has no containerPort from 1 to 65535`);
    if (port === undefined || protocol === undefined) continue;
    const hostIP = nonEmptyTextOf(written.hostIP);
    read.push({
      name: nonEmptyTextOf(written.name),
      protocol,
      port,
      hostPort: portNumberOf(written.hostPort),
      hostIP: hostIP === undefined ? undefined : (canonicalAddress(hostIP) ?? hostIP),
    });
  }
  return read;
}

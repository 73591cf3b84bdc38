// A Service of the API (core/v1 ServiceSpec, ServiceStatus), its defaults filled in.
import { type Address, canonicalPrefix, type Prefix } from '../address.ts';
import {
  elementsOf,
  type Fields,
  fieldsOf,
  flagOf,
  integerOf,
  nonEmptyTextOf,
  textMapOf,
  textOf,
  wordOf,
} from './json.ts';
import { type LeaveOut, portNumberOf, readAddress, readAddresses, readProtocol } from './leave-out.ts';
import { quoted } from './quoted.ts';
import type { Family, LoadBalancerIngress, ObjectMeta, Service, ServicePortSpec } from './snapshot.ts';

const types = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;
const policies = ['Cluster', 'Local'] as const;

// core/v1 DefaultClientIPServiceAffinitySeconds: three hours; the API allows up to a day.
const defaultAffinitySeconds = 10800;
const longestAffinitySeconds = 86400;

/** Total: what a field cannot be is left out, with a reason. */
export function readService(object: Fields, meta: ObjectMeta, leaveOut: LeaveOut): Service {
  const spec = fieldsOf(object.spec);
  const type = wordOf(spec.type, types) ?? 'ClusterIP';
  const headless = firstClusterIP(spec) === 'None';
  return {
    ...meta,
    type,
    headless,
    clusterIPs: headless || type === 'ExternalName' ? [] : clusterIPs(spec, leaveOut),
    externalName: nonEmptyTextOf(spec.externalName),
    selector: selector(spec, leaveOut),
    ports: ports(spec, leaveOut),
    externalIPs: readAddresses(spec.externalIPs, 'spec.externalIPs', leaveOut),
    loadBalancerIngress: loadBalancerIngress(fieldsOf(fieldsOf(object.status).loadBalancer), leaveOut),
    loadBalancerSourceRanges: sourceRanges(spec, leaveOut),
    affinitySeconds: affinitySeconds(spec),
    externalTrafficPolicy: wordOf(spec.externalTrafficPolicy, policies) ?? 'Cluster',
    internalTrafficPolicy: wordOf(spec.internalTrafficPolicy, policies) ?? 'Cluster',
    healthCheckNodePort: portNumberOf(spec.healthCheckNodePort),
    publishNotReadyAddresses: flagOf(spec.publishNotReadyAddresses) ?? false,
  };
}

/** clusterIP and clusterIPs[0] are the same to the API; objects older than 1.20 have only the first. */
function firstClusterIP(spec: Fields): string | undefined {
  return nonEmptyTextOf(spec.clusterIP) ?? textOf(elementsOf(spec.clusterIPs)[0]);
}

// pkg/proxy/util/utils.go GetClusterIPByFamily, v1.36: with ipFamilies, the cluster IP at the family's place; without
// them (objects older than 1.20), the one cluster IP.
function clusterIPs(spec: Fields, leaveOut: LeaveOut): readonly Address[] {
  const families = elementsOf(spec.ipFamilies);
  const written = elementsOf(spec.clusterIPs);
  const values = families.length === 0 || written.length === 0 ? [firstClusterIP(spec)] : written;
  const addresses = new Map<Family, Address>();
  for (const [index, value] of values.entries()) {
    const family = wordOf(families[index], ['IPv4', 'IPv6']);
    if (families.length > 0 && (family === undefined || addresses.has(family))) continue;
    const address = readAddress(value, `spec.clusterIPs[${index}]`, leaveOut, family);
    if (address !== undefined) addresses.set(family ?? 'IPv4', address);
  }
  return [...addresses.values()];
}

/** A selector that lost a requirement would match more than the Service does, so it is kept whole or not at all. */
function selector(spec: Fields, leaveOut: LeaveOut): Service['selector'] {
  const written = fieldsOf(spec.selector);
  const size = Object.keys(written).length;
  if (size === 0) return undefined;
  const read = textMapOf(written);
  if (Object.keys(read).length === size) return read;
  leaveOut('spec.selector: a value is no string');
  return undefined;
}

function ports(spec: Fields, leaveOut: LeaveOut): readonly ServicePortSpec[] {
  const read: ServicePortSpec[] = [];
  for (const [index, element] of elementsOf(spec.ports).entries()) {
    const written = fieldsOf(element);
    const path = `spec.ports[${index}]`;
    const port = portNumberOf(written.port);
    const protocol = readProtocol(written.protocol, `${path}.protocol`, leaveOut);
    if (port === undefined) leaveOut(`${path}: has no port number from 1 to 65535`);
    if (port === undefined || protocol === undefined) continue;
    read.push({
      name: textOf(written.name) ?? '',
      protocol,
      port,
      targetPort: portNumberOf(written.targetPort) ?? nonEmptyTextOf(written.targetPort),
      nodePort: portNumberOf(written.nodePort),
    });
  }
  return read;
}

function loadBalancerIngress(loadBalancer: Fields, leaveOut: LeaveOut): readonly LoadBalancerIngress[] {
  const ingress: LoadBalancerIngress[] = [];
  for (const [index, element] of elementsOf(loadBalancer.ingress).entries()) {
    const written = fieldsOf(element);
    const ip = readAddress(written.ip, `status.loadBalancer.ingress[${index}].ip`, leaveOut);
    const hostname = nonEmptyTextOf(written.hostname);
    // pkg/proxy/serviceport.go newBaseServiceInfo, v1.36: an ipMode that is neither absent nor VIP is not for kube-proxy.
    const ipMode = (textOf(written.ipMode) ?? 'VIP') === 'VIP' ? 'VIP' : 'Proxy';
    if (ip !== undefined || hostname !== undefined) ingress.push({ ip, hostname, ipMode });
  }
  return ingress;
}

function sourceRanges(spec: Fields, leaveOut: LeaveOut): readonly Prefix[] {
  const ranges: Prefix[] = [];
  for (const [index, element] of elementsOf(spec.loadBalancerSourceRanges).entries()) {
    const text = textOf(element)?.trim();
    if (text === undefined || text === '') continue;
    const range = /\/\d+$/.test(text) ? canonicalPrefix(text) : undefined;
    if (range === undefined) leaveOut(`spec.loadBalancerSourceRanges[${index}]: ${quoted(text)} is no CIDR`);
    else ranges.push(range);
  }
  return ranges;
}

function affinitySeconds(spec: Fields): number | undefined {
  if (spec.sessionAffinity !== 'ClientIP') return undefined;
  const clientIP = fieldsOf(fieldsOf(spec.sessionAffinityConfig).clientIP);
  return integerOf(clientIP.timeoutSeconds, 1, longestAffinitySeconds) ?? defaultAffinitySeconds;
}

// KPR1xx: what the API's own objects ask for. kube-proxy does as told, or would.
import {
  showEndpoints,
  showPods,
  showService,
  showServiceInFull,
  showServicePorts,
  showSliceOwners,
  showSlicePorts,
  showSlices,
  showSlicesInFull,
  whoHasAddress,
} from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { docs, enhancements, issues, pulls } from './references.ts';

export const apiFindings = {
  KPR101: {
    title: 'No local endpoint on this node',
    severity: 'info',
    cause: 'api',
    meaning:
      'The internal or external traffic policy is Local and no usable endpoint of the Service is on this node. Endpoints on other nodes are not used, so kube-proxy drops such traffic here ("has no local endpoints").',
    why: 'Connections that enter by this node time out, while those that enter by a node with an endpoint work. A load balancer is meant to notice by the health check node port and send nothing here; clients of a node port or of a Local cluster IP have nothing that warns them.',
    byDesign:
      'As long as nobody sends traffic here: externalTrafficPolicy Local keeps the source address at this price, and internalTrafficPolicy Local is meant for one endpoint a node.',
    next: [
      showEndpoints,
      "kubectl get service -n {namespace} {name} -o jsonpath='{.spec.externalTrafficPolicy} {.spec.internalTrafficPolicy} {.spec.healthCheckNodePort}'",
      'For a load balancer: its health check must ask the health check node port, which answers 503 on a node without a local endpoint.',
      'Otherwise run an endpoint on every node that takes traffic (a DaemonSet), or set the policy to Cluster.',
    ],
    references: [
      `${issues}/75262`,
      `${issues}/91812`,
      `${issues}/115825`,
      `${docs}/reference/networking/virtual-ips/#traffic-policies`,
    ],
  },
  KPR102: {
    title: 'kube-proxy runs under another node name',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      "kube-proxy takes an endpoint for local only where the EndpointSlice's nodeName equals the name it runs under, letter by letter. Here an endpoint is on this node and kube-proxy does not take it for local.",
    why: 'Every Service with a Local traffic policy drops its traffic on this node, and where all nodes are set up alike, on all of them. Services with policy Cluster work, which hides the cause.',
    next: [
      'kubectl get pods -n kube-system -l k8s-app=kube-proxy --field-selector spec.nodeName={node} -o yaml | grep -i hostname',
      'kubectl get configmap -n kube-system kube-proxy -o yaml | grep -i hostnameOverride',
      'kubectl get nodes -o wide',
      showEndpoints,
      "Make --hostname-override (hostnameOverride in the configuration) equal the Node object's name, then restart kube-proxy.",
    ],
    references: [`${issues}/71851`, `${issues}/71799`, 'https://github.com/kubernetes/kops/issues/2584'],
  },
  KPR103: {
    title: 'Session affinity decides before the shares do',
    severity: 'info',
    cause: 'api',
    meaning:
      'The Service has sessionAffinity ClientIP: a client address that this node has seen within the timeout goes to the same backend again. The shares shown hold only for clients this node does not remember.',
    why: 'One backend may be far busier than the others: clients behind one NAT count as one client. The memory is per node and per service port, so the same client may reach another backend by another node or port.',
    byDesign: 'Always: the Service asks for it.',
    next: [
      "kubectl get service -n {namespace} {name} -o jsonpath='{.spec.sessionAffinity} {.spec.sessionAffinityConfig}'",
      'kubectl top pods -n {namespace}',
      'The kernel remembers a limited number of addresses per backend (parameter ip_list_tot of its module xt_recent); with more clients than that, the oldest are forgotten early.',
    ],
    references: [
      `${issues}/103000`,
      `${issues}/55429`,
      `${issues}/43958`,
      `${docs}/reference/networking/virtual-ips/#session-affinity`,
    ],
  },
  KPR104: {
    title: 'Backends do not get equal shares',
    severity: 'info',
    cause: 'api',
    meaning:
      'The effective shares of new connections differ between the backends by more than rounding. The probabilities 0.33, 0.5 and then a rule without one are equal shares and do not count.',
    why: 'Some backends get more new connections than others, or none; if no rule at the end takes what is left, that part of the connections gets no DNAT and times out.',
    byDesign:
      'kube-proxy before 1.17 wrote five decimals, which shows from hundreds of endpoints on. A pod that is listed under two ports gets two shares.',
    next: [
      showSlicesInFull,
      showServiceInFull,
      'Look for an address that occurs twice. Uneven load with equal shares has other reasons: long-lived connections (gRPC, databases) stay where they began, and only new ones follow the shares.',
    ],
    references: [`${issues}/34321`, `${pulls}/37932`, `${pulls}/83599`],
  },
  KPR105: {
    title: 'Two Services claim the same address and port',
    severity: 'critical',
    cause: 'api',
    meaning:
      'More than one Service has this address, port and protocol as cluster IP, external IP or load balancer IP. kube-proxy writes rules for all of them; the first in KUBE-SERVICES wins, and their order is random at each sync.',
    why: "Connections reach another Service's backends. Which one wins may differ from node to node and change when any Service in the cluster changes.",
    byDesign: 'Never for one port and protocol. Services that share an address on different ports are fine.',
    next: [
      whoHasAddress,
      showServiceInFull,
      'Take the address away from all but one of the Services: spec.externalIPs, or the pool or annotation that your load balancer controller assigns from.',
    ],
    references: [`${issues}/109927`, `${issues}/69599`, 'https://github.com/kube-vip/kube-vip/issues/51'],
  },
  KPR107: {
    title: 'Source ranges leave clients out',
    severity: 'warning',
    cause: 'api',
    meaning:
      'The Service has loadBalancerSourceRanges: only the listed ranges may use the load balancer IP, and kube-proxy drops everyone else (chain KUBE-PROXY-FIREWALL). Since 1.25 that includes pods and nodes of the cluster itself.',
    why: 'Clients outside the ranges time out, also those inside the cluster that use the load balancer IP. Where the source address is masqueraded before it reaches the node, the ranges are held against the wrong address.',
    byDesign:
      'Where those clients are meant to be kept out. Ranges guard load balancer IPs only, not node ports or external IPs.',
    next: [
      "kubectl get service -n {namespace} {name} -o jsonpath='{.spec.loadBalancerSourceRanges}'",
      "kubectl get nodes -o custom-columns='NODE:.metadata.name,ADDRESSES:.status.addresses[*].address,POD-CIDRS:.spec.podCIDRs'",
      'Add the range of the clients that are missing: pod ranges for pods, node addresses for what a node masquerades. Ranges of one IP family do not guard the other.',
    ],
    references: [`${issues}/109575`, `${pulls}/109826`, `${issues}/62638`, `${issues}/85572`],
  },
  KPR108: {
    title: 'Topology hints narrow the endpoints, or are ignored',
    severity: 'info',
    cause: 'api',
    meaning:
      'Either hints keep traffic of this node to the endpoints of its zone or node, or there are hints and kube-proxy ignores them: one ready endpoint without a hint, none for this zone, or a node without the label topology.kubernetes.io/zone is enough for that.',
    why: 'A zone with few endpoints carries all the load of its nodes; or traffic leaves the zone although the Service asks that it stay. Hints never lead to no endpoint at all.',
    byDesign: 'Where trafficDistribution or topology-mode was set on purpose and each zone has enough endpoints.',
    next: [
      showEndpoints,
      'kubectl get nodes -L topology.kubernetes.io/zone',
      "kubectl get service -n {namespace} {name} -o jsonpath='{.spec.trafficDistribution} {.metadata.annotations}'",
    ],
    references: [
      `${issues}/103888`,
      `${enhancements}/pull/2434`,
      `${docs}/concepts/services-networking/topology-aware-routing/`,
    ],
  },
  KPR109: {
    title: 'No endpoint of this IP family',
    severity: 'warning',
    cause: 'api',
    meaning:
      'The Service has an address of this IP family, and no EndpointSlice of that addressType offers an endpoint; or it lists an address of a family it does not have. IPv4 never stands in for IPv6, nor the reverse.',
    why: 'Clients that prefer this family are refused or time out, the others connect: a matter of which address the name resolves to first.',
    byDesign: 'An external or load balancer IP of a family that the Service does not list in ipFamilies gets no rules.',
    next: [
      showSlices,
      "kubectl get service -n {namespace} {name} -o jsonpath='{.spec.ipFamilyPolicy} {.spec.ipFamilies} {.spec.clusterIPs}'",
      "kubectl get pods -n {namespace} -o custom-columns='POD:.metadata.name,IPS:.status.podIPs[*].ip'",
      'If the pods have one family only, set ipFamilies to that one, or make the pod network dual-stack.',
    ],
    references: [`${issues}/73157`, `${issues}/97343`, `${docs}/concepts/services-networking/dual-stack/`],
  },
  KPR110: {
    title: 'Port names do not match',
    severity: 'critical',
    cause: 'api',
    meaning:
      "kube-proxy joins a Service's port with an EndpointSlice's port by name and protocol, never by number. No slice has a port of this name, so the port has no endpoints although the slices list addresses.",
    why: 'Connections are refused at once on every node, while kubectl shows endpoints and the pods answer.',
    next: [
      showSlicePorts,
      showServicePorts,
      'Give both the same name. An unnamed Service port matches only an unnamed slice port. Slices of the control plane follow the Service by themselves: a difference points at slices made by hand or by another controller.',
    ],
    references: [`${issues}/123954`, 'https://github.com/wasmCloud/wasmCloud/pull/5090', `${pulls}/129886`],
  },
  KPR111: {
    title: 'Named target port not found in the pods',
    severity: 'critical',
    cause: 'api',
    meaning:
      'The targetPort is a name, and the selected pods have no container port with that name and protocol. Their EndpointSlice then has no number for the port, and kube-proxy skips it.',
    why: 'Connections are refused at once, though the pods are ready. If only some pods lack the name (half-way through a rollout), only those get no traffic.',
    next: [
      "kubectl get pods -n {namespace} -o custom-columns='POD:.metadata.name,PORT-NAMES:.spec.containers[*].ports[*].name,PORTS:.spec.containers[*].ports[*].containerPort,PROTOCOLS:.spec.containers[*].ports[*].protocol'",
      showServicePorts,
      showSlices,
      'Name the container port as targetPort says, or write the number into targetPort. In the slices such a port shows as <unset>.',
    ],
    references: [
      `${issues}/129838`,
      `${issues}/54213`,
      `${issues}/83145`,
      `${docs}/concepts/services-networking/service/#field-spec-ports`,
    ],
  },
  KPR112: {
    title: 'No ready endpoint',
    severity: 'critical',
    cause: 'api',
    meaning:
      'No endpoint of the Service is ready: its selector matches no pod, or it matches pods that are not ready, or it has no selector and nobody made an EndpointSlice. kube-proxy is right to refuse ("has no endpoints").',
    why: 'Every connection is refused at once, from every node. No rule and no restart of kube-proxy will change that; the pods or the selector must.',
    byDesign: 'Where the workload is scaled to zero on purpose.',
    next: [
      'kubectl describe service -n {namespace} {name}',
      showPods,
      'kubectl get events -n {namespace} --field-selector reason=Unhealthy',
      showEndpoints,
      "Compare the selector with the pods' labels, letter by letter and in the same namespace. Pods that match and are not ready: kubectl describe pod names the probe that fails.",
    ],
    references: [`${docs}/tasks/debug/debug-application/debug-service/`, `${issues}/87887`],
  },
  KPR113: {
    title: 'Duplicate, mirrored or left-over EndpointSlices',
    severity: 'warning',
    cause: 'api',
    meaning:
      'kube-proxy uses every EndpointSlice that carries the label kubernetes.io/service-name of the Service, whoever made it. Here more than one manager wrote slices, or one is left over from an earlier Service, or lists an address that no pod has.',
    why: 'Part of the new connections go to an address that nobody answers for, on all nodes alike. Restarting kube-proxy or the pods does not help: the slice stays.',
    byDesign:
      'Where a controller adds endpoints of its own on purpose (a second cluster, machines outside), and they answer.',
    next: [
      showSliceOwners,
      showSlicesInFull,
      'kubectl get endpoints -n {namespace} {name} -o yaml',
      'A slice managed by endpointslicemirroring-controller.k8s.io copies an Endpoints object: correct that object. One whose manager is gone must be deleted by hand.',
    ],
    references: [
      `${issues}/105987`,
      `${issues}/91072`,
      `${issues}/109624`,
      `${pulls}/125359`,
      `${docs}/concepts/services-networking/endpoint-slices/`,
    ],
  },
  KPR114: {
    title: 'Left to another service proxy',
    severity: 'info',
    cause: 'api',
    meaning:
      'The Service carries the label service.kubernetes.io/service-proxy-name. kube-proxy does not look at such a Service at all, whatever the value of the label.',
    why: 'kube-proxy writes no rules for it. If the proxy that the label names is not running, the Service answers nowhere. Rules that remain are left over from before the label was set.',
    byDesign: 'Where that other proxy runs and serves the Service.',
    next: [
      'kubectl get service -n {namespace} {name} -L service.kubernetes.io/service-proxy-name',
      'kubectl get pods -A -o wide',
      'If kube-proxy should serve it, this removes the label:',
      'kubectl label service -n {namespace} {name} service.kubernetes.io/service-proxy-name-',
    ],
    references: [
      `${issues}/98577`,
      'https://github.com/cloudnativelabs/kube-router/issues/979',
      `${docs}/reference/labels-annotations-taints/`,
    ],
  },
  KPR115: {
    title: 'External IP takes over an address',
    severity: 'critical',
    cause: 'api',
    meaning:
      'The Service lists an external IP or a load balancer IP that is not its own: the address of a node, a pod, another Service, or a host outside the cluster. On every node, traffic to that address and port goes to the Service instead.',
    why: 'Pods and nodes that mean to reach that address talk to these backends. Whoever may edit Services can take over traffic in this way (CVE-2020-8554).',
    byDesign: 'Where the address is routed to the nodes on purpose and belongs to the owner of the Service.',
    next: [
      whoHasAddress,
      'kubectl get service -n {namespace} {name} -o yaml --show-managed-fields',
      'kubectl get nodes -o wide',
      'The managedFields say who set the address and when. If it is not theirs to take, remove it from spec.externalIPs and forbid the field (admission plugin DenyServiceExternalIPs).',
    ],
    references: [
      `${issues}/97076`,
      `${issues}/97110`,
      `${issues}/127410`,
      `${docs}/reference/access-authn-authz/admission-controllers/#denyserviceexternalips`,
    ],
  },
  KPR116: {
    title: 'Pods that are not ready get traffic',
    severity: 'info',
    cause: 'api',
    meaning:
      'The Service has publishNotReadyAddresses true: the EndpointSlices mark every endpoint ready, whatever its readiness probe says. kube-proxy sees only that and uses them all.',
    why: 'Connections reach pods that are starting, failing their probe or ending, and fail there.',
    byDesign:
      'For a Service that only gives names to peers (a StatefulSet that forms a cluster). Rarely for one that takes traffic.',
    next: [
      'kubectl get pods -n {namespace} -o wide',
      showEndpoints,
      'Use a headless Service with the field for discovery, and one without it for traffic.',
    ],
    references: [`${issues}/124914`, `${issues}/118952`, `${pulls}/90783`],
  },
  KPR117: {
    title: 'Headless or ExternalName: no rules',
    severity: 'info',
    cause: 'api',
    meaning:
      'The Service has no cluster IP (clusterIP None, or type ExternalName). kube-proxy writes no rules for it; clients get addresses or another name from DNS and connect directly.',
    why: 'Nothing here balances or changes ports. A client must use the port that the pod listens on (targetPort), not the port of the Service, and holds on to the addresses it resolved.',
    byDesign: 'Always. Look at DNS and at the client, not at the rules.',
    next: [
      showService,
      showSlices,
      showServicePorts,
      'If clients need one address, balancing or another port, make a Service with a cluster IP; clusterIP cannot be changed on this one.',
    ],
    references: [
      `${issues}/131270`,
      `${issues}/131497`,
      `${issues}/76645`,
      `${docs}/concepts/services-networking/service/#headless-services`,
    ],
  },
  KPR119: {
    title: 'Load balancer IP is short-cut on the node',
    severity: 'warning',
    cause: 'api',
    meaning:
      'kube-proxy takes traffic for the load balancer IP on the node itself, so that traffic from inside the cluster never reaches the load balancer. It does so unless ipMode of that IP is Proxy, which it honours from 1.30 on.',
    why: 'What the load balancer adds is missing for clients inside the cluster: TLS, the PROXY protocol header, its own access rules. They see handshakes fail while clients outside connect.',
    byDesign: 'For a load balancer that hands packets on unchanged: the short cut saves a way round.',
    next: [
      "kubectl get service -n {namespace} {name} -o jsonpath='{.status.loadBalancer.ingress}'",
      showServiceInFull,
      'If the load balancer must see the traffic, have its controller set ipMode Proxy (or publish a hostname in place of the IP). Clients inside can use the cluster IP.',
    ],
    references: [
      `${pulls}/118895`,
      `${enhancements}/pull/1392`,
      `${issues}/66607`,
      'https://github.com/hetznercloud/hcloud-cloud-controller-manager/issues/727',
    ],
  },
  KPR120: {
    title: 'Only terminating endpoints are left',
    severity: 'info',
    cause: 'api',
    meaning:
      'No endpoint is ready (for a Local traffic policy: none on this node), so kube-proxy uses those that are terminating and still serving.',
    why: 'Connections work until these pods end, then they are refused or, with a Local policy, dropped. Requests that outlast the grace period are cut.',
    byDesign: 'For a short while in a rollout or a drain.',
    next: [
      showPods,
      showEndpoints,
      'If it lasts, the new pods are not getting ready: see why. For rollouts: surge before removing, and a preStop delay longer than the load balancer needs to notice.',
    ],
    references: [
      'https://www.kubernetes.dev/resources/keps/1669/',
      `${docs}/tutorials/services/pods-and-endpoint-termination-flow/`,
    ],
  },
} as const satisfies Record<`KPR1${number}`, CatalogueEntry>;

// Commands that several codes name. kubectl logs and exec know no --field-selector, so the pod is looked up in place.
// The label is that of kubeadm, kind, EKS and most installers; elsewhere kube-proxy may be a static pod or no pod at all.

const onNode = '-n kube-system -l k8s-app=kube-proxy --field-selector spec.nodeName={node}';
const proxyPod = `$(kubectl get pods ${onNode} -o name)`;

/** Is kube-proxy running there, since when, how often restarted? */
export const showProxyPod = `kubectl get pods ${onNode} -o wide`;

export const showProxyLog = `kubectl logs -n kube-system ${proxyPod} --since=1h`;

/** The DaemonSet starts another, whose first sync is a full one in every release. */
export const restartProxy = `kubectl delete pod ${onNode}`;

/** Prints every table of the backend that kube-proxy itself uses. */
export const saveRules = `kubectl exec -n kube-system ${proxyPod} -- iptables-save`;

export const iptablesVersion = `kubectl exec -n kube-system ${proxyPod} -- iptables --version`;

const ofService = '-n {namespace} -l kubernetes.io/service-name={name}';
export const showSlices = `kubectl get endpointslices ${ofService} -o wide`;
/** One line an endpoint. Columns would not do: kubectl joins the values of a slice and leaves out those that are missing. */
export const showEndpoints = `kubectl get endpointslices ${ofService} -o jsonpath='{range .items[*].endpoints[*]}{.addresses[0]} node={.nodeName} zone={.zone} hints={.hints} {.conditions}{"\\n"}{end}'`;
export const showSlicesInFull = `kubectl get endpointslices ${ofService} -o yaml`;
export const showSlicePorts = `kubectl get endpointslices ${ofService} -o custom-columns='SLICE:.metadata.name,PORT-NAMES:.ports[*].name,PORTS:.ports[*].port,PROTOCOLS:.ports[*].protocol'`;
export const showSliceOwners = `kubectl get endpointslices ${ofService} -L endpointslice.kubernetes.io/managed-by`;

export const showService = 'kubectl get service -n {namespace} {name} -o wide';
export const showServiceInFull = 'kubectl get service -n {namespace} {name} -o yaml';
export const showServicePorts = "kubectl get service -n {namespace} {name} -o jsonpath='{.spec.ports}'";

export const showPods = 'kubectl get pods -n {namespace} -o wide --show-labels';

/** Every Service that has the address: as cluster IP, external IP or load balancer IP. */
export const whoHasAddress =
  "kubectl get services -A -o custom-columns='NAMESPACE:.metadata.namespace,NAME:.metadata.name,CLUSTER-IPS:.spec.clusterIPs,EXTERNAL-IPS:.spec.externalIPs,LOAD-BALANCER-IPS:.status.loadBalancer.ingress[*].ip' | grep -wF {address}";

/** Goes through the API server and the kubelet to one pod, past every rule: tells the application from the rules. */
export const pastTheRules = 'kubectl port-forward -n {namespace} service/{name} :{port}';

// An address or port that no rule takes: why nothing answers there, and what is near.
import type { NodeView } from '../node-view.ts';
import type { Subject } from '../resolve/subject.ts';
import type { Verdict } from '../verdict-words.ts';
import { listing, onNode, typeName } from '../words.ts';

export function nobodyVerdict(view: NodeView, subject: Extract<Subject, { kind: 'nobody' }>): Verdict {
  const { text, near, serviceNetwork, neighbours } = subject;
  const [neighbour] = neighbours;
  if (neighbour !== undefined) {
    const { namespace, name } = neighbour.name;
    const ports = [
      ...new Set(neighbours.map(({ way, name: { protocol } }) => `${way.port}/${protocol.toLowerCase()}`)),
    ];
    return {
      state: 'unreachable',
      cause: 'api',
      sentence: `${text} is a port that nothing serves: the address is the ${typeName(neighbour.way.type)} of ${namespace}/${name}, which has ${listing(ports, 6)} there, and no rule takes other packets`,
    };
  }
  const nearest = near.length === 0 ? '' : `; nearest: ${listing([...near])}`;
  if (!serviceNetwork) {
    const known = text.startsWith('node port') ? 'no Service' : 'no Service, pod or node';
    const who = view.cluster === undefined ? 'no rule of kube-proxy' : known;
    return {
      state: 'unknown',
      cause: 'none',
      sentence: `${who} has ${text}: kube-proxy's rules leave it alone ${onNode(view)}${nearest}`,
    };
  }
  const [who, cause] =
    view.cluster === undefined ? (['no rule of kube-proxy', 'none'] as const) : (['no Service', 'api'] as const);
  return {
    state: 'unreachable',
    cause,
    sentence: `${who} has ${text}, which lies among the cluster IPs: kube-proxy's rules leave it alone and connections time out${nearest}`,
  };
}

// A process of its own for the bench: an API server with as many nodes as asked for, each as slow as a node far away.
// Prints the path of its kubeconfig.
import { startApiServer } from '../api-server/index.ts';
import { furtherNodes, liveObjects, recordedNode } from '../commands/live-cluster.ts';

const [count = '30', delayMs = '100'] = process.argv.slice(2);
const names = Array.from({ length: Number(count) - 2 }, (_, at) => `worker-${at}`);
const server = await startApiServer({
  objects: [...liveObjects(), ...furtherNodes(names)],
  exec: (call) => ({ ...recordedNode(call), delayMs: Number(delayMs) }),
});
console.log(server.kubeconfig);
process.once('SIGTERM', () => server.close());

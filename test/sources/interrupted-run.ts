// A program of its own for removal.test.ts: opens a debug pod, says so, and waits to be ended by a signal.
import { openApiServer } from '../../src/api/open-api-server.ts';
import { debugPodSource, removeOpenPods } from '../../src/sources/debug-pod.ts';

const [kubeconfig = ''] = process.argv.slice(2);
const api = await openApiServer({ kubeconfig }, { world: { env: {} } });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    removeOpenPods().then((left) => process.exit(left.length === 0 ? 130 : 1));
  });
}
const source = debugPodSource(api, { image: 'example/iptables:v1' });
const names = ['node-a', 'node-b', 'node-c'];
// node-c never comes: the signal finds two that run and one that starts.
const opening = names.map((name) => source.open({ name, addresses: [], kubeletVersion: undefined }, {}));
await Promise.all(opening.slice(0, 2));
console.log('open');
await Promise.all(opening).catch(() => {});
setInterval(() => {}, 1000);

// The verbs that answer questions about rules. They share nearly all they need, so they are loaded together.
export { runBackends } from './backends.ts';
export { runDrift, runStatus } from './drift.ts';
export { runExplain } from './explain.ts';
export { runGraph } from './graph.ts';
export { runTrace } from './trace.ts';

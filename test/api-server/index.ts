// The tests' own API server: what a test needs to start it, script it and ask what was asked of it.
export { type ExecCall, type ExecCommand, type ExecReply, notThere, runsCommands } from './exec.ts';
export { type Config, type Simple, writeConfig, writeKubeconfig } from './kubeconfig.ts';
export { type Pair, type Pki, testPki } from './pki.ts';
export { type PodLife, podSecurityRefusal } from './pod-life.ts';
export { type ProxyOptions, startProxy, type TestProxy } from './proxy.ts';
export {
  admin,
  certificateUser,
  type RecordedRequest,
  recorded,
  type ServerOptions,
  startApiServer,
  type TestApiServer,
} from './server.ts';
export type { Asked, Status } from './status.ts';
export { type ApiObject, ObjectStore } from './store.ts';
export type { User, Who } from './who.ts';
export type { Fault } from './wire.ts';

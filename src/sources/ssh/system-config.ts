// The configuration that the system's ssh gets with -F: what must hold, then the user's own files. By a file and not
// by -o, because ssh hands -F on to the ssh it starts for each jump host. The first value of a keyword wins.
import { homedir } from 'node:os';
import { aliveMisses, type Destination } from './connection.ts';

const newKeywords = 'RemoteCommand,UpdateHostKeys,SessionType,StdinNull,ForkAfterAuthentication';

export function systemConfig(to: Destination): string {
  const lines = [
    'Host *',
    `IgnoreUnknown ${newKeywords}`,
    // Trust is the user's to give: no question, no new key, nothing written.
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    `BatchMode ${to.prompt === undefined ? 'yes' : 'no'}`,
    'NumberOfPasswordPrompts 1',
    `ConnectTimeout ${Math.max(1, Math.ceil(to.connectTimeoutMs / 1000))}`,
    'ConnectionAttempts 1',
    `ServerAliveInterval ${to.aliveEveryMs / 1000}`,
    `ServerAliveCountMax ${aliveMisses}`,
    // What a user's configuration may ask of a login by hand, and must not happen here.
    'RemoteCommand none',
    'RequestTTY no',
    'SessionType default',
    'StdinNull no',
    'ForkAfterAuthentication no',
    'PermitLocalCommand no',
    'ClearAllForwardings yes',
    'ForwardAgent no',
    'ForwardX11 no',
    'ControlMaster no',
    'ControlPath none',
    'LogLevel ERROR',
    ...(to.knownHosts.length === 0 ? [] : [`UserKnownHostsFile ${to.knownHosts.map(quoted).join(' ')}`]),
    `Include ${to.configFile === undefined ? '~/.ssh/config' : `"${to.configFile}"`}`,
    `Include ${systemFile(to.env)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Where OpenSSH keeps the machine's own configuration. */
export function systemFile(env: Destination['env']): string {
  const root = process.platform === 'win32' ? `${env.ProgramData ?? 'C:/ProgramData'}` : '/etc';
  return `${root.replaceAll('\\', '/')}/ssh/ssh_config`;
}

function quoted(file: string): string {
  const whole = file.replace(/^~(?=\/)/, homedir());
  return `"${whole.replaceAll('%', '%%')}"`;
}

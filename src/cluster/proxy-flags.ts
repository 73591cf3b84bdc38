// kube-proxy's command line. Beside --config only the host name's flag counts; without it the flags are the configuration.
// cmd/kube-proxy/app/options.go AddFlags, Complete, v1.36.
import type { ProxyConfig } from './proxy-config.ts';

export interface ProxyFlags {
  /** Path of the file that `--config` names: then nothing but the host name is read from the flags. */
  readonly configFile: string | undefined;
  readonly config: ProxyConfig;
}

/** `--flag=value` and `--flag value`, also as words of one shell line. `$(NAME)` is not known here and counts as not set. */
export function readProxyFlags(argv: readonly string[]): ProxyFlags {
  const flags = flagsOf(argv.flatMap((word) => (/\s--/.test(word) ? word.split(/\s+/) : [word])));
  const text = (name: string) => {
    const value = flags.get(name)?.trim();
    return value === undefined || value === '' || value.includes('$(') ? undefined : value;
  };
  const list = (name: string) => text(name)?.split(',').filter(Boolean);
  const flag = (name: string) => {
    const value = flags.get(name)?.trim();
    return value === undefined ? undefined : /^(?:1|t|true)$/i.test(value);
  };
  const bit = Number(text('iptables-masquerade-bit') ?? Number.NaN);
  return {
    configFile: text('config'),
    config: {
      mode: text('proxy-mode'),
      hostnameOverride: text('hostname-override'),
      bindAddress: text('bind-address'),
      clusterCIDRs: list('cluster-cidr'),
      detectLocalMode: text('detect-local-mode'),
      bridgeInterface: text('pod-bridge-interface'),
      interfaceNamePrefix: text('pod-interface-name-prefix'),
      nodePortAddresses: list('nodeport-addresses'),
      masqueradeAll: flag('masquerade-all'),
      masqueradeBit: Number.isInteger(bit) && bit >= 0 && bit <= 31 ? bit : undefined,
      localhostNodePorts: flag('iptables-localhost-nodeports'),
      featureGates: Object.fromEntries(
        (list('feature-gates') ?? []).map((gate) => {
          const [name = '', value = ''] = gate.split('=');
          return [name, value === 'true'];
        }),
      ),
    },
  };
}

/** They take a value with `=` only. */
const switches: ReadonlySet<string> = new Set(['masquerade-all', 'iptables-localhost-nodeports']);

function flagsOf(argv: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const [index, word] of argv.entries()) {
    const [, name, value] = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) continue;
    flags.set(name, value ?? (switches.has(name) ? 'true' : (argv[index + 1] ?? '')));
  }
  return flags;
}

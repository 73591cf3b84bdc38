// `ip -j -details link show` of ip(8): the ports of the node's bridges.
import type { BridgePort } from '../netfilter/bridge-port.ts';

/** `undefined` where the text is no such list, or one without the details. */
export function parseBridgePorts(text: string): readonly BridgePort[] | undefined {
  let links: unknown;
  try {
    links = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(links)) return undefined;
  return links.flatMap((link): readonly BridgePort[] => {
    const [name, bridge] = [field(link, 'ifname'), field(link, 'master')];
    const info = field(link, 'linkinfo');
    if (field(info, 'info_slave_kind') !== 'bridge') return [];
    const hairpin = field(field(info, 'info_slave_data'), 'hairpin');
    if (typeof name !== 'string' || typeof bridge !== 'string' || typeof hairpin !== 'boolean') return [];
    return [{ name, bridge, hairpin }];
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

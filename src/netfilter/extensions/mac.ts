// xt_mac: the Ethernet source address.
import { defineMatch, when } from './extension.ts';

export const mac = defineMatch({
  name: 'mac',
  options: { 'mac-source': 'word' },
  matches: (options, packet) => {
    // A packet that came in by no interface, or by loopback, has no Ethernet header and fits neither way (mac_mt).
    if (packet.inInterface === null || packet.inInterface === 'lo') return false;
    const source = packet.sourceMac?.toLowerCase();
    return when(options['mac-source'], (wanted) =>
      source === undefined ? undefined : wanted.toLowerCase() === source,
    );
  },
});

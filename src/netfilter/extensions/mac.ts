// xt_mac: the Ethernet source address.
import { defineMatch, when } from './extension.ts';

export const mac = defineMatch({
  name: 'mac',
  options: { 'mac-source': 'word' },
  matches: (options, packet) => {
    // A packet that came in by no interface has no Ethernet header; it fits neither way (mac_mt, xt_mac.c).
    if (packet.inInterface === null) return false;
    const source = packet.sourceMac?.toLowerCase();
    return when(options['mac-source'], (wanted) =>
      source === undefined ? undefined : wanted.toLowerCase() === source,
    );
  },
});

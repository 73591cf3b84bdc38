// xt_iprange: addresses from one to another, both included.
import { type Address, addressNumber, familyOf } from '../../address.ts';
import { all, defineMatch, type Tri, when } from './extension.ts';

export const iprange = defineMatch({
  name: 'iprange',
  options: { 'src-range': 'word', 'dst-range': 'word' },
  matches: (options, packet) =>
    all(
      when(options['src-range'], (range) => inAddressRange(range, packet.source)),
      when(options['dst-range'], (range) => inAddressRange(range, packet.destination)),
    ),
});

/** `10.0.0.1-10.0.0.9`, or one address. */
function inAddressRange(range: string, address: Address | undefined): Tri {
  const [first = '', last = first, ...more] = range.split('-');
  if (address === undefined || more.length > 0 || familyOf(first) !== familyOf(address)) return undefined;
  const [from, number, to] = [first, address, last].map(addressNumber);
  return from === undefined || number === undefined || to === undefined ? undefined : from <= number && number <= to;
}

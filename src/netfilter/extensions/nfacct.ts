// xt_nfacct: counts packets in a named object. Fits every packet, unless the object was made with a quota that is not
// yet used up; iptables-save does not tell, and such objects are rare enough to be left out.
import { quote } from './clause.ts';
import { defineMatch } from './extension.ts';

export const nfacct = defineMatch({
  name: 'nfacct',
  options: { 'nfacct-name': 'string' },
  // Two spaces: the name is printed with one of its own (nfacct_print_name, libxt_nfacct.c).
  printOption: (option, { values: [name = ''] }) => ` --${option}  ${quote(name)}`,
  matches: () => true,
});

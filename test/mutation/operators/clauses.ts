// Every way to alter one clause of a rule as iptables-save prints it, such that iptables-restore would still take it.
import { addressOf, bitsOf } from '../oracle/rule.ts';

export interface Altered {
  readonly operator: string;
  readonly text: string;
}

/** What other rules of the text offer in place of a part. */
export interface Others {
  /** Chains of the same table that a rule may jump to in place of this one's. */
  readonly chainsLike: (chain: string, from: string) => readonly string[];
}

export function alterations(text: string, others: Others): readonly Altered[] {
  const found: Altered[] = [];
  const add = (operator: string, altered: string) => {
    if (altered !== text) found.push({ operator, text: altered });
  };
  /** Each replacement of what the pattern finds; `undefined` leaves it as it is. */
  const swap = (operator: string, pattern: RegExp, ...replacements: readonly string[]) => {
    if (!pattern.test(text)) return;
    for (const replacement of replacements) add(operator, text.replace(pattern, replacement));
  };
  prefixes(text, add);
  const rest = text.indexOf(' -m ') < 0 ? text.length : text.indexOf(' -m ');
  for (const side of ['-s', '-d']) {
    swap('drop an address', new RegExp(` (?:! )?${side} \\S+`), '');
    swap('turn an address over', new RegExp(`(?<! !) ${side} `), ` ! ${side} `);
    swap('turn an address back', new RegExp(` ! ${side} `), ` ${side} `);
  }
  swap('another interface', / -i (\S+)/, ' -i x$1', ' -i $1x');
  swap('drop an interface', / (?:! )?-i \S+/, '');
  swap('turn an interface over', / ! -i /, ' -i ');
  swap('turn an interface over', /(?<! !) -i /, ' ! -i ');

  for (const [from, to] of [
    ['tcp', 'udp'],
    ['udp', 'tcp'],
    ['sctp', 'tcp'],
  ] as const) {
    if (text.includes(` -p ${from} `)) {
      add('another protocol', text.replace(` -p ${from} `, ` -p ${to} `).replace(` -m ${from} `, ` -m ${to} `));
    }
  }
  const port = Number(/ --dport (\d+)/.exec(text)?.[1]);
  swap('another port', / --dport \d+/, ` --dport ${port + 1}`);
  swap('a range of ports', / --dport \d+/, ` --dport ${port}:${port + 1}`);
  swap('turn a port over', / --dport /, ' ! --dport ');
  swap('drop a port', / --dport \d+/, '');

  swap('another probability', /--probability (\S+)/, '--probability 0.90000000013', '--probability 0.01000000024');
  swap('certain', /--probability (\S+)/, '--probability 1.00000000000');
  swap('never', /--probability (\S+)/, '--probability 0.00000000000');
  swap('turn a probability over', / --probability (?!0\.50000)/, ' ! --probability ');
  swap('drop a probability', / -m statistic --mode random --probability \S+/, '');
  swap('fewer digits', /--probability (\d\.\d{8})\d*/, '--probability $1');
  if (/ -j KUBE-(?:SEP|SVC|SVL|EXT)-/.test(text) && !text.includes('statistic')) {
    add('a probability', text.replace(/ -j /, ' -m statistic --mode random --probability 0.50000000000 -j '));
    add('a certain probability', text.replace(/ -j /, ' -m statistic --mode random --probability 1.00000000000 -j '));
  }

  swap('another mark', /(--mark|--set-xmark) 0x(\w+)/, '$1 0x8000', '$1 0x1');
  swap('another mask', /(--mark|--set-xmark) (\w+)\/\w+/, '$1 $2/0xffffffff', '$1 $2/0x1', '$1 $2/0x0', '$1 $2/$2');
  swap('turn a mark over', / ! --mark /, ' --mark ');
  swap('turn a mark over', /(?<! !) --mark /, ' ! --mark ');
  swap('drop a mark', / -m mark (?:! )?--mark \S+/, '');

  swap('another comment', /--comment "[^"]*"/, '--comment "nothing to see"');
  swap('drop a comment', / -m comment --comment (?:"[^"]*"|\S+)/, '');
  swap('drop the accounting', / -m nfacct --nfacct-name {2}\S+/, '');
  swap('another account', /(--nfacct-name {2}\S+)/, '$1_2');
  swap('account', / -j DROP/, ' -m nfacct --nfacct-name  another -j DROP');
  swap('comment last', /( -m comment --comment "[^"]*")(.*?)( -j \S+.*)$/, '$2$1$3');

  swap('another affinity', / --seconds \d+/, ' --seconds 7', ' --seconds 86400');
  swap('no end of affinity', / --seconds \d+ --reap/, '');
  swap('no reaping', / --reap/, '');
  swap('another list', / --name (\S+)/, ' --name $1X');
  swap(
    'another mask of a list',
    / --mask \S+/,
    text.includes(' --mask ff') ? ' --mask ffff::' : ' --mask 255.255.255.0',
  );
  swap('the list of destinations', / --rsource/, ' --rdest');
  swap('no affinity', / -m recent --set .*? --rsource/, '');
  swap('affinity for all', / -m recent --rcheck .*? --rsource/, '');
  swap('turn a list over', / --(rcheck|set) /, ' ! --$1 ');
  swap('renewed affinity', / --rcheck /, ' --update ');

  swap(
    'another state',
    / --ctstate \S+/,
    ' --ctstate ESTABLISHED',
    ' --ctstate NEW,ESTABLISHED',
    ' --ctstate INVALID,NEW',
  );
  swap('states in another order', / --ctstate (\w+),(\w+)/, ' --ctstate $2,$1');
  swap('turn a state over', / ! --ctstate /, ' --ctstate ');
  swap('turn a state over', /(?<! !) --ctstate /, ' ! --ctstate ');
  swap('drop a state', / -m conntrack (?:! )?--ctstate \S+/, '');
  swap('another type of address', /-type LOCAL/, '-type UNICAST');
  swap(
    'the type of the other address',
    / --(src|dst)-type/,
    text.includes('--src-type') ? ' --dst-type' : ' --src-type',
  );
  swap('turn a type over', / --(src|dst)-type/, ' ! --$1-type');
  swap('drop a type', / -m addrtype --(?:src|dst)-type LOCAL/, '');

  const narrower = text.includes(':') && /\w::/.test(text) ? ' -s 3fff::/48' : ' -s 198.18.0.0/17';
  if (!/ -s /.test(text)) add('only some clients', text.replace(/^-A \S+/, `$&${narrower}`));
  swap('only new connections', / -j /, ' -m conntrack --ctstate NEW -j ');
  swap('only marked packets', / -j /, ' -m mark --mark 0x1/0x1 -j ');
  if (/ -p (tcp|udp|sctp) /.test(text)) add('the protocol twice', text.replace(/ -p (\w+)(?= )/, '$& -m $1'));
  if (!/ -p /.test(text) && rest > 0) add('only one protocol', text.replace(/(?= -m | -j )/, ' -p tcp'));

  targets(text, add, others);
  return found;
}

function prefixes(text: string, add: (operator: string, text: string) => void): void {
  for (const [whole, option, address = '', digits] of text.matchAll(/ (-[sd]) ([\da-f.:]+)\/(\d+)/g)) {
    const length = Number(digits);
    const bits = bitsOf(address);
    const at = (operator: string, changed: string, to = length) => {
      const masked = changed.slice(0, to).padEnd(bits.length, '0');
      add(operator, text.replace(whole, ` ${option} ${printed(addressOf(masked))}/${to}`));
    };
    const flip = (place: number) => bits.slice(0, place) + (bits[place] === '1' ? '0' : '1') + bits.slice(place + 1);
    at('another address', flip(length - 1));
    at('another address', flip(length - 4));
    // Near ::1 there is no address that a node could have.
    if (address !== '::1') {
      at('a shorter prefix', bits, length - 1);
      at('a much shorter prefix', bits, Math.max(8, length - 12));
    }
    if (length < bits.length) at('a longer prefix', bits, length + 1);
  }
}

/** In the shortest form, as iptables-save has it. */
function printed(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

function targets(text: string, add: (operator: string, text: string) => void, { chainsLike }: Others): void {
  const [, before = '', from = '', chain = ''] = /^(-A (\S+).*) -j (\S+)/.exec(text) ?? [];
  if (before === '') {
    add('a target', `${text} -j DROP`);
    add('a target', `${text} -j RETURN`);
    return;
  }
  const after = text.slice(`${before} -j ${chain}`.length);
  const isNat = /KUBE-(?:SVC|SVL|SEP|EXT|FW|MARK-MASQ|POSTROUTING)/.test(text);
  for (const target of ['ACCEPT', 'RETURN', ...(isNat ? [] : ['DROP', 'REJECT --reject-with icmp-port-unreachable'])]) {
    add('another target', `${before} -j ${target}`);
  }
  add('no target', before);
  add('only logging', `${before} -j LOG`);
  switch (chain) {
    case 'REJECT':
      add(
        'another answer',
        `${before} -j REJECT --reject-with ${text.includes('icmp6') ? 'icmp6-adm-prohibited' : 'icmp-host-unreachable'}`,
      );
      break;
    case 'DNAT': {
      const [, address = '', port = ''] = /--to-destination (\S+):(\d+)/.exec(text) ?? [];
      const to = (destination: string) => add('another backend', `${before} -j DNAT --to-destination ${destination}`);
      to(`${address}:${Number(port) + 1}`);
      const other = address.replace(/[\da-f](\]?)$/, (last, end) => `${last.startsWith('7') ? '8' : '7'}${end}`);
      to(`${other}:${port}`);
      to(address.replace(/^\[|\]$/g, ''));
      add('a range of backend ports', `${text}-${Number(port) + 1}`);
      add('backends at random', `${text} --random`);
      add('backends for good', `${text} --persistent`);
      break;
    }
    case 'MASQUERADE':
      add('ports in order', `${before} -j MASQUERADE`);
      add('some ports', `${before} -j MASQUERADE --to-ports 1024-2048${after}`);
      break;
    case 'MARK':
    case 'ACCEPT':
    case 'DROP':
      break;
    default:
      add('goto', `${before} -g ${chain}`);
      for (const other of chainsLike(chain, from)) add('another chain', `${before} -j ${other}`);
  }
}

// The only commands that ever go through SSH: they read, and nothing that came from the cluster is in them.
// Anything else is a bug of ours and stops before a connection is used.

export interface ReadCommand {
  readonly program: string;
  /** Whether the kernel shows it to root only. */
  readonly root: boolean;
  /** Its arguments, joined by one space. */
  readonly args: RegExp;
}

const family = '(?:ip6?|inet|arp|bridge|netdev)';
const nftFlags = '(?:(?:-[acjnNsSy]+|--(?:handle|json|numeric|stateless|terse)) )*';
const conntrackFlag =
  '(?: (?:-f (?:ipv4|ipv6)|-p (?:tcp|udp|sctp)|-o (?:extended|id|ktimestamp|save|,)+|--(?:orig-)?(?:port-dst|dport) \\d{1,5}))';
const save: Omit<ReadCommand, 'program'> = { root: true, args: /^(?:-c)?$|^--?[vV](?:ersion)?$/ };

export const readCommands: readonly ReadCommand[] = [
  ...['iptables', 'ip6tables'].flatMap((name) => [
    ...['', '-nft', '-legacy'].map((kind) => ({ program: `${name}${kind}-save`, ...save })),
    ...['', '-nft', '-legacy'].map((kind) => ({ program: `${name}${kind}`, root: false, args: /^--version$/ })),
  ]),
  { program: 'nft', root: true, args: new RegExp(`^${nftFlags}list (?:ruleset|tables|chains)(?: ${family})?$`) },
  { program: 'nft', root: true, args: new RegExp(`^${nftFlags}list table ${family} [a-z0-9-]+$`) },
  { program: 'nft', root: false, args: /^--version$/ },
  {
    program: 'ip',
    root: false,
    args: /^(?:-[46djNos] |-(?:json|details|oneline|statistics) )*(?:addr|address|link|neigh|route|rule) (?:show|list)(?: table (?:all|main|local))?$/,
  },
  { program: 'sysctl', root: false, args: /^-n(?: -e)?(?: (?:net|kernel)\.[A-Za-z0-9_./-]+)+$/ },
  {
    program: 'cat',
    root: false,
    args: /^(?:(?: ?)(?:\/proc\/sys\/net\/[a-z0-9_]+(?:\/[A-Za-z0-9_-]+)+|\/proc\/(?:version|modules|uptime|cmdline|sys\/kernel\/osrelease|net\/(?:route|ipv6_route|fib_trie|if_inet6|ip_tables_names|ip6_tables_names|stat\/nf_conntrack))|\/etc\/os-release))+$/,
  },
  { program: 'conntrack', root: true, args: new RegExp(`^(?:-[CS]|-L(?: conntrack)?)${conntrackFlag}*$`) },
  { program: 'conntrack', root: false, args: /^--version$/ },
  { program: 'ipset', root: true, args: /^(?:save|list -n)$/ },
  { program: 'ipvsadm', root: true, args: /^-S -n$|^-Ln(?: --stats)?$/ },
  { program: 'id', root: false, args: /^-u$/ },
  { program: 'uname', root: false, args: /^-[amr]$/ },
  {
    // kube-proxy's own doors on the node.
    program: 'curl',
    root: false,
    args: /^-fsS --max-time \d{1,2} http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):(?:10249\/(?:proxyMode|healthz|metrics|configz)|10256\/(?:healthz|livez))$/,
  },
];

const folders =
  /^(?:\/usr\/local\/sbin\/|\/usr\/sbin\/|\/sbin\/|\/usr\/bin\/|\/bin\/|\/var\/lib\/rancher\/(?:k3s|rke2)\/data\/current\/bin\/(?:aux\/)?)/;

/** The entry that allows it. Throws a plain Error (a bug of ours) where none does. */
export function readCommand(argv: readonly string[]): ReadCommand {
  const [path = '', ...words] = argv;
  const program = path.replace(folders, '');
  // A word with a space of its own could pass for two.
  const args = words.every((word) => /^[\x21-\x7e]+$/.test(word)) ? words.join(' ') : '\n';
  const found = readCommands.find((command) => command.program === program && command.args.test(args));
  if (found === undefined)
    throw new Error(`not on the list of commands that may run on a node: ${JSON.stringify(argv)}`);
  return found;
}

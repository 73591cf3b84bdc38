// Which proxy a request goes through, from the environment, as Go's golang.org/x/net/http/httpproxy decides (v0.35), since
// kubectl does. A kubeconfig's proxy-url is not asked here: it counts whatever the environment says.
import { BlockList, isIP } from 'node:net';

type Env = Readonly<Record<string, string | undefined>>;

/** `undefined` is no proxy. */
export function environmentProxy(server: URL, env: Env): URL | undefined {
  const either = (name: string) => env[name] || env[name.toLowerCase()] || '';
  const text = server.protocol === 'https:' ? either('HTTPS_PROXY') : either('HTTP_PROXY');
  if (text === '' || !usesProxy(server, either('NO_PROXY'))) return undefined;
  return readProxy(text);
}

function readProxy(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url !== null && url.host !== '') return url;
  return URL.parse(`http://${text}`) ?? undefined;
}

function usesProxy(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  const family = isIP(host);
  if (host === 'localhost' || (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4'))) return false;
  return !noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => isMeant(entry, host, port));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isMeant(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const family = isIP(host);
  const [, net = '', bits] = /^([^/]+)\/(\d+)$/.exec(entry) ?? [];
  if (bits !== undefined && isIP(net) !== 0) return isIP(net) === family && isInNet(host, net, Number(bits));

  const [, name = entry, entryPort] = isIP(entry) !== 0 ? [] : (/^(.*):(\d+)$/.exec(entry) ?? []);
  if (entryPort !== undefined && entryPort !== port) return false;
  const plain = name.replace(/^\[|\]$/g, '');
  if (isIP(plain) !== 0) return family !== 0 && isInNet(host, plain, isIP(plain) === 6 ? 128 : 32);
  // `.name` and `*.name` mean what is below the name; `name` means itself too.
  const domain = plain.startsWith('*.') ? plain.slice(1) : plain;
  if (domain === '') return false;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isInNet(host: string, net: string, bits: number): boolean {
  const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
  if (bits > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(net, bits, family);
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

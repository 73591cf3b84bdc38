// Whose a chain is. The name of a chain is a hash of the service port's name, so every name that the API has is hashed
// and looked up; comments are the second witness, for Services that the API does not have (any more).
import type { Address, Family } from '../../address.ts';
import type { Protocol } from '../../cluster/snapshot.ts';
import type { Chain, Rule } from '../../netfilter/ruleset.ts';
import type { Owner } from '../dispatch.ts';
import { type ServicePort, type ServicePortName, servicePortKey } from '../service-ports.ts';
import { endpointHash, servicePortHash, splitHashedName } from './chain-names.ts';
import { commentOf, nameInServiceComment } from './service-rule.ts';

const protocols: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

export class Owners {
  readonly #byHash = new Map<string, Owner>();
  readonly #byKey = new Map<string, Owner & { kind: 'known' }>();
  readonly #byWayIn = new Map<string, Owner & { kind: 'known' }>();

  /** `ports` are the API's service ports of this family. */
  constructor(ports: readonly ServicePort[], family: Family) {
    for (const port of ports) {
      if (port.family !== family) continue;
      const owner = { kind: 'known', name: port.name, port } as const;
      this.#byHash.set(servicePortHash(port.name), owner);
      this.#byKey.set(servicePortKey(port.name), owner);
      const { protocol } = port.name;
      for (const address of [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs, ...port.proxyModeIPs]) {
        setOnce(this.#byWayIn, wayIn(address, protocol, port.port), owner);
      }
      if (port.nodePort !== undefined) setOnce(this.#byWayIn, wayIn(undefined, protocol, port.nodePort), owner);
    }
  }

  /** Of a `KUBE-SVC-`, `-SVL-`, `-EXT-`, `-XLB-` or `-FW-` chain. `witnesses` are rules in it or leading to it. */
  ofChain(chain: string, witnesses: () => readonly Rule[]): Owner {
    const hash = splitHashedName(chain)?.hash ?? chain;
    const known = this.#byHash.get(hash);
    if (known !== undefined) return known;
    const owner = this.#fromComments(witnesses(), (name) => servicePortHash(name) === hash) ?? {
      kind: 'nameless',
      hash,
    };
    // A name that its hash confirms holds for all chains of the port.
    if (owner.kind === 'named' && owner.confirmed) this.#byHash.set(hash, owner);
    return owner;
  }

  /** Of a `KUBE-SEP-` chain with the endpoint it leads to (`ip:port`). */
  ofEndpointChain(chain: Chain, endpoint: string | undefined, witnesses: readonly Rule[]): Owner {
    const hash = splitHashedName(chain.name)?.hash ?? chain.name;
    const confirmed = (name: ServicePortName) => endpoint !== undefined && endpointHash(name, endpoint) === hash;
    const named = this.#fromComments(witnesses, confirmed);
    if (named?.kind === 'known' || (named?.kind === 'named' && named.confirmed)) return named;
    // Without comments: large clusters have none.
    for (const owner of this.#byKey.values()) if (confirmed(owner.name)) return owner;
    return named ?? { kind: 'nameless', hash };
  }

  /** Of a rule without a chain of its own: a REJECT or DROP. The address and port say whose, the comment agrees or decides. */
  ofRefusal(rule: Rule, address: Address | undefined, protocol: Protocol, port: number): Owner {
    const comment = commentOf(rule);
    const name = comment === undefined ? undefined : nameInServiceComment(comment);
    const byComment = name && this.#byKey.get(servicePortKey({ ...name, protocol }));
    const owner = byComment ?? this.#byWayIn.get(wayIn(address, protocol, port));
    if (owner !== undefined && (byComment !== undefined || name === undefined)) return owner;
    if (name !== undefined) return { kind: 'named', name: { ...name, protocol }, confirmed: false };
    return { kind: 'nameless', hash: '' };
  }

  #fromComments(witnesses: readonly Rule[], confirmed: (name: ServicePortName) => boolean): Owner | undefined {
    let first: Owner | undefined;
    for (const rule of witnesses) {
      const comment = commentOf(rule);
      const name = comment === undefined ? undefined : nameInServiceComment(comment);
      if (name === undefined) continue;
      for (const protocol of protocols) {
        const full = { ...name, protocol };
        if (!confirmed(full)) continue;
        return this.#byKey.get(servicePortKey(full)) ?? { kind: 'named', name: full, confirmed: true };
      }
      first ??= { kind: 'named', name: { ...name, protocol: 'TCP' }, confirmed: false };
    }
    return first;
  }
}

function wayIn(address: Address | undefined, protocol: Protocol, port: number): string {
  return `${address ?? ''} ${protocol} ${port}`;
}

function setOnce<V>(map: Map<string, V>, key: string, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

/** Whether two owners are the same service port. */
export function sameOwner(a: Owner, b: Owner): boolean {
  if (a.kind === 'nameless') return b.kind === 'nameless' && a.hash === b.hash;
  if (b.kind === 'nameless') return false;
  return servicePortKey(a.name) === servicePortKey(b.name);
}

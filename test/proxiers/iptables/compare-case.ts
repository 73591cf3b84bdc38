// One node's rules, changed by hand, beside what is expected of the Service `shop/s`: what is told and what is forgiven.
import assert from 'node:assert/strict';
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { compareFamily } from '../../../src/proxiers/iptables/compare/index.ts';
import { expectRules } from '../../../src/proxiers/iptables/expect/index.ts';
import type { Settings } from '../../../src/proxiers/iptables/settings.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { type SliceSpec, serviceObject, snapshotOf } from '../objects.ts';
import { rulesetOf } from '../recordings.ts';
import { balancer, here, there } from './expect-case.ts';
import { settingsFor } from './expected-of.ts';
import { restoreText } from './expected-text.ts';

export interface Changed {
  /** Of the text, its hashes cut off: `-A KUBE-SVC -j ...`. */
  readonly edit: (text: string) => string;
  readonly spec?: object;
  readonly slices?: readonly SliceSpec[];
  readonly settings?: Settings;
}

/** A load balancer with affinity, a node port and source ranges, on two backends. */
export const usual = {
  ...balancer(['203.0.113.0/24', '198.51.100.0/24']),
  ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }],
  sessionAffinity: 'ClientIP',
};
export const two: readonly SliceSpec[] = [{ endpoints: [here, there] }];

export interface Told {
  /** `nat/KUBE-SVC balance changed shop/s`, then the lines that are not in both, hashes cut off. */
  readonly differences: readonly (readonly string[])[];
  /** `nat/KUBE-SVC rounding`, sorted, each once. */
  readonly forgiven: readonly string[];
}

export function compared({ edit, spec = usual, slices = two, settings = settingsFor(36) }: Changed): Told {
  const snapshot = snapshotOf(serviceObject(spec), slices);
  const [ports, endpoints] = [servicePorts(snapshot), endpointMap(snapshot)];
  const written = restoreText(expectRules(ports, endpoints, settings));
  const hashes = hashesOf(written);
  const text = withHashes(edit(withoutHashes(written, hashes)), hashes);
  const ruleset = rulesetOf({ family: settings.family, text });
  assert.deepEqual([ruleset.unread, ruleset.defects], [[], []]);
  const { differences, forgiven } = compareFamily(ruleset, ports, endpoints, settings);
  const short = (each: string) => withoutHashes(each, hashes);
  return {
    differences: differences.map(({ table, chain, role, kind, owner, lines }) => [
      `${table}/${short(chain)} ${role} ${kind}${owner === undefined || owner.kind === 'nameless' ? '' : ` ${owner.name.namespace}/${owner.name.name}`}`,
      ...lines.flatMap((line) => (line.sign === ' ' ? [] : [`${line.sign} ${short(line.text)}`])),
    ]),
    forgiven: [...new Set(forgiven.map(({ table, chain, why }) => `${table}/${short(chain)} ${why}`))].sort(),
  };
}

/** Puts a line in front of the first that begins so, or behind it. */
export function inserted(line: string, place: 'before' | 'after', start: string): (text: string) => string {
  return (text) => {
    const found = text.split('\n').find((each) => each.startsWith(start));
    assert.ok(found, start);
    return text.replace(`${found}\n`, () => (place === 'before' ? `${line}\n${found}\n` : `${found}\n${line}\n`));
  };
}

export function replaced(from: string, to: string): (text: string) => string {
  return (text) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, () => to);
  };
}

/** Without the first line that begins so. */
export function without(start: string): (text: string) => string {
  return (text) => {
    const lines = text.split('\n');
    const at = lines.findIndex((each) => each.startsWith(start));
    assert.ok(at >= 0, start);
    return lines.toSpliced(at, 1).join('\n');
  };
}

/** Each hash by its short name: `KUBE-SEP1` and `KUBE-SEP2`, `KUBE-SVC`. */
function hashesOf(text: string): ReadonlyMap<string, string> {
  const names = [...new Set(text.match(/KUBE-(?:SVC|SVL|EXT|FW|SEP)-[A-Z2-7]{16}/g) ?? [])];
  const byAddress = (name: string) => new RegExp(`-A ${name} .*--to-destination (\\S+)`).exec(text)?.[1] ?? '';
  const backends = names.filter((name) => name.startsWith('KUBE-SEP-'));
  backends.sort((a, b) => (byAddress(a) < byAddress(b) ? -1 : 1));
  return new Map([
    ...names.flatMap((name) => (backends.includes(name) ? [] : [[name.slice(0, -17), name] as const])),
    ...backends.map((name, index) => [`KUBE-SEP${index + 1}`, name] as const),
  ]);
}

function withoutHashes(text: string, hashes: ReadonlyMap<string, string>): string {
  return [...hashes].reduce((rest, [short, name]) => rest.replaceAll(name, short), text);
}

function withHashes(text: string, hashes: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\bKUBE-(?:SVC|SVL|EXT|FW|SEP\d)\b(?!-)/g, (short) => hashes.get(short) ?? short);
}

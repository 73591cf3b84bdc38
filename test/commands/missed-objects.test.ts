// What is forbidden, and whether the answer rests on it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Wanted } from '../../src/cluster/read.ts';
import { missesObjects } from '../../src/commands/missed-objects.ts';
import { ClusterError } from '../../src/errors.ts';
import { type EndpointSpec, serviceObject, snapshotOf } from '../proxiers/objects.ts';

const ready: EndpointSpec = { address: '10.244.0.3', is: 'RS' };
const ofService: Wanted = { services: { namespace: 'shop', name: 's' }, pods: 'selected' };
const ofAddress: Wanted = { services: 'all', pods: 'all' };
const ofNodePort: Wanted = { services: 'all' };

interface Case {
  readonly name: string;
  readonly forbidden: readonly string[];
  readonly wanted?: Wanted;
  readonly endpoints?: readonly EndpointSpec[];
  readonly namedNodes?: boolean;
  readonly misses: boolean;
}

const cases: readonly Case[] = [
  { name: 'nothing forbidden', forbidden: [], misses: false },
  { name: 'pods of a Service with ready endpoints', forbidden: ['pods'], misses: false },
  { name: 'pods of a Service without any', forbidden: ['pods'], endpoints: [], misses: true },
  { name: 'pods that tell why none is ready', forbidden: ['pods'], endpoints: [{ ...ready, is: '' }], misses: true },
  { name: 'pods where one is asked about', forbidden: ['pods'], wanted: ofAddress, misses: true },
  { name: 'a node that was named', forbidden: ['nodes'], misses: false },
  { name: 'the same for a node port', forbidden: ['nodes'], wanted: ofNodePort, misses: false },
  { name: 'nodes to choose from', forbidden: ['nodes'], namedNodes: false, misses: true },
  { name: 'a named node, zone hints', forbidden: ['nodes'], endpoints: [{ ...ready, zones: ['a'] }], misses: true },
  { name: 'a named node, its addresses', forbidden: ['nodes'], wanted: ofAddress, misses: true },
];

function read({
  forbidden,
  wanted = ofService,
  endpoints = [ready],
  namedNodes = true,
}: Omit<Case, 'name' | 'misses'>) {
  return {
    wanted,
    namedNodes,
    snapshot: snapshotOf(serviceObject(), [{ endpoints }]),
    forbidden: forbidden.map((resource) => ({
      resource,
      namespace: undefined,
      sentence: `the server forbids you to list ${resource}.`,
      canI: `kubectl auth can-i list ${resource}`,
    })),
  };
}

for (const { name, misses, ...given } of cases) {
  test(`${name}: ${misses ? 'incomplete' : 'whole'}`, () => assert.equal(missesObjects(read(given)), misses));
}

for (const resource of ['services', 'endpointslices.discovery.k8s.io']) {
  test(`without ${resource} there is no answer`, () => {
    assert.throws(
      () => missesObjects(read({ forbidden: ['pods', resource] })),
      (error) =>
        error instanceof ClusterError &&
        error.exitCode === 4 &&
        error.message === `the server forbids you to list ${resource}` &&
        error.hint?.startsWith(`kubectl auth can-i list ${resource};`) === true,
    );
  });
}

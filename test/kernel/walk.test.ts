// The walk of a packet against the real kernel: random rulesets, settings and packets, answers to what has left, rules
// of chance and of extensions that nobody can foretell. As root only. `npm run walk-against-kernel` draws many more.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { whyNoNamespace } from './namespace.ts';
import { batchSize, disagreements, drawBatch, textOf, writtenBatch } from './walk/batch.ts';
import { countChoices } from './walk/chance.ts';
import { impossible, impossibleOf } from './walk/open-batch.ts';
import { packetsToServices, recordedRules } from './walk/recorded.ts';
import { openWorld, type World, whyNoWorld } from './walk/world.ts';
import { written } from './walk/written.ts';

const batches = 15;
const first = 1;

suite('a walk and the kernel', { skip: whyNoNamespace() ?? whyNoWorld() ?? false }, () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  for (let seed = first; seed < first + batches; seed++) {
    test(`agree on ${batchSize} packets and the answers to them, seed ${seed}`, async () => {
      const batch = drawBatch(seed, world.sets);
      assert.deepEqual(await disagreements(world, batch), [], `${batch.family}\n${textOf(batch)}`);
    });
  }

  for (let seed = first; seed < first + batches; seed++) {
    test(`what becomes of ${batchSize} packets is among the ends foretold, seed ${seed}`, async () => {
      assert.deepEqual(await impossible(world, seed), []);
    });
  }

  for (const { name, family, backend, text } of recordedRules) {
    test(`a recorded node's rules: what becomes of packets to its services is foretold: ${name}`, async () => {
      world.setSysctls({ 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' });
      const sent = packetsToServices(parseIptablesSave(text, family));
      assert.ok(sent.length >= 3);
      assert.deepEqual(await impossibleOf(world, backend, family, text, sent), []);
    });
  }

  for (const each of written) {
    for (const backend of ['nft', 'legacy'] as const) {
      test(`${each.fact}: ${each.family}, ${backend}`, async () => {
        assert.deepEqual(await disagreements(world, writtenBatch(backend, each, first)), []);
      });
    }
  }

  for (const backend of ['nft', 'legacy'] as const) {
    test(`shares are those of counted connections, iptables-${backend}`, async () => {
      const { share, low, high, counted } = await countChoices(world, backend);
      // Beyond five standard deviations: once in a million runs, were the shares right.
      for (const [end, expected] of share) {
        const [from, to] = [low.get(end) ?? 0, high.get(end) ?? 0];
        const found = counted.get(end) ?? 0;
        assert.ok(found >= from && found <= to, `${end}: ${found} of ${expected} foretold (${from} to ${to})`);
      }
      assert.equal([...counted.keys()].filter((end) => !share.has(end)).length, 0, 'an end that was not foretold');
    });
  }
});

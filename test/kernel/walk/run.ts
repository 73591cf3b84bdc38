// `npm run walk-against-kernel [-- PAIRS [SEED]]`: 10,000 pairs of a ruleset and a packet, other ones every time. As
// root. Tells each disagreement with the seed that draws it again, and how many there were.
import { batchSize, disagreements, drawBatch, textOf } from './batch.ts';
import { impossible } from './open-batch.ts';
import { openWorld } from './world.ts';

const [pairs = '10000', seed = String(Date.now() % 2 ** 30)] = process.argv.slice(2);
const batches = Math.ceil(Number(pairs) / batchSize);
console.log(`${batches * batchSize} pairs of a ruleset and a packet, seeds ${seed} to ${Number(seed) + batches - 1}`);

const world = await openWorld();
let wrong = 0;
try {
  for (let at = Number(seed); at < Number(seed) + batches; at++) {
    const batch = drawBatch(at, world.sets);
    const faults = [...(await disagreements(world, batch)), ...(at % 4 === 0 ? await impossible(world, at) : [])];
    if (faults.length === 0) continue;
    wrong++;
    console.log(`seed ${at}, ${batch.family}:\n  ${faults.join('\n  ')}\n${textOf(batch)}`);
  }
} finally {
  world.close();
}
console.log(wrong === 0 ? 'not one disagreement' : `${wrong} rulesets on which the walk and the kernel disagree`);
process.exitCode = wrong === 0 ? 0 : 1;

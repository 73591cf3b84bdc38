// Reads one dump and says what it took: the bench bundles this file and starts it anew for every round.
import { readFileSync } from 'node:fs';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';

const { lines, tables, defects } = parseIptablesSave(readFileSync(process.argv[2] ?? ''), 'IPv4');
const rules = tables.reduce((sum, { ruleCount }) => sum + ruleCount, 0);
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ lines, rules, defects: defects.length, rss: maxRSS * 1024 }));

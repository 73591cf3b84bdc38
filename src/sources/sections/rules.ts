// One family's rules, as kube-proxy's own programs save them. `iptables-save` leads to the backend that the image's
// wrapper picked (kubernetes-sigs/iptables-wrappers); the other backend is read too, because a wrapper can be wrong and
// because rules of another component may stand there.
import type { Gap, Reading, Section, SectionName } from '../../capture/capture.ts';
import { ProxyrulesError } from '../../errors.ts';
import type { Asker, Command } from './asker.ts';
import { type Backend, backendSaveCommands, type Family, legacyTableNames, saveCommands } from './commands.ts';
import { bytesOf, completenessOfRules, firstWords, programOf } from './completeness.ts';

export interface FamilyRules {
  /** kube-proxy's backend first. Empty where no program could save anything. */
  readonly sections: readonly Section[];
  readonly gaps: readonly Gap[];
}

export async function readRules(asker: Asker, family: Family): Promise<FamilyRules> {
  const name = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save';
  const first = await firstSaved(asker, saveCommands(family));
  if (first.saved === undefined) return { sections: [], gaps: [{ section: name, reason: first.reason }] };
  const saved = (await unlessLost(readableOf(asker, first.saved, family))).got ?? first.saved;
  const { got: other = { saved: undefined }, lost } = await unlessLost(otherBackend(asker, saved, family));
  const otherName = `${name}-other` as const;
  if (other.saved === undefined) {
    const reason = lost ?? other.reason;
    return withGaps(familyOf(name, saved), reason === undefined ? [] : [{ section: otherName, reason }]);
  }
  // The wrapper goes by kubelet's chains; where kube-proxy's stand says more.
  const swapped = !hasKubeProxy(saved) && hasKubeProxy(other.saved);
  const [own, foreign] = swapped ? [other.saved, saved] : [saved, other.saved];
  const { sections, gaps } = familyOf(name, own);
  return { sections: hasTables(foreign) ? [...sections, sectionFrom(otherName, foreign)] : sections, gaps };
}

/** Nothing at all is no text to judge: kube-proxy's own chains are in every family that it serves. */
function familyOf(name: SectionName, saved: Saved): FamilyRules {
  if (saved.text.length > 0) return { sections: [sectionFrom(name, saved)], gaps: [] };
  const { completeness } = saved.reading;
  const why = completeness.state === 'cut' ? completeness.reason : 'which proves nothing about the node';
  return { sections: [], gaps: [{ section: name, reason: `${saved.command.join(' ')} printed nothing: ${why}` }] };
}

function withGaps({ sections, gaps }: FamilyRules, more: readonly Gap[]): FamilyRules {
  return { sections, gaps: [...gaps, ...more] };
}

/** What is read already does not go with a connection that is lost later. */
async function unlessLost<T>(asked: Promise<T>): Promise<{ readonly got?: T; readonly lost?: string }> {
  try {
    return { got: await asked };
  } catch (error) {
    if (!(error instanceof ProxyrulesError)) throw error;
    return { lost: error.message };
  }
}

/** One text as it came, whole or not. */
interface Saved {
  readonly command: Command;
  readonly status: number | undefined;
  readonly text: Buffer;
  readonly reading: Reading;
}

type Attempt = { readonly saved: Saved } | { readonly saved: undefined; readonly reason: string };

/** How often a text that has no end is asked for. */
const patience = 3;

async function firstSaved(asker: Asker, commands: readonly Command[]): Promise<Attempt> {
  const reasons = new Set<string>();
  for (const command of commands) {
    const attempt = await save(asker, command);
    if (attempt.saved !== undefined && attempt.saved.reading.completeness.state !== 'failed') return attempt;
    reasons.add(attempt.saved === undefined ? attempt.reason : failure(attempt.saved));
    if (!asker.hasTime) break;
  }
  return { saved: undefined, reason: [...reasons].slice(0, 3).join('; ') };
}

function failure({ command, reading }: Saved): string {
  const why = reading.completeness.state === 'failed' ? reading.completeness.reason : firstWords(reading.stderr);
  return `${command.join(' ')}: ${why}`;
}

/** Repeats a cut text, and keeps the longest: it is refused by who reads it, with what there was of it. */
async function save(asker: Asker, command: Command): Promise<Attempt> {
  let best: Saved | undefined;
  for (let attempts = 1; attempts <= patience; attempts++) {
    const asked = asker.run(command);
    const { got: answer, lost } = best === undefined ? { got: await asked } : await unlessLost(asked);
    if (lost !== undefined) break;
    if (answer?.kind !== 'output') {
      return best === undefined ? { saved: undefined, reason: answer?.reason ?? 'not asked' } : { saved: best };
    }
    const { status, stdout, stderr } = answer.output;
    const completeness = completenessOfRules(answer.output);
    const text = bytesOf(stdout);
    const reading = { stderr, bytes: text.length, attempts, completeness, program: programOf(stdout) };
    const saved: Saved = { command, status, text, reading };
    best =
      best === undefined || completeness.state === 'whole' || text.length >= best.text.length
        ? saved
        : { ...best, reading: { ...best.reading, attempts } };
    if (completeness.state === 'whole' || completeness.state === 'failed') break;
    // No tables at all is what a fresh node says; a lost text looks the same. Said twice it is believed.
    if (completeness.state === 'empty' && attempts === 2) break;
    if (!asker.hasTime) break;
  }
  return best === undefined ? { saved: undefined, reason: 'not asked' } : { saved: best };
}

/**
 * A reader older than the writer prints `[unsupported revision]`, or `:0 --persistent` for a target it cannot read
 * (kubernetes#94754, #114537). Another program of the same backend may be newer; where none reads it, the first stays.
 */
async function readableOf(asker: Asker, saved: Saved, family: Family): Promise<Saved> {
  const { program } = saved.reading;
  if (program === undefined || !isMisread(saved)) return saved;
  const others = [...saveCommands(family), ...backendSaveCommands(family, program.backend)].filter(
    (command) => command.join(' ') !== saved.command.join(' '),
  );
  for (const command of others) {
    if (!asker.hasTime) break;
    const { saved: again } = await save(asker, command);
    if (again?.reading.program?.backend !== program.backend) continue;
    if (again.reading.completeness.state === 'whole' && !isMisread(again)) return again;
  }
  return saved;
}

function isMisread({ text }: Saved): boolean {
  return text.includes('[unsupported revision]') || text.includes('--to-destination :0 --persistent');
}

interface Other {
  readonly saved: Saved | undefined;
  readonly reason?: string;
}

async function otherBackend(asker: Asker, saved: Saved, family: Family): Promise<Other> {
  const backend: Backend = saved.reading.program?.backend === 'legacy' ? 'nf_tables' : 'legacy';
  if (backend === 'legacy' && !(await hasLegacyTables(asker, saved, family))) return { saved: undefined };
  const attempt = await firstSaved(asker, backendSaveCommands(family, backend));
  if (attempt.saved !== undefined) return attempt;
  // nft programs are in every image that could have brought us here; no legacy program means no legacy reader of rules.
  return { saved: undefined, reason: `the ${backend} tables could not be read: ${attempt.reason}` };
}

/** Asked without touching them: a legacy program needs more privilege, so it is run only where there is something. */
async function hasLegacyTables(asker: Asker, saved: Saved, family: Family): Promise<boolean> {
  if (saved.reading.stderr.includes('iptables-legacy tables present')) return true;
  if (!asker.hasTime) return false;
  const names = await asker.run(legacyTableNames(family), 10_000);
  if (names.kind === 'output' && names.output.status === 0) return names.output.stdout.length > 0;
  // Not there to be read: no module loaded, or no right to look. iptables-nft-save would have warned.
  return saved.reading.program === undefined && !hasKubeProxy(saved);
}

function hasKubeProxy({ text }: Saved): boolean {
  return text.includes('\n:KUBE-SERVICES ') || text.includes('\n:KUBE-PROXY-CANARY ');
}

function hasTables({ text }: Saved): boolean {
  return text.includes('\n*') || text[0] === 42 /* * */;
}

function sectionFrom(name: SectionName, { command, status, text, reading }: Saved): Section {
  return { name, command: command.join(' '), status, text, reading };
}

// The `.cases` of the extensions against real iptables: each rule is loaded in a fresh network namespace and must come
// back from iptables-save as the file says, with either backend. As root only.
import assert from 'node:assert/strict';
import { after, before, suite, type TestContext, test } from 'node:test';
import { splitWords } from '../../src/parse/rule-line.ts';
import { type Case, readCaseFiles } from '../netfilter/extensions/cases.ts';
import { type Namespace, openNamespace, whyNoNamespace } from './namespace.ts';

const backends = ['nft', 'legacy'] as const;
type Backend = (typeof backends)[number];

const refusal = whyNoNamespace();

for (const backend of backends) {
  suite(`iptables-${backend}`, { skip: refusal ?? whyNot(backend) ?? false }, () => {
    for (const { name, setup, cases } of readCaseFiles()) {
      suite(name, () => {
        let namespace: Namespace;
        before(() => {
          namespace = openNamespace();
          for (const command of setup) namespace.run(command);
        });
        after(() => namespace.close());
        for (const rule of cases) {
          test(`${rule.place} ${rule.rule}`, (context) => judge(rule, backend, namespace, context));
        }
      });
    }
  });
}

/** Why the backend cannot be used here: its programs or its kernel part are missing. */
function whyNot(backend: Backend): string | undefined {
  const namespace = openNamespace();
  try {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const probe = namespace.run([...program(family, backend, ''), '-w', '10', '-S']);
      if (probe.status !== 0) return `iptables-${backend} (${family}) does not work here: ${probe.stderr.trim()}`;
    }
    return undefined;
  } finally {
    namespace.close();
  }
}

function program(family: Case['family'], backend: Backend, verb: '' | '-restore' | '-save'): string[] {
  return [`${family === 'IPv4' ? 'iptables' : 'ip6tables'}-${backend}${verb}`];
}

function judge(rule: Case, backend: Backend, namespace: Namespace, context: TestContext): void {
  const { family, table, chain, saved, needs } = rule;
  const text = `*${table}\n-A ${chain} ${rule.rule}\nCOMMIT\n`;
  const loaded = namespace.run([...program(family, backend, '-restore'), '-w', '10'], text);
  if (saved === undefined) {
    assert.notEqual(loaded.status, 0, `accepted: ${rule.rule}`);
    return;
  }
  if (needs !== undefined && loaded.status !== 0) {
    // iptables-restore does not always give the kernel's reason; iptables does.
    const words = splitWords(rule.rule)?.map((word) => word.text) ?? [];
    const { stderr } = namespace.run([...program(family, backend, ''), '-w', '10', '-t', table, '-A', chain, ...words]);
    assert.match(stderr, missing, `refused for another reason than that ${needs} is missing`);
    const why = `${needs} is missing on this machine: ${stderr.trim().replaceAll(/\s*\n/g, ' ')}`;
    // What can be installed must be; a kernel has what it was built with, and its refusal is what was judged.
    if (needs.startsWith('xt_')) context.diagnostic(`NOT JUDGED: ${why}`);
    else context.skip(why);
    return;
  }
  assert.equal(loaded.status, 0, loaded.stderr);
  const rules = namespace.run([...program(family, backend, '-save'), '-t', table]).stdout.split('\n');
  assert.deepEqual(
    rules.filter((line) => line.startsWith('-A ')),
    [`-A ${chain} ${saved}`],
  );
}

/** What iptables says, with the one backend or the other, where the kernel knows no such extension or object. */
const missing = /RULE_APPEND failed \(No such file or directory\)|No chain\/target\/match by that name/;

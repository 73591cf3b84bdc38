import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { howToGetObjects, readObjects } from '../../src/cluster/objects-file.ts';
import { InputError, ProxyrulesError } from '../../src/errors.ts';
import { recordedText, recording, recordingNames } from './recordings.ts';

const read = (...texts: string[]) => readObjects(texts.map((text, index) => ({ file: `${index + 1}.json`, text })));

async function refusal(text: string): Promise<{ code: string; message: string; hint: string }> {
  const error = await readObjects([{ file: 'objects.json', text }]).then(
    () => assert.fail(`was read: ${text.slice(0, 60)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof InputError);
  assert.match(error.message, /^objects\.json [^\n\r]+$/);
  assert.doesNotMatch(error.message, /\p{C}/u);
  return { code: error.code, message: error.message, hint: error.hint ?? assert.fail('no hint') };
}

const loadedModules = () => Object.keys(createRequire(import.meta.url).cache);
const isYaml = (path: string) => /node_modules[\\/]yaml[\\/]/.test(path);

test('JSON is read without loading a YAML parser, YAML with it', async () => {
  await read(recordedText('cluster'));
  await assert.rejects(read('{"cut'));
  assert.equal(loadedModules().some(isYaml), false);
  await read('kind: List\nitems: []\n');
  assert.equal(loadedModules().some(isYaml), true);
});

describe('what is read', () => {
  for (const name of recordingNames) {
    test(`${name} says the same as JSON, YAML, documents, a bare array, one object a line`, async () => {
      const { stringify } = await import('yaml');
      const list = recording(name);
      const expected = snapshotFromObjects([list]);
      const objects: unknown[] = list.items;
      for (const text of [
        recordedText(name),
        `\ufeff\n${recordedText(name)}\n`,
        JSON.stringify(objects),
        objects.map((object) => JSON.stringify(object)).join('\n'),
        stringify(list),
        objects.map((object) => stringify(object)).join('---\n'),
        `# by hand\n---\n${objects.map((object) => stringify(object)).join('...\n---\n')}---\n`,
        `---\n${recordedText(name)}`,
      ]) {
        assert.deepEqual(snapshotFromObjects(await read(text)), expected);
      }
    });
  }

  test('several lists in one file, and several files, in order', async () => {
    const [services, nodes] = ['Service', 'Node'].map((kind) => JSON.stringify({ kind: `${kind}List`, items: [] }));
    assert.deepEqual(await read(`${services}\n${nodes}`), await read(services ?? '', nodes ?? ''));
    assert.deepEqual([...snapshotFromObjects(await read(`${services}${nodes}`)).kinds], ['Node', 'Service']);
  });

  test('empty lists', async () => {
    assert.deepEqual(await read('[]'), [[]]);
    assert.deepEqual(await read('{"apiVersion":"v1","kind":"List","items":[]}\n'), [
      { apiVersion: 'v1', kind: 'List', items: [] },
    ]);
    assert.deepEqual(await readObjects([]), []);
  });

  test('numbers and words that YAML 1.1 and 1.2 see differently stay as kubectl wrote them', async () => {
    const text = 'kind: Service\nmetadata: {name: "on", labels: {a: "010", b: "yes", c: "1e3"}, namespace: "null"}\n';
    const [service] = snapshotFromObjects(await read(text)).services;
    assert.deepEqual([service?.name, service?.namespace], ['on', 'null']);
    assert.deepEqual(service?.labels, { a: '010', b: 'yes', c: '1e3' });
  });
});

describe('what is refused', () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    ['nothing', '', 'OBJECTS_EMPTY', /is empty/],
    ['blanks', '\ufeff \n\t\n', 'OBJECTS_EMPTY', /is empty/],
    ['comments alone', '# nothing\n---\n', 'OBJECTS_EMPTY', /holds no objects/],
    ['prose', 'hello world\n', 'OBJECTS_NOT_A_LIST', /holds no API objects/],
    ['a number', '7', 'OBJECTS_NOT_A_LIST', /holds no API objects/],
    ['other JSON', '{"nftables":[]}', 'OBJECTS_NOT_A_LIST', /holds no API objects/],
    ['an array of others', '[1,{},null]', 'OBJECTS_NOT_A_LIST', /holds no API objects/],
    [
      'cut JSON',
      '{\n  "kind": "List",\n  "items": [{"a',
      'OBJECTS_CUT',
      /ends at line 3, column 16, with 3 brackets open$/,
    ],
    ['JSON and more', '{"kind":"List"}\nerror: \u001b[31mlost', 'OBJECTS_NOT_JSON', /line 2, column 1 on: "error: /],
    ['no JSON', '{"kind" "List"}', 'OBJECTS_NOT_JSON', /from line 1, column 9 on: "\\"List\\"\}"$/],
    ['no YAML', 'kind: List\nitems: [\n', 'OBJECTS_NOT_YAML', /at line \d, column \d+: "/],
    ['tabs in YAML', 'kind: List\n\titems: []\n', 'OBJECTS_NOT_YAML', /at line 2/],
    ['an unknown alias', 'kind: *x\n', 'OBJECTS_NOT_YAML', /YAML: "Unresolved alias/],
    ['large YAML', `kind: List\n#${'x'.repeat(32_000_000)}`, 'OBJECTS_TOO_LARGE', /33 MB, at most 32/],
    ['deep YAML', `kind: ${'['.repeat(100_000)}`, 'OBJECTS_NOT_YAML', /nested too deeply/],
    ['deep JSON', '['.repeat(100_000), 'OBJECTS_CUT', /100000 brackets/],
    ['gzip', gzipSync('{}').toString('utf8'), 'OBJECTS_NOT_TEXT', /binary/],
    ['an ELF', '\x7fELF\x02\x01\x01\0\0', 'OBJECTS_NOT_TEXT', /binary/],
    ['UTF-16', Buffer.from('\ufeff{"kind":"List"}', 'utf16le').toString('utf8'), 'OBJECTS_NOT_TEXT', /UTF-16/],
    ['UTF-16 without a mark', Buffer.from('{"kind":"List"}', 'utf16le').toString('utf8'), 'OBJECTS_NOT_TEXT', /UTF-16/],
    ['a Table', '{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[]}', 'OBJECTS_MISTAKEN', /Table/],
    ['kubectl for people', 'NAMESPACE   NAME   TYPE\nshop   web   ClusterIP\n', 'OBJECTS_MISTAKEN', /for people/],
    ['a kubectl error', 'Error from server (Forbidden): services is forbidden', 'OBJECTS_MISTAKEN', /error message/],
    ['no resources', 'No resources found\n', 'OBJECTS_MISTAKEN', /no resources/],
    ['a kubectl warning', 'Warning: v1 Endpoints is deprecated\n{"kind":"List"}', 'OBJECTS_MISTAKEN', /warning/],
    ['nft list', 'table ip kube-proxy {\n}\n', 'OBJECTS_MISTAKEN', /nftables/],
    ['a proxy in between', '<!doctype html><html>', 'OBJECTS_MISTAKEN', /HTML/],
    ['a kubeconfig', 'apiVersion: v1\nkind: Config\nclusters: []\n', 'OBJECTS_MISTAKEN', /kubeconfig/],
  ];
  for (const [what, text, code, sentence] of cases) {
    test(what, async () => {
      const error = await refusal(text);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, sentence);
    });
  }

  test('the next step is to ask kubectl, unless another is nearer', async () => {
    assert.equal((await refusal('')).hint, howToGetObjects);
    const rules = '# Generated by iptables-save v1.8.9 (nf_tables)\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n';
    assert.match((await refusal(rules)).message, /is iptables-save text/);
    assert.match((await refusal(rules)).hint, /--rules,/);
    assert.match((await refusal(rules.replace('iptables', 'ip6tables'))).hint, /--rules6/);
    assert.match((await refusal('*filter\r\n:INPUT ACCEPT [0:0]\r\n')).hint, /--rules,/);
    const config = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';
    assert.match((await refusal(config)).hint, /--kube-proxy-config objects\.json/);
  });

  test('an error of the API server is told short, on one line, with nothing hidden', async () => {
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden' };
    const message = `services is forbidden\n\u001b[2J\u202e${'x'.repeat(1000)}`;
    const error = await refusal(JSON.stringify({ ...status, message }));
    assert.match(error.message, /"services is forbidden\\n\\u001b\[2J\\u\{202e\}x+…"$/);
    assert.ok(error.message.length < 300);
    assert.match((await refusal(JSON.stringify(status))).message, /"Forbidden"$/);
  });

  test('a bomb of aliases', async () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [before, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join()}]`);
    }
    assert.equal((await refusal(`kind: List\n${lines.join('\n')}`)).code, 'OBJECTS_NOT_YAML');
  });

  test('YAML that contains itself does no harm', async () => {
    const objects = await read('&list\nkind: List\nitems: [*list, {kind: Node, metadata: {name: a}}, *list]\n');
    assert.equal(snapshotFromObjects(objects).nodes.length, 1);
  });

  test('one mapping of many keys takes no time', async () => {
    const text = `kind: List\nitems: []\n${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n')}`;
    assert.equal((await read(text)).length, 1);
  });
});

describe('laws', () => {
  const refusedOrRead = async (text: string) => {
    try {
      snapshotFromObjects(await readObjects([{ file: 'objects.json', text }]));
    } catch (error) {
      assert.ok(error instanceof ProxyrulesError, String(error));
      assert.ok(error.hint !== undefined);
    }
  };

  test('any text is read or refused', async () => {
    const yaml = fc.string({ unit: fc.constantFrom(...'ab:-?[]{},&*!|>\'"%@#\n\n  \t0~.<') });
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString('utf8'));
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      yaml,
      yaml.map((text) => `kind: List\n${text}`),
      bytes,
    );
    await fc.assert(fc.asyncProperty(any, refusedOrRead), { numRuns: 3000 });
  });

  test('a recording cut anywhere is refused as cut', async () => {
    const text = recordedText('random-1.36-6011').trimEnd();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: text.length - 1 }), async (end) => {
        assert.equal((await refusal(text.slice(0, end))).code, 'OBJECTS_CUT');
      }),
    );
  });

  test('a YAML list cut anywhere is refused, though half of it may be YAML', async () => {
    const { stringify } = await import('yaml');
    const list = recording('cluster');
    const text = stringify({ ...list, items: list.items.slice(0, 3) }, { indentSeq: false });
    const end = text.lastIndexOf('\nkind: List') + '\nkind: Lis'.length;
    assert.ok(end > text.length - 60);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: end }), (at) => refusal(text.slice(0, at)).then(() => {})),
    );
    assert.equal((await refusal(text.slice(0, text.lastIndexOf('\n- ')))).code, 'OBJECTS_CUT');
    assert.equal((await refusal(text.slice(0, end))).code, 'OBJECTS_CUT');
  });

  test('a recording with one character changed is read or refused', async () => {
    const text = recordedText('random-1.36-6011');
    const character = fc.constantFrom(...'{}[]",:0x\\\n\0');
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), character, (at, other) =>
        refusedOrRead(text.slice(0, at) + other + text.slice(at + 1)),
      ),
    );
  });
});

// The order of `auto`, and what it says of those that failed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterError, SourceError, UsageError } from '../../src/errors.ts';
import { captureNode, sourceChoices, sourcesFor } from '../../src/sources/index.ts';
import { saveText } from './rules-text.ts';
import { scriptedNode, scriptedSource, target } from './scripted-exec.ts';

const fails = (name: 'proxy-pod' | 'debug-pod' | 'ssh', error: Error) =>
  scriptedSource(name, () => {
    throw error;
  });
const good = () => scriptedNode({ 'iptables-save -c': { stdout: saveText() }, 'cat /proc/net/ip_tables_names': {} });

describe('--source', () => {
  const api = async () => {
    throw new ClusterError('NO_CLUSTER', 'no cluster');
  };
  it('refuses what there is not', async () => {
    await assert.rejects(async () => sourcesFor('kubectl', { api }), UsageError);
    await assert.rejects(async () => sourcesFor('constructor', { api }), UsageError);
  });
  it('ssh needs no cluster', async () => {
    assert.deepEqual(
      (await sourcesFor('ssh', { api })).map(({ name }) => name),
      ['ssh'],
    );
  });
  it('auto takes ssh only where it was named', async () => {
    const names = async (ssh?: object) => {
      const server = { url: '' } as never;
      return (await sourcesFor('auto', { api: async () => server, ssh })).map(({ name }) => name);
    };
    assert.deepEqual(await names(), ['proxy-pod', 'debug-pod']);
    assert.deepEqual(await names({}), ['proxy-pod', 'debug-pod', 'ssh']);
    assert.deepEqual(sourceChoices, ['auto', 'proxy-pod', 'debug-pod', 'ssh']);
  });
});

describe('auto', () => {
  it('takes the first that can, closes it and says why the others could not', async () => {
    const node = good();
    const { capture, failed } = await captureNode(
      [fails('proxy-pod', new SourceError('X', 'no kube-proxy here')), scriptedSource('debug-pod', () => node)],
      target,
      { beside: [] },
    );
    assert.equal(capture.source, 'debug-pod');
    assert.deepEqual(failed, [{ source: 'proxy-pod', reason: 'no kube-proxy here' }]);
    assert.equal(node.closed(), 1);
  });

  it('goes on where commands fail in what was opened, and closes that', async () => {
    const deaf = scriptedNode({});
    const { capture } = await captureNode(
      [scriptedSource('proxy-pod', () => deaf), scriptedSource('ssh', good)],
      target,
      { beside: [] },
    );
    assert.equal(capture.source, 'ssh');
    assert.equal(deaf.closed(), 1);
  });

  it('says every reason when all fail', async () => {
    const among = [
      fails('proxy-pod', new SourceError('A', 'first reason')),
      fails('debug-pod', new SourceError('B', 'second reason', { hint: 'try this' })),
    ];
    await assert.rejects(captureNode(among, target, {}), (error) => {
      assert.ok(error instanceof SourceError);
      assert.equal(error.message, 'node-a could not be read: proxy-pod: first reason; debug-pod: second reason');
      assert.equal(error.hint, 'try this');
      return true;
    });
  });

  it('gives the error of the only one as it is', async () => {
    const error = new SourceError('A', 'reason', { hint: 'hint' });
    await assert.rejects(captureNode([fails('ssh', error)], target, {}), error);
  });

  it('ends at once without an API server, and at an interruption', async () => {
    const away = new ClusterError('AWAY', 'no answer');
    await assert.rejects(captureNode([fails('proxy-pod', away), scriptedSource('ssh', good)], target, {}), away);
    const stop = new AbortController();
    const reason = new Error('interrupted');
    const source = scriptedSource('proxy-pod', () => {
      stop.abort(reason);
      throw new SourceError('A', 'a');
    });
    await assert.rejects(captureNode([source, scriptedSource('ssh', good)], target, { signal: stop.signal }), reason);
  });
});

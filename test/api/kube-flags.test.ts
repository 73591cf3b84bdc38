import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequestTimeout } from '../../src/api/kube-flags.ts';

test('--request-timeout is a Go duration, or seconds', () => {
  const table: readonly (readonly [string | undefined, number | undefined])[] = [
    [undefined, undefined],
    ['0', undefined],
    ['0s', undefined],
    ['5', 5000],
    ['5s', 5000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['.5s', 500],
  ];
  assert.deepEqual(
    table.map(([text]) => [text, readRequestTimeout(text)]),
    table,
  );
  for (const bad of ['', 'soon', '5x', '-1s', '5 s', 's', '1m5']) {
    assert.throws(() => readRequestTimeout(bad), { code: 'REQUEST_TIMEOUT', exitCode: 2 }, bad);
  }
});

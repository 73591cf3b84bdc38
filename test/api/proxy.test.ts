import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentProxy } from '../../src/api/proxy.ts';

// golang.org/x/net/http/httpproxy proxy_test.go UseProxyTests, and the rules of its documentation.
const noProxy =
  'foobar.com, .barbaz.net,*.star.net,192.168.1.1,192.168.1.2:81,192.168.1.3:80, 10.0.0.0/30,2001:db8::52:0:1,[2001:db8::52:0:2]:443,[2001:db8::52:0:3]:80,2002:db8:a::45/64';
const table: readonly (readonly [server: string, used: boolean])[] = [
  ['https://localhost', false],
  ['https://localhost:6443', false],
  ['https://127.0.0.1', false],
  ['https://127.0.0.2:6443', false],
  ['https://[::1]:6443', false],
  ['https://[::2]:6443', true],
  ['https://localhost.net', true],
  ['https://foobar.com', false],
  ['https://FOOBAR.com:6443', false],
  ['https://www.foobar.com', false],
  ['https://foofoobar.com', true],
  ['https://barbaz.net', true],
  ['https://www.barbaz.net', false],
  ['https://baz.com', true],
  ['https://star.net', true],
  ['https://a.star.net', false],
  ['https://192.168.1.1', false],
  ['https://192.168.1.2', true],
  ['https://192.168.1.2:81', false],
  ['https://192.168.1.3', true],
  ['http://192.168.1.3', false],
  ['https://192.168.1.4', true],
  ['https://10.0.0.2', false],
  ['https://10.0.0.4', true],
  ['https://[2001:db8::52:0:1]', false],
  ['https://[2001:db8::52:0:2]', false],
  ['https://[2001:db8::52:0:3]', true],
  ['https://[2002:db8:a::123]', false],
  ['https://[fe80::424b:c8be:1643:a1b6]', true],
  ['https://prox.test', true],
];

test('NO_PROXY is read as Go reads it', () => {
  const env = { HTTPS_PROXY: 'proxy', HTTP_PROXY: 'proxy', NO_PROXY: noProxy };
  const read = table.map(([server]) => [server, environmentProxy(new URL(server), env) !== undefined]);
  assert.deepEqual(read, table);
});

test('which variable counts', () => {
  const proxy = (server: string, env: Record<string, string>) => environmentProxy(new URL(server), env)?.href;
  assert.equal(proxy('https://a.test', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1' }), 'http://p:1/');
  assert.equal(proxy('https://a.test', { https_proxy: 'q:1' }), 'http://q:1/');
  assert.equal(proxy('https://a.test', { HTTP_PROXY: 'http://p:1', ALL_PROXY: 'http://q:1' }), undefined);
  assert.equal(proxy('http://a.test', { HTTP_PROXY: 'socks5://p:1' }), 'socks5://p:1');
  assert.equal(proxy('https://a.test', { HTTPS_PROXY: 'p', NO_PROXY: '*' }), undefined);
  assert.equal(proxy('https://a.test', { HTTPS_PROXY: 'p', NO_PROXY: ' , ' }), 'http://p/');
  assert.equal(proxy('https://a.test', { HTTPS_PROXY: 'p', no_proxy: 'a.test' }), undefined);
});

// Certificates for the tests' own servers, made by openssl at first use, once a process. node:crypto cannot make X.509.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Pki {
  /** Removed when the process ends. */
  readonly directory: string;
  readonly caFile: string;
  readonly ca: string;
  /** Another authority, which signed nothing that is used here. */
  readonly otherCaFile: string;
  /** Good for 127.0.0.1, localhost and `kubernetes.test`. */
  readonly server: Pair;
  /** Good for `elsewhere.test` only. */
  readonly wrongName: Pair;
  readonly expired: Pair;
  /** Signed by the other authority. */
  readonly stranger: Pair;
  /** A client certificate: CN is the user, each O a group. */
  client(user: string, groups?: readonly string[]): Pair;
}

let made: Pki | undefined;

export function testPki(): Pki {
  made ??= makePki();
  return made;
}

function makePki(): Pki {
  const directory = mkdtempSync(join(tmpdir(), 'kpr-pki-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string) => join(directory, name);
  const openssl = (...argv: string[]) => execFileSync('openssl', argv, { cwd: directory, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

  const authority = (name: string) => {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-days',
      '30',
      '-subj',
      `/CN=${name}`,
    );
  };
  const pair = (
    name: string,
    subject: string,
    extensions: readonly string[],
    { by = 'ca', days = '30' } = {},
  ): Pair => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(path(`${name}.ext`), `${extensions.join('\n')}\n`);
    const signed = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-set_serial', `${serial++}`, '-days', days];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
    const [certFile, keyFile] = [path(`${name}.crt`), path(`${name}.key`)];
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  };
  let serial = 2;
  const here = 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.test';
  const clients = new Map<string, Pair>();

  authority('ca');
  authority('other');
  return {
    directory,
    caFile: path('ca.crt'),
    ca: readFileSync(path('ca.crt'), 'utf8'),
    otherCaFile: path('other.crt'),
    server: pair('server', '/CN=kube-apiserver', [here]),
    wrongName: pair('wrong-name', '/CN=elsewhere', ['subjectAltName=DNS:elsewhere.test']),
    expired: pair('expired', '/CN=kube-apiserver', [here], { days: '-1' }),
    stranger: pair('stranger', '/CN=kube-apiserver', [here], { by: 'other' }),
    client: (user, groups = []) => {
      const subject = `${groups.map((group) => `/O=${group}`).join('')}/CN=${user}`;
      const known = clients.get(subject);
      if (known !== undefined) return known;
      const fresh = pair(`client-${clients.size}`, subject, ['extendedKeyUsage=clientAuth']);
      clients.set(subject, fresh);
      return fresh;
    },
  };
}

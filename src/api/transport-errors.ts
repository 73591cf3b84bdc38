// Why there was no answer, in a sentence: the network, the proxy, or TLS (node:tls error codes, OpenSSL's verify results).
import { ClusterError } from '../errors.ts';

export interface Asked {
  /** `https://10.0.0.1:6443` */
  readonly server: string;
  /** `host:port` of the proxy in between. */
  readonly proxy: string | undefined;
}

/** Never holds what was sent. */
export function transportError(error: unknown, { server, proxy }: Asked): ClusterError {
  if (error instanceof ClusterError) return error;
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  const through = proxy === undefined ? '' : ` through the proxy ${proxy}`;
  const failure = (short: string, sentence: string, hint: string) =>
    new ClusterError(short, sentence, { hint, cause: causeOf(code, message) });
  const status = /^Bad response: (\d+)$/.exec(message)?.[1];
  if (proxy !== undefined && (status !== undefined || message === 'Proxy timeout')) {
    const said = status === undefined ? 'did not answer' : `answered ${status}`;
    return failure('CLUSTER_PROXY', `The proxy ${proxy} ${said} when asked for ${server}.`, proxyHint);
  }
  if (authorityCodes.has(code)) {
    return failure(
      'CLUSTER_TLS_AUTHORITY',
      `The certificate of ${server} is signed by an authority that the kubeconfig does not know.`,
      'Is certificate-authority of the right cluster? See: kubectl config view --minify',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = /altnames?: (.*)$/i.exec(message)?.[1]?.slice(0, 200);
    const good = names === undefined ? '' : ` (it is for ${names})`;
    return failure(
      'CLUSTER_TLS_NAME',
      `The certificate of ${server} is not for that name${good}.`,
      'Ask by a name it is for, or say which one to expect: --tls-server-name NAME',
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const how = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return failure(
      'CLUSTER_TLS_EXPIRED',
      `The certificate of ${server} ${how}.`,
      'Compare the clocks, then renew it; with kubeadm: kubeadm certs check-expiration',
    );
  }
  if (
    /ALERT_(CERTIFICATE|BAD_CERT|UNKNOWN_CA|ACCESS_DENIED)|TLSV13_ALERT_CERTIFICATE_REQUIRED|ALERT_CERTIFICATE_EXPIRED/.test(
      code,
    )
  ) {
    return failure(
      'CLUSTER_TLS_CLIENT',
      `${server} refused our client certificate.`,
      'It may have expired; make the kubeconfig anew.',
    );
  }
  if (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
    code === 'ERR_SSL_HTTP_REQUEST'
  ) {
    return failure(
      'CLUSTER_TLS',
      `${server} does not speak TLS.`,
      'Is the server of the cluster http:// ? See: kubectl config view --minify',
    );
  }
  if (/^ERR_(SSL|TLS|OSSL|CRYPTO)|^EPROTO$|CERT|CRL/.test(code)) {
    return failure('CLUSTER_TLS', `There is no TLS connection with ${server}: ${code}.`, 'Try: kubectl get nodes -v=6');
  }
  const known = network[code];
  if (known !== undefined)
    return failure(known.code, known.sentence(`${server}${through}`), proxy === undefined ? known.hint : proxyHint);
  return failure(
    'CLUSTER_CONNECTION',
    `The connection to ${server}${through} failed${code && ` with ${code}`}.`,
    'Try: kubectl get nodes -v=6',
  );
}

/** The server took too long. */
export function timeoutError(server: string, what: string, ms: number): ClusterError {
  return new ClusterError('CLUSTER_TIMEOUT', `${server} ${what} within ${ms / 1000} s.`, {
    hint: 'Is the way to it open? Try: kubectl get --raw /readyz. To wait longer: --request-timeout',
  });
}

// The error itself may carry the options of the request.
function causeOf(code: string, message: string): { readonly code: string } | undefined {
  return code === '' && message === '' ? undefined : { code };
}

const proxyHint =
  'The proxy is from proxy-url in the kubeconfig, or from HTTPS_PROXY; NO_PROXY leaves the cluster out.';

const authorityCodes = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

interface Known {
  readonly code: string;
  readonly hint: string;
  sentence(server: string): string;
}

const unreachable: Known = {
  code: 'CLUSTER_UNREACHABLE',
  sentence: (server) => `There is no way to ${server}.`,
  hint: 'Is a VPN needed? The address is in: kubectl config view --minify',
};
const silent: Known = {
  code: 'CLUSTER_TIMEOUT',
  sentence: (server) => `${server} did not answer in time.`,
  hint: 'Is a firewall in between, or a VPN needed? Try: kubectl get --raw /readyz',
};
const cut: Known = {
  code: 'CLUSTER_CUT',
  sentence: (server) => `${server} broke the connection off.`,
  hint: 'Try again; if it stays so: kubectl get --raw /readyz -v=6',
};
const network: Readonly<Record<string, Known>> = {
  ECONNREFUSED: {
    code: 'CLUSTER_REFUSED',
    sentence: (server) => `The connection to ${server} was refused.`,
    hint: 'Does the cluster run, and is this its address? Try: kubectl get --raw /readyz',
  },
  ENOTFOUND: {
    code: 'CLUSTER_UNKNOWN_HOST',
    sentence: (server) => `The name in ${server} has no address.`,
    hint: 'Is a VPN needed? The name is in: kubectl config view --minify',
  },
  EAI_AGAIN: {
    code: 'CLUSTER_UNKNOWN_HOST',
    sentence: (server) => `The name in ${server} cannot be looked up now.`,
    hint: 'Does name resolution work here?',
  },
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EACCES: unreachable,
  ETIMEDOUT: silent,
  ESOCKETTIMEDOUT: silent,
  ECONNRESET: cut,
  EPIPE: cut,
  ECONNABORTED: cut,
};

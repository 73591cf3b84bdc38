// A small HTTP proxy: CONNECT, and whole URLs for plain HTTP. It records what it was asked and can want a password.
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface TestProxy {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `CONNECT host:port`, `GET http://...`, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** `user:password`; without it everyone may. */
  readonly login?: string;
  /** Where every name leads: `127.0.0.1`. */
  readonly leadsTo?: string;
}

export async function startProxy({ login, leadsTo }: ProxyOptions = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const mayPass = (message: IncomingMessage) =>
    login === undefined || message.headers['proxy-authorization'] === `Basic ${btoa(login)}`;

  const server = createServer((message, response) => {
    asked.push(`${message.method} ${message.url}`);
    const url = URL.parse(message.url ?? '');
    if (url === null || !mayPass(message)) return void response.writeHead(407).end();
    const { host: _, 'proxy-authorization': __, ...headers } = message.headers;
    const onward = request(
      {
        host: leadsTo ?? url.hostname,
        port: url.port,
        path: url.pathname + url.search,
        method: message.method,
        headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    message.pipe(onward);
  });
  server.on('connect', (message: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${message.url}`);
    if (!mayPass(message)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const [, name = '', port = ''] = /^(.*):(\d+)$/.exec(message.url ?? '') ?? [];
    const onward = connect(Number(port), leadsTo ?? name, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) {
      sockets.add(end);
      end.on('error', () => {
        onward.destroy();
        socket.destroy();
      });
      end.on('close', () => sockets.delete(end));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

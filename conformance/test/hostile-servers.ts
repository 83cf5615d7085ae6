import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import {
  connect,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeCertificate } from '@deephealth/sdk/testing';

/** Something on loopback that does not behave. */
export interface Hostile {
  readonly address: string;
  stop(): void;
}

async function listening(server: Server, stop: () => void = () => undefined): Promise<Hostile> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    stop: () => {
      stop();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** By what they do once a connection is there. */
export const CONNECTIONS: Readonly<Record<string, () => Promise<Hostile>>> = {
  'accepts and says nothing': () => listening(createServer(() => undefined)),
  'closes at once': () => listening(createServer((socket) => socket.destroy())),
  'answers garbage': () => listening(createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'))),
  'speaks HTTP/1': () => listening(createHttpServer((_, response) => response.end('hello'))),
  'needs TLS': () => {
    const { certificate, key } = makeCertificate({ name: 'localhost', hosts: ['localhost'] });
    const server = createTlsServer({ cert: certificate, key, ALPNProtocols: ['h2'] });
    return listening(server.on('tlsClientError', () => undefined));
  },
};

export interface Answer {
  headers: IncomingHttpHeaders;
  body: Buffer;
  trailers: IncomingHttpHeaders;
}

/** Answers a call, or does something else with it. */
export type Tamper = (stream: ServerHttp2Stream, answer: Answer, path: string) => void;

/** In front of a server that is right: what it answers goes through `tamper`. Calls that stream are answered at their end. */
export async function tampering(behind: string, tamper: Tamper): Promise<Hostile> {
  const session = connect(`http://${behind}`);
  session.on('error', () => undefined);
  const server = createHttp2Server();
  server.on('session', (one) => one.on('error', () => undefined));
  server.on('stream', (stream, { ':path': path = '', ...headers }) => {
    stream.on('error', () => undefined);
    const onward = session.request({
      ...Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':'))),
      ...{ ':method': 'POST', ':path': path },
    });
    onward.on('error', () => stream.close());
    stream.on('close', () => onward.close());
    stream.pipe(onward);
    const answer: Answer = { headers: {}, body: Buffer.alloc(0), trailers: {} };
    onward.on('response', (got) => Object.assign(answer.headers, got));
    onward.on('trailers', (got) => Object.assign(answer.trailers, got));
    onward.on('data', (bytes: Buffer) => {
      answer.body = Buffer.concat([answer.body, bytes]);
    });
    onward.on('end', () => {
      if (!stream.destroyed) tamper(stream, answer, path);
    });
  });
  return listening(server as unknown as Server, () => session.destroy());
}

/** The answer as it is. */
export const honest: Tamper = (stream, { headers, body, trailers }) => {
  const own = Object.fromEntries(
    Object.entries(headers).filter(([name]) => name !== 'date' && name !== 'content-length'),
  );
  // An error comes as headers alone.
  if (body.byteLength === 0) {
    stream.respond(own as never, { endStream: true });
    return;
  }
  stream.respond(own as never, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers as never));
  stream.end(body);
};

/** Speaks so much HTTP/2 that a call comes about, and answers its headers with headers that never end. */
export function endlessHeaders(): Promise<Hostile> {
  const frame = (type: number, flags: number, id: number, content: Buffer) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(content.byteLength, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(id, 5);
    return Buffer.concat([head, content]);
  };
  // A literal header without a place in the table: name and value of 127 letters at most.
  const literal = (name: string, value: string) =>
    Buffer.concat([
      Buffer.from([0x10, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]);
  return listening(
    createServer((socket) => {
      socket.write(frame(4, 0, 0, Buffer.alloc(0)));
      let isFlooding = false;
      socket.on('data', () => {
        socket.write(frame(4, 1, 0, Buffer.alloc(0)));
        if (isFlooding) return;
        isFlooding = true;
        setTimeout(() => {
          socket.write(frame(1, 0, 1, Buffer.concat([Buffer.from([0x88]), literal('x-a', 'a'.repeat(100))])));
          const more = frame(9, 0, 1, literal('x-b', 'b'.repeat(100)));
          const pour = () => {
            while (!socket.destroyed && socket.write(more));
          };
          socket.on('drain', pour);
          pour();
        }, 100);
      });
    }),
  );
}

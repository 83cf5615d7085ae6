import {
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** Hands a stream on to the server behind, with these headers; what comes back goes to the caller. */
export type PassOn = (headers?: IncomingHttpHeaders) => ClientHttp2Stream;

/** What a mutant does to HTTP/2 itself, where the library of the server gives no way in. */
export interface WireFront {
  onSession?(session: ServerHttp2Session, all: ReadonlySet<ServerHttp2Session>): void;
  onStream?(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, passOn: PassOn): void;
}

export interface RunningFront {
  readonly port: number;
  stop(): void;
}

/** Stands before the server at `address`, on loopback: whatever a front does not change arrives as it is. */
export async function serveFront(front: WireFront, address: string, wanted: number): Promise<RunningFront> {
  const sessions = new Set<ServerHttp2Session>();
  // As many headers as a caller likes: what to do about them is the front's.
  const server = createServer({ maxHeaderListPairs: 1_000_000 });
  server.on('session', (session) => {
    const onward = connect(`http://${address}`);
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => {
      sessions.delete(session);
      onward.destroy();
    });
    onward.on('error', () => session.destroy());
    session.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      const passOn: PassOn = (changed = headers) => relay(stream, onward.request({ ...changed }));
      if (front.onStream === undefined) passOn();
      else front.onStream(stream, headers, passOn);
    });
    front.onSession?.(session, sessions);
  });
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

function relay(stream: ServerHttp2Stream, onward: ClientHttp2Stream): ClientHttp2Stream {
  let trailers: IncomingHttpHeaders = {};
  stream.pipe(onward);
  stream.on('close', () => onward.close(constants.NGHTTP2_CANCEL));
  onward.on('error', () => undefined);
  onward.on('trailers', (received) => {
    trailers = received;
  });
  onward.on('response', (headers, flags) => {
    if (stream.destroyed) return;
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond({ ...headers }, isWhole ? { endStream: true } : { waitForTrailers: true });
    if (isWhole) return;
    stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
    onward.pipe(stream);
  });
  onward.on('close', () => {
    if (onward.rstCode !== 0 && !stream.destroyed) stream.close(onward.rstCode);
  });
  return onward;
}

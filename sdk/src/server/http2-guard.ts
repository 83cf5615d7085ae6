import type http2 from 'node:http2';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { toGrpcFailure } from '../errors/grpc-status.js';
import type { Http2Limits } from './http2-limits.js';
import { MESSAGE_PREFIX_BYTES, MessageBytes } from './message-bytes.js';

/** Codes of RFC 9113, section 7. */
const CODE = { noError: 0, cancel: 8, enhanceYourCalm: 11 } as const;
/** Headers of a call that count as its own, in bytes: names, a token, a trace. */
const HEADERS_OF_CALL_BYTES = 4096;
/** A message of this size is let in whatever else is held. */
const SMALL_MESSAGE_BYTES = 64 * 1024;
/** A piece in the middle of a message costs as much as so many bytes, however small it is: an object of its own. */
const PIECE_BYTES = 512;
/** How much of the data of a connection its frames' own headers may be, whoever cuts them. */
const FRAMING_SHARE = 0.1;

type Stream = http2.ServerHttp2Stream;
type Session = http2.ServerHttp2Session;

interface Watched {
  readonly message: MessageBytes;
  /** Bytes of answers that waited at the last look, and since when just as many do. */
  unread: number;
  unreadSinceMs: number;
}

interface SessionWatch {
  readonly openedAtMs: number;
  readonly streams: Map<Stream, Watched>;
  isGreeted: boolean;
  /** When its last call ended; its beginning before any. */
  idleSinceMs: number;
  hasCalled: boolean;
  /** Bytes that it may send beside messages before it is ended. */
  allowance: number;
  /** Calls that its caller may cancel before it is ended. */
  cancels: number;
  dataBytes: number;
  bytesRead: number;
  bytesWritten: number;
}

/**
 * Keeps one HTTP/2 server alive under callers that break rules of it, or use them up. What Node.js leaves open
 * (20 to 24): it reads frames of control without end, lets a connection whose streams are reset too fast stay open
 * for ever, and knows no limit of connections, streams, and bytes held for all of them together.
 */
export class Http2Guard {
  readonly #limits: Http2Limits;
  readonly #sessions = new Map<Session, SessionWatch>();
  #streamCount = 0;
  #heldBytes = 0;
  #sweptAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Http2Limits) {
    this.#limits = limits;
  }

  /** Watches all connections of the server; before anything else listens to it. */
  watch(server: http2.Http2Server | http2.Http2SecureServer): void {
    // Those that a guard ends are still there for a moment.
    server.maxConnections = this.#limits.maxSessions + 128;
    server.on('session', (session: Session) => this.#openSession(session));
    server.on('stream', (stream: Stream, headers: http2.IncomingHttpHeaders, _flags: number, rawHeaders?: string[]) => {
      showEveryAuthorization(headers, rawHeaders);
      this.#openStream(stream);
    });
  }

  #openSession(session: Session): void {
    if (this.#sessions.size >= this.#limits.maxSessions) end(this.#longestIdle() ?? session);
    const now = performance.now();
    const watch: SessionWatch = {
      openedAtMs: now,
      streams: new Map(),
      isGreeted: false,
      idleSinceMs: now,
      hasCalled: false,
      allowance: 2 * this.#limits.overheadBytesPerSecond,
      cancels: this.#limits.cancelBurst,
      dataBytes: 0,
      bytesRead: 0,
      bytesWritten: 0,
    };
    this.#sessions.set(session, watch);
    session.once('remoteSettings', () => {
      watch.isGreeted = true;
    });
    // Without a listener the error of a session that breaks would be one of the process.
    session.on('error', () => undefined);
    session.once('close', () => {
      this.#sessions.delete(session);
      if (this.#sessions.size === 0) this.#rest();
    });
    this.#timer ??= setInterval(() => this.#sweep(), this.#limits.sweepMs).unref();
  }

  #openStream(stream: Stream): void {
    const session = stream.session as Session | undefined;
    const watch = session && this.#sessions.get(session);
    if (session === undefined || watch === undefined) return;
    const watched: Watched = { message: new MessageBytes(), unread: 0, unreadSinceMs: 0 };
    watch.streams.set(stream, watched);
    watch.hasCalled = true;
    watch.allowance += HEADERS_OF_CALL_BYTES;
    this.#streamCount += 1;
    stream.on('data', (chunk: Buffer) => this.#take(stream, watch, watched, chunk));
    stream.once('close', () => {
      watch.streams.delete(stream);
      this.#streamCount -= 1;
      this.#heldBytes -= watched.message.heldBytes;
      watched.message.heldBytes = 0;
      if (watch.streams.size === 0) watch.idleSinceMs = performance.now();
      if (stream.aborted && --watch.cancels < 0) end(session);
    });
    if (this.#streamCount > this.#limits.maxStreams) this.#endLargest();
  }

  #take(stream: Stream, watch: SessionWatch, { message }: Watched, chunk: Buffer): void {
    if (stream.closed) return;
    watch.dataBytes += chunk.byteLength;
    const before = message.heldBytes;
    const isInside = message.begunAtMs !== undefined && before > MESSAGE_PREFIX_BYTES;
    message.take(chunk);
    if (isInside && message.begunAtMs !== undefined) watch.allowance -= Math.max(0, PIECE_BYTES - chunk.byteLength);
    this.#heldBytes += message.heldBytes - before;
    if (this.#heldBytes > this.#limits.maxHeldBytes && message.heldBytes > SMALL_MESSAGE_BYTES) refuse(stream);
  }

  /** The connection that has had no call for longest; one that never had any before all others. */
  #longestIdle(): Session | undefined {
    let found: [Session, SessionWatch] | undefined;
    for (const [session, watch] of this.#sessions) {
      if (watch.streams.size > 0 || session.destroyed) continue;
      const isEarlier =
        found === undefined ||
        (found[1].hasCalled && !watch.hasCalled) ||
        (found[1].hasCalled === watch.hasCalled && watch.idleSinceMs < found[1].idleSinceMs);
      if (isEarlier) found = [session, watch];
    }
    // It leaves the table at once, so that the next one finds another.
    if (found !== undefined) this.#sessions.delete(found[0]);
    return found?.[0];
  }

  #endLargest(): void {
    let largest: [Session, SessionWatch] | undefined;
    for (const entry of this.#sessions) {
      if (entry[0].destroyed) continue;
      if (largest === undefined || entry[1].streams.size > largest[1].streams.size) largest = entry;
    }
    if (largest !== undefined) end(largest[0]);
  }

  #sweep(): void {
    const now = performance.now();
    const seconds = (now - this.#sweptAtMs) / 1000;
    this.#sweptAtMs = now;
    let unreadBytes = 0;
    let worst: { session: Session; unread: number } | undefined;
    for (const [session, watch] of this.#sessions) {
      if (session.destroyed) continue;
      watch.cancels = Math.min(this.#limits.cancelBurst, watch.cancels + seconds * this.#limits.cancelsPerSecond);
      if (this.#isFlooding(session, watch, seconds) || this.#isSilent(watch, now)) {
        end(session);
        continue;
      }
      const unread = this.#sweepStreams(watch, now);
      unreadBytes += unread;
      const { bytesWritten } = session.socket;
      const isStill = bytesWritten === watch.bytesWritten;
      watch.bytesWritten = bytesWritten;
      if (isStill && unread > (worst?.unread ?? 0)) worst = { session, unread };
    }
    if (unreadBytes > this.#limits.maxUnreadBytes && worst !== undefined) end(worst.session);
  }

  #isFlooding(session: Session, watch: SessionWatch, seconds: number): boolean {
    const { overheadBytesPerSecond } = this.#limits;
    const { bytesRead } = session.socket;
    const overhead = bytesRead - watch.bytesRead - watch.dataBytes * (1 + FRAMING_SHARE);
    watch.bytesRead = bytesRead;
    watch.dataBytes = 0;
    // What a connection may send of calls' headers is not saved up for other frames.
    const most = 2 * overheadBytesPerSecond;
    watch.allowance = Math.min(most, watch.allowance - Math.max(0, overhead) + seconds * overheadBytesPerSecond);
    return watch.allowance < 0;
  }

  #isSilent(watch: SessionWatch, now: number): boolean {
    return !watch.isGreeted && now - watch.openedAtMs > this.#limits.prefaceMs;
  }

  /** Ends calls that stand still; returns the bytes of answers that wait to be read. */
  #sweepStreams(watch: SessionWatch, now: number): number {
    let sum = 0;
    for (const [stream, watched] of watch.streams) {
      const { begunAtMs } = watched.message;
      if (begunAtMs !== undefined && now - begunAtMs > this.#limits.messageMs && !stream.isPaused()) {
        stream.close(CODE.cancel);
        continue;
      }
      const unread = stream.writableLength;
      sum += unread;
      if (unread === 0 || unread !== watched.unread) watched.unreadSinceMs = now;
      else if (now - watched.unreadSinceMs > this.#limits.stalledMs) stream.close(CODE.cancel);
      watched.unread = unread;
    }
    return sum;
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * Of two headers `authorization` Node keeps the first one, and a proxy may have looked at the other: whoever asks after
 * us, grpc-js with its metadata, gets both, so that they are refused.
 */
export function showEveryAuthorization(headers: http2.IncomingHttpHeaders, rawHeaders: readonly string[] = []): void {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at] === 'authorization') values.push(rawHeaders[at + 1] as string);
  }
  if (values.length > 1) Object.assign(headers, { authorization: values });
}

/** Not while Node reads from the session: Node 20 would go on with streams that are freed already. */
function end(session: Session): void {
  setImmediate(() => {
    if (!session.destroyed) session.destroy(undefined, CODE.enhanceYourCalm);
  });
}

/** The answer of a call that is refused before grpc-js has its message. */
function refuse(stream: Stream): void {
  if (stream.headersSent || stream.destroyed) {
    stream.close(CODE.cancel);
    return;
  }
  const { code, details, metadata } = toGrpcFailure(
    new DeepHealthError('DH_QUEUE_FULL', 'The server holds as many large requests as it can. Send it again later.'),
  );
  stream.respond(
    {
      ...metadata?.toHttp2Headers(),
      ...{ ':status': 200, 'content-type': 'application/grpc+proto' },
      ...{ 'grpc-status': String(code), 'grpc-message': encodeURIComponent(details ?? '').replaceAll('%20', ' ') },
    },
    { endStream: true },
  );
  // The rest of the message is not wanted.
  stream.close(CODE.noError);
}

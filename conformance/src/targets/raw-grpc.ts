import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket, type NetConnectOpts, type Socket } from 'node:net';
import { modelRuntimeService } from '@deephealth/proto';
import { type MethodDefinition, status } from '@grpc/grpc-js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { afterReading } from './after-reading.js';
import type { TargetOptions } from './target-client.js';

/** What a server sent in answer to one HTTP/2 stream. */
export interface RawAnswer {
  readonly httpStatus: number | undefined;
  /** Name of the gRPC status that the server itself sent; undefined if it sent none. */
  readonly status: string | undefined;
  readonly message: string;
  /** Messages without their frames. */
  readonly messages: readonly Buffer[];
  /** Code of HTTP/2 that ended the stream; 0 for an end in order. */
  readonly resetCode: number;
}

const PREFIX_BYTES = 5;

/** A message as gRPC frames it. `length` and `flag` may lie. */
export function frame(message: Uint8Array, { flag = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(flag, 0);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

function methodOf(rpc: string): MethodDefinition<unknown, unknown> {
  const methods = modelRuntimeService() as unknown as Record<string, MethodDefinition<unknown, unknown>>;
  const method = methods[rpc];
  if (method === undefined) throw new RangeError(`the contract has no method "${rpc}"`);
  return method;
}

/** Where a target listens, for a socket. */
export function socketAddress({ address }: TargetOptions): NetConnectOpts {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) };
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

/** Path of a method of the contract. */
export function pathOf(rpc: string): string {
  return methodOf(rpc).path;
}

/** Bytes of a request of the contract. */
export function encode(rpc: string, message: unknown): Buffer {
  return methodOf(rpc).requestSerialize(message);
}

/** The response of a method of the contract. Throws TargetFailure for bytes that are none. */
export function decode(rpc: string, bytes: Buffer): unknown {
  try {
    return methodOf(rpc).responseDeserialize(bytes);
  } catch {
    throw new TargetFailure(`the answer to ${rpc} is no message of the contract`);
  }
}

/**
 * A client of HTTP/2 that does what no gRPC library would: it breaks frames, keeps no deadline of its
 * own, and shows what the server itself sends.
 */
export class RawGrpc {
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;

  private constructor(session: ClientHttp2Session, socket: Socket) {
    this.#session = session;
    this.#socket = socket;
  }

  /** Throws TargetFailure if nothing answers within `waitMs`, NotJudged for a target behind TLS. */
  static async connect(target: TargetOptions, waitMs: number): Promise<RawGrpc> {
    if (target.credentials?._isSecure() === true) {
      throw new NotJudged('notApplicable', 'what happens on the wire is judged without TLS only');
    }
    const socket = connectSocket(socketAddress(target));
    socket.on('error', () => undefined);
    const session = connect('http://localhost', {
      createConnection: () => socket,
      // As much as a test likes to send.
      maxSendHeaderBlockLength: 4 * 1024 * 1024,
      // In MB: a session that holds more of what is being sent refuses what comes.
      maxSessionMemory: 1024,
    });
    session.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        session.destroy();
        reject(new TargetFailure(`a new connection is not answered within ${Math.round(waitMs)} ms`));
      }, waitMs);
      // Settings are the first thing that a server of HTTP/2 says.
      session.once('remoteSettings', () => {
        clearTimeout(timer);
        resolve();
      });
      session.once('close', () => {
        clearTimeout(timer);
        reject(new TargetFailure('a new connection is closed at once'));
      });
    });
    return new RawGrpc(session, socket);
  }

  /** Streams that the server lets one connection have open. */
  get maxStreams(): number {
    return this.#session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
  }

  get isClosed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  /** Opens a stream; nothing of a body is sent. */
  open(path: string, headers: Readonly<Record<string, string>> = {}): RawCall {
    if (this.isClosed) throw new TargetFailure('the server has ended the connection');
    return new RawCall(
      this.#session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      }),
    );
  }

  /** Sends a whole body and half-closes. */
  send(path: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): RawCall {
    const call = this.open(path, headers);
    call.end(body);
    return call;
  }

  /** Ends the connection as a client does that vanishes: nothing is said to the server. */
  vanish(): void {
    this.#socket.destroy();
  }

  close(): void {
    afterReading(() => this.#session.destroy());
  }
}

/** One stream of a {@link RawGrpc}. */
export class RawCall {
  readonly #stream: ClientHttp2Stream;
  readonly #messages: Buffer[] = [];
  readonly #closed: Promise<void>;
  #received = Buffer.alloc(0);
  #headers: IncomingHttpHeaders = {};
  #trailers: IncomingHttpHeaders = {};
  #onMessage: () => void = () => undefined;

  constructor(stream: ClientHttp2Stream) {
    this.#stream = stream;
    stream.on('error', () => undefined);
    stream.on('response', (headers) => {
      this.#headers = headers;
    });
    stream.on('trailers', (trailers) => {
      this.#trailers = trailers;
    });
    this.#closed = new Promise((resolve) => {
      // The server has said all that it will, whether or not this side has.
      stream.once('end', () => {
        stream.end();
        resolve();
      });
      stream.once('close', resolve);
    });
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** True if it may be written more at once. */
  write(bytes: Uint8Array): boolean {
    return !this.#stream.destroyed && this.#stream.write(bytes);
  }

  /** Resolves true when more can be written, false if `waitMs` pass before. */
  drained(waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(false), waitMs);
      const onDrain = () => settle(true);
      const settle = (isDrained: boolean) => {
        clearTimeout(timer);
        this.#stream.off('drain', onDrain);
        resolve(isDrained);
      };
      this.#stream.once('drain', onDrain);
    });
  }

  end(bytes?: Uint8Array): void {
    this.#stream.end(bytes);
  }

  /** RST_STREAM with CANCEL. */
  reset(): void {
    afterReading(() => this.#stream.close(constants.NGHTTP2_CANCEL));
  }

  /** Reads nothing more, until {@link read}. */
  stopReading(): void {
    this.#stream.pause();
  }

  read(): void {
    this.#stream.resume();
  }

  /** Resolves when `count` messages have come, with all that have. Throws TargetFailure after `waitMs`. */
  async messages(count: number, waitMs: number): Promise<readonly Buffer[]> {
    await within(
      waitMs,
      () => `${this.#messages.length} of ${count} messages came`,
      new Promise<void>((resolve) => {
        this.#onMessage = () => {
          if (this.#messages.length >= count) resolve();
        };
        this.#onMessage();
        void this.#closed.then(resolve);
      }),
    );
    if (this.#messages.length < count) {
      throw new TargetFailure(
        `the stream ended after ${this.#messages.length} of ${count} messages, with ${this.#answer().status ?? 'no status'}`,
      );
    }
    return this.#messages;
  }

  /** Everything that came, once the stream is closed. Throws TargetFailure after `waitMs`. */
  async answer(waitMs: number): Promise<RawAnswer> {
    await within(waitMs, () => 'the call is not answered', this.#closed);
    return this.#answer();
  }

  #answer(): RawAnswer {
    const code = this.#trailers['grpc-status'] ?? this.#headers['grpc-status'];
    const message = this.#trailers['grpc-message'] ?? this.#headers['grpc-message'] ?? '';
    return {
      httpStatus: this.#headers[':status'] === undefined ? undefined : Number(this.#headers[':status']),
      status: code === undefined ? undefined : (status[Number(code)] ?? `status ${code}`),
      message: String(message),
      messages: this.#messages,
      resetCode: this.#stream.rstCode ?? 0,
    };
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + this.#received.readUInt32BE(1);
      if (this.#received.length < end) break;
      this.#messages.push(Buffer.from(this.#received.subarray(PREFIX_BYTES, end)));
      this.#received = this.#received.subarray(end);
    }
    this.#onMessage();
  }
}

async function within(waitMs: number, late: () => string, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new TargetFailure(`${late()} within ${Math.round(waitMs)} ms`)), waitMs);
  });
  try {
    await Promise.race([done, limit]);
  } finally {
    clearTimeout(timer);
  }
}

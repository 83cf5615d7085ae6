import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Types of frames, RFC 9113 section 6. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames; ACK is the one of SETTINGS and PING. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const HEADER_BYTES = 9;

/** One frame, whatever it holds. */
export function http2Frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntBE(payload.byteLength, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

/** A header field as HPACK has it without tables and without Huffman codes: names of at most 126 bytes. */
export function literalHeader(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x10, name.length]),
    Buffer.from(name),
    hpackLength(value.length),
    Buffer.from(value),
  ]);
}

/** The header block of a gRPC call. */
export function grpcHeaders(path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const fields = {
    ...{ ':method': 'POST', ':scheme': 'http', ':path': path, ':authority': 'localhost' },
    ...{ 'content-type': 'application/grpc', te: 'trailers' },
    ...more,
  };
  return Buffer.concat(Object.entries(fields).map(([name, value]) => literalHeader(name, value)));
}

/** A length or index of HPACK with a prefix of seven bits. */
function hpackLength(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/**
 * A connection that speaks HTTP/2 frame by frame and keeps to no rule: for tests of what servers do about such peers.
 */
export class RawHttp2 {
  readonly socket: Socket;
  /** Frames that came, in their order, at most the first 10,000. */
  readonly received: {
    readonly type: number;
    readonly flags: number;
    readonly streamId: number;
    readonly payload: Buffer;
  }[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #isClosed = false;
  readonly closed: Promise<void>;

  /** @param answersSettings false for a peer that never acknowledges anything */
  private constructor(socket: Socket, answers: boolean) {
    this.socket = socket;
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        resolve();
      });
    });
    socket.on('data', (chunk) => this.#take(chunk, answers));
  }

  /** Connects and sends the preface with the settings given, unless `preface` is false. */
  static async open(
    port: number,
    {
      preface = true,
      answers = true,
      settings = Buffer.alloc(0),
    }: { preface?: boolean; answers?: boolean; settings?: Buffer } = {},
  ): Promise<RawHttp2> {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    const raw = new RawHttp2(socket, answers);
    if (preface) socket.write(Buffer.concat([PREFACE, http2Frame(FRAME.settings, 0, 0, settings)]));
    return raw;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Writes as fast as the server takes it, or waits for so long; false once the connection is closed. */
  async write(bytes: Uint8Array, mostMs = 5000): Promise<boolean> {
    if (this.#isClosed || this.socket.destroyed) return false;
    if (!this.socket.write(bytes)) {
      const signal = AbortSignal.timeout(Math.max(1, Math.ceil(mostMs)));
      await Promise.race([once(this.socket, 'drain', { signal }).catch(() => undefined), this.closed]);
    }
    return !this.#isClosed;
  }

  /** Writes the same bytes again and again until the server ends the connection; false if it did not within the time. */
  async flood(next: () => Uint8Array, mostMs: number): Promise<boolean> {
    const until = performance.now() + mostMs;
    while (performance.now() < until) {
      if (!(await this.write(next(), until - performance.now()))) return true;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.#isClosed;
  }

  /** Error code of the GOAWAY that came, if one came. */
  get goawayCode(): number | undefined {
    return this.received.find(({ type }) => type === FRAME.goaway)?.payload.readUInt32BE(4);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer, answers: boolean): void {
    this.#rest = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.byteLength >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUIntBE(0, 3);
      if (this.#rest.byteLength < end) return;
      const [type, flags] = [this.#rest.readUInt8(3), this.#rest.readUInt8(4)];
      const payload = Buffer.from(this.#rest.subarray(HEADER_BYTES, end));
      if (this.received.length < 10_000) {
        this.received.push({ type, flags, streamId: this.#rest.readUInt32BE(5), payload });
      }
      this.#rest = this.#rest.subarray(end);
      if (!answers || (flags & FLAG.ack) !== 0) continue;
      if (type === FRAME.settings || type === FRAME.ping)
        this.socket.write(http2Frame(type, FLAG.ack, 0, type === FRAME.ping ? payload : undefined));
    }
  }
}

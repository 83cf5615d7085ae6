import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { afterReading } from './after-reading.js';
import { shortText } from './exchange.js';
import { parseAddress } from './loopback.js';
import { type TargetOptions, type TlsOptions, tokenText } from './target-client.js';

/** A call of gRPC as bytes of HTTP/2, for what no client of gRPC would send. */
export interface RawRequest {
  /** `/deephealth.runtime.v1.ModelRuntime/Predict`. */
  readonly path: string;
  /** With the five bytes before each message. */
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  /** Name of the gRPC status; `CONNECTION_LOST` and `STREAM_RESET` where there is none. */
  readonly status: string;
  readonly message: string;
  readonly httpStatus: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const MOST_BODY_BYTES = 1024 * 1024;

/** A message of gRPC: whether it is compressed, its length, and itself. */
export function frame(message: Uint8Array, isCompressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(isCompressed ? 1 : 0, 0);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

/** Sends a call on a connection of its own. Never rejects. */
export async function rawCall(target: TargetOptions, request: RawRequest, limitMs: number): Promise<RawAnswer> {
  const answer = { httpStatus: undefined as number | undefined, headers: {}, trailers: {}, body: Buffer.alloc(0) };
  const nothing = (name: string, message: string): RawAnswer => ({ ...answer, status: name, message });
  let session: ClientHttp2Session;
  try {
    session = openSession(target);
  } catch (thrown) {
    return nothing('CONNECTION_LOST', (thrown as Error).message);
  }
  let timer: NodeJS.Timeout | undefined;
  const token = tokenText(target);
  try {
    return await new Promise<RawAnswer>((resolve) => {
      timer = setTimeout(() => resolve(nothing('DEADLINE_EXCEEDED', `no answer within ${limitMs} ms`)), limitMs);
      const lost = (error?: Error) => resolve(nothing('CONNECTION_LOST', shortText(error?.message ?? 'it was closed')));
      session.on('error', lost);
      session.on('close', () => lost());
      session.on('goaway', () => undefined);
      const stream = session.request({
        ...{ ':method': 'POST', ':path': request.path, te: 'trailers', 'content-type': 'application/grpc' },
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...request.headers,
      });
      const parts: Buffer[] = [];
      let size = 0;
      let headers: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders = {};
      stream.on('response', (got) => {
        headers = got;
      });
      stream.on('trailers', (got) => {
        trailers = got;
      });
      stream.on('data', (bytes: Buffer) => {
        size += bytes.byteLength;
        if (size <= MOST_BODY_BYTES) parts.push(bytes);
        else afterReading(() => stream.close(constants.NGHTTP2_CANCEL));
      });
      stream.on('error', () => undefined);
      stream.on('close', () => {
        const code = trailers['grpc-status'] ?? headers['grpc-status'];
        const said = String(trailers['grpc-message'] ?? headers['grpc-message'] ?? '');
        resolve({
          status: code === undefined ? 'STREAM_RESET' : (status[Number(code)] ?? `status ${code}`),
          message: shortText(said),
          httpStatus: Number(headers[':status']) || undefined,
          headers,
          trailers,
          body: Buffer.concat(parts),
        });
      });
      // A target may answer before it has read all.
      stream.end(request.body);
    });
  } finally {
    clearTimeout(timer);
    afterReading(() => session.destroy());
  }
}

function openSession(target: TargetOptions): ClientHttp2Session {
  const authority = `http://${target.tls?.name ?? 'localhost'}`;
  const session = connect(authority, { createConnection: () => openSocket(target) as never });
  session.on('error', () => undefined);
  return session;
}

export interface SocketOptions {
  /** Other TLS than the target's, or `null` for none. */
  readonly tls?: TlsOptions | null;
  readonly maxVersion?: SecureVersion;
  /** Offered instead of Node's own, in the words of OpenSSL. */
  readonly ciphers?: string;
  /** Goes on with whoever answers, whatever its certificate. */
  readonly takesAnybody?: boolean;
  /** Default `h2`. */
  readonly protocols?: readonly string[];
}

/** A connection to the target, without a word of HTTP/2 yet. Whoever opens it closes it. Throws Error for no address. */
export function openSocket(target: TargetOptions, options: SocketOptions = {}): Socket {
  const where = parseAddress(target.address);
  if (where === undefined) throw new Error(`"${shortText(target.address)}" is no address`);
  const tls = options.tls === undefined ? target.tls : (options.tls ?? undefined);
  if (tls === undefined) return connectTcp(where);
  const host = 'host' in where ? where.host : 'localhost';
  const isOld = options.maxVersion === 'TLSv1' || options.maxVersion === 'TLSv1.1';
  return connectTls({
    ...where,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.certificate !== undefined && { cert: tls.certificate }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(options.maxVersion !== undefined && { maxVersion: options.maxVersion, minVersion: options.maxVersion }),
    // OpenSSL offers the old versions only to whoever asks for no security at all.
    ...(isOld && { ciphers: 'ALL:@SECLEVEL=0' }),
    ...(options.ciphers !== undefined && { ciphers: options.ciphers }),
    ...(options.takesAnybody === true && { rejectUnauthorized: false }),
    servername: tls.name ?? (/^[\d.]+$|:/.test(host) ? 'localhost' : host),
    ALPNProtocols: [...(options.protocols ?? ['h2'])],
  });
}

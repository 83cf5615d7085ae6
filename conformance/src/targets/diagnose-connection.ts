import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { shortText } from './exchange.js';
import { parseAddress } from './loopback.js';
import type { TargetOptions, TlsOptions } from './target-client.js';

/** What every HTTP/2 client sends first, with an empty SETTINGS frame. */
const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('000000040000000000', 'hex'),
]);
const FRAME_HEADER_BYTES = 9;
const SETTINGS_FRAME = 4;
const TLS_RECORDS = [0x15, 0x16];
const CLOSED = 'it closes the connection at once, before a word of HTTP/2';
const NEEDS_TLS = 'it needs TLS: give --tls-ca <file> (and --tls-name, --tls-cert, --tls-key where it asks for them)';

/**
 * Why nothing that speaks HTTP/2 answers at an address; undefined if something does. It is asked of the connection
 * itself, byte by byte, since gRPC only finds that none comes about, and tries again until its time is over. Never
 * rejects; half a sentence.
 */
export async function diagnoseConnection({ address, tls }: TargetOptions, waitMs: number): Promise<string | undefined> {
  const where = parseAddress(address);
  if (where === undefined) return `"${shortText(address)}" is no address; host:port or unix:/path is`;
  const cause = await firstWords(where, tls, waitMs);
  // Many servers hang up without a word where TLS is due.
  return cause === CLOSED && tls === undefined && (await speaksTls(where, waitMs)) ? NEEDS_TLS : cause;
}

type Where = NonNullable<ReturnType<typeof parseAddress>>;

/** Whatever its certificate is: only that it is TLS is asked. */
function speaksTls(where: Where, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ ...where, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const finish = (isTls: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isTls);
    };
    const timer = setTimeout(() => finish(false), waitMs);
    socket.once('secureConnect', () => finish(true));
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => finish(/ALERT/.test(code)));
    socket.on('close', () => finish(false));
  });
}

function firstWords(where: Where, tls: TlsOptions | undefined, waitMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = open(where, tls);
    let got = Buffer.alloc(0);
    let isConnected = false;
    const finish = (cause: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(cause);
    };
    const timer = setTimeout(() => {
      if (!isConnected)
        return finish(`no connection comes about within ${waitMs} ms; is the address right, or a firewall in between?`);
      finish(
        got.length === 0
          ? `it accepts the connection and then says nothing within ${waitMs} ms: an HTTP/2 server sends SETTINGS at once. Is it a gRPC server${tls === undefined ? ' without TLS' : ''}?`
          : causeOf(got, tls),
      );
    }, waitMs);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      isConnected = true;
      const { alpnProtocol } = socket as { alpnProtocol?: string | false };
      if (tls !== undefined && alpnProtocol !== 'h2') {
        return finish('it speaks TLS, but not HTTP/2 over it (ALPN does not name h2)');
      }
      socket.write(PREFACE);
    });
    socket.on('data', (bytes: Buffer) => {
      got = Buffer.concat([got, bytes]).subarray(0, 64);
      if (got.length >= FRAME_HEADER_BYTES) finish(causeOf(got, tls));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => finish(causeOfError(error, isConnected, tls)));
    socket.on('close', () => finish(got.length > 0 ? causeOf(got, tls) : CLOSED));
  });
}

function open(where: Where, tls: TlsOptions | undefined): Socket {
  if (tls === undefined) return connectTcp(where);
  const host = 'host' in where ? where.host : 'localhost';
  return connectTls({
    ...where,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.certificate !== undefined && { cert: tls.certificate }),
    ...(tls.key !== undefined && { key: tls.key }),
    servername: tls.name ?? (/^[\d.]+$|:/.test(host) ? '' : host),
    ...(tls.name !== undefined && { host }),
    ALPNProtocols: ['h2'],
  });
}

/** Of the first bytes; undefined where they are the SETTINGS of an HTTP/2 server. */
function causeOf(got: Buffer, tls: TlsOptions | undefined): string | undefined {
  const text = got.toString('latin1');
  if (/^HTTP\/1\.[01] /.test(text))
    return 'it speaks HTTP/1, and gRPC is spoken over HTTP/2: is this the port of its web pages?';
  if (tls === undefined && TLS_RECORDS.includes(got[0] ?? 0) && got[1] === 3) {
    return NEEDS_TLS;
  }
  if (got.length >= FRAME_HEADER_BYTES && got[3] === SETTINGS_FRAME && got.readUIntBE(0, 3) % 6 === 0) return undefined;
  return `it answers with something that is no HTTP/2: "${shortText(text, 40)}"`;
}

const TLS_CAUSES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: give the right one with --tls-name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the authority in --tls-ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the authority in --tls-ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the authority in --tls-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by the authority in --tls-ca',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the authority in --tls-ca',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: leave out the --tls options',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS: leave out the --tls options',
};

function causeOfError(error: NodeJS.ErrnoException, isConnected: boolean, tls: TlsOptions | undefined): string {
  const { code = '' } = error;
  const known = TLS_CAUSES[code];
  if (known !== undefined) return known;
  if (code === 'ECONNREFUSED') return 'nothing listens there (connection refused)';
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no host of this name';
  if (/^ERR_SSL_(?:TLSV1|SSLV3)_ALERT|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code)) {
    return `it refuses the TLS connection (${code.replace(/^ERR_SSL_/, '')}): does it ask for a certificate of the suite's own (--tls-cert, --tls-key)?`;
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return isConnected || tls === undefined ? CLOSED : 'it closes the connection during the TLS handshake';
  }
  return shortText(error.message, 120);
}

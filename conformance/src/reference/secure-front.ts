import { createHash } from 'node:crypto';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureVersion, TLSSocket } from 'node:tls';
import type { Identity } from '@deephealth/sdk/testing';

/** How the reference is reached, where it is not in plain text: TLS that ends here, before the reference itself. */
export interface FrontOptions {
  readonly identity: Identity;
  /** Authority of the callers' certificates. */
  readonly ca: Buffer;
  /** `required` unless a mutant is less strict. */
  readonly callers?: 'required' | 'any' | 'unasked';
  /** Default TLS 1.2. */
  readonly minVersion?: SecureVersion;
  /** Takes plain text on the same port, too. */
  readonly takesPlainText?: boolean;
  /** Default `h2`; none for no word of ALPN. */
  readonly protocols?: readonly string[];
  /** Default those of Node without what nothing protects. */
  readonly ciphers?: string;
  /** Takes a caller whose certificate does not hold, for this reason. */
  takes?(socket: TLSSocket): boolean;
}

export interface Front {
  readonly port: number;
  /** `x5t#S256` of the certificate of who is connected, by the address that the server behind sees. */
  certificateOf(peer: string): string | undefined;
  stop(): void;
}

const TLS_HANDSHAKE = 0x16;

/** Listens on loopback and hands every connection on to `behind`, a port on loopback. */
export async function openFront(behind: number, options: FrontOptions): Promise<Front> {
  const { identity, ca, callers = 'required', minVersion = 'TLSv1.2', protocols = ['h2'] } = options;
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    return socket;
  };
  const certificates = new Map<string, string>();
  const handOn = (socket: Socket) => {
    if (socket instanceof TLSSocket && options.takes !== undefined && !socket.authorized && !options.takes(socket)) {
      socket.destroy();
      return;
    }
    const further = keep(connect(behind, '127.0.0.1'));
    const raw = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
    if (raw !== undefined) {
      const thumbprint = createHash('sha256').update(raw).digest('base64url');
      further.once('connect', () => certificates.set(`127.0.0.1:${further.localPort}`, thumbprint));
    }
    keep(socket).pipe(further).pipe(socket);
    socket.on('close', () => further.destroy());
    further.on('close', () => socket.destroy());
  };
  const secure = createTlsServer(
    {
      cert: identity.certificate,
      key: identity.key,
      ca,
      minVersion,
      ...(minVersion < 'TLSv1.2' && { ciphers: 'ALL:@SECLEVEL=0' }),
      ...(options.ciphers !== undefined && { ciphers: options.ciphers }),
      requestCert: callers !== 'unasked',
      rejectUnauthorized: callers === 'required' && options.takes === undefined,
      ...(protocols.length > 0 && { ALPNProtocols: [...protocols] }),
    },
    handOn,
  );
  secure.on('tlsClientError', () => undefined);
  const server = options.takesPlainText === true ? eitherWay(secure, handOn, keep) : secure;
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  return {
    port,
    certificateOf: (peer) => certificates.get(peer),
    stop: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Looks at the first byte: a TLS handshake goes one way, everything else the other. */
function eitherWay(secure: Server, plain: (socket: Socket) => void, keep: (socket: Socket) => Socket): Server {
  return createTcpServer((socket) => {
    keep(socket);
    socket.once('data', (bytes: Buffer) => {
      socket.pause();
      socket.unshift(bytes);
      if (bytes[0] === TLS_HANDSHAKE) secure.emit('connection', socket);
      else plain(socket);
    });
  });
}

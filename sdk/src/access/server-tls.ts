import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { stampOf } from './watched-file.js';

/** TLS of a server, and what it asks of its callers. Files are PEM, and are read again when they change. */
export interface ServerTlsOptions {
  /** The server's certificate, with those of the authorities in between behind it. */
  readonly certificate: string;
  /** Its private key, without a passphrase: the file's permissions protect it. */
  readonly key: string;
  /** The authority, or authorities, whose certificates callers may show. Nobody else's count. */
  readonly clientCa?: string;
  /** Certificates that the authority has withdrawn (CRL). */
  readonly clientCrl?: string;
  /**
   * `required`: who shows no certificate of the authority does not get as far as a call. `optional`: whoever shows
   * one is known by it. Default: `required` where `clientCa` is set, else nobody is asked.
   */
  readonly clients?: 'required' | 'optional';
  /** Default TLS 1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export interface ServerTlsEvents {
  /** The files changed and are in use. */
  readonly onReloaded?: () => void;
  /** The files changed and cannot be used; what was there before stays in use. */
  readonly onFailed?: (thrown: unknown) => void;
}

/** Forward secrecy and authenticated encryption alone (RFC 9325, section 4.2); those of TLS 1.3 are all of that kind. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const LOOK_EVERY_MS = 10_000;

/** The certificate of a server, for all its faces, which follow when its files change. */
export class ServerTls {
  readonly #options: ServerTlsOptions;
  readonly #events: ServerTlsEvents;
  readonly #followers = new Set<(context: SecureContextOptions) => void>();
  #context: SecureContextOptions;
  #stamp: string;
  #timer: NodeJS.Timeout | undefined;
  #reloading: Promise<void> | undefined;

  private constructor(
    options: ServerTlsOptions,
    events: ServerTlsEvents,
    context: SecureContextOptions,
    stamp: string,
  ) {
    this.#options = options;
    this.#events = events;
    this.#context = context;
    this.#stamp = stamp;
  }

  /** @throws DH_CONFIG_INVALID naming the setting; the path stays out of it */
  static async open(options: ServerTlsOptions, events: ServerTlsEvents = {}): Promise<ServerTls> {
    if (options.clientCa === undefined && (options.clients !== undefined || options.clientCrl !== undefined)) {
      throw invalid('clientCa', 'is missing: without it no certificate of a caller can be judged');
    }
    const stamp = await stampsOf(options).catch((cause) => {
      throw invalid('certificate', 'or another file of "tls" cannot be read', cause);
    });
    const tls = new ServerTls(options, events, await contextOf(options), stamp);
    tls.#timer = setInterval(() => void tls.reload(), LOOK_EVERY_MS);
    tls.#timer.unref();
    return tls;
  }

  /** When the certificate expires. */
  get validUntil(): Date {
    return new Date(new X509Certificate(this.#context.cert as Buffer).validTo);
  }

  /** For `https.createServer` and `tls.createServer`; `follow` keeps it up to date. */
  get serverOptions() {
    return { ...this.#context, requestCert: this.#asks, rejectUnauthorized: this.#requires };
  }

  /** Sets the context of a server of `node:https` or `node:tls` again whenever the files change. */
  follow(server: { setSecureContext(context: SecureContextOptions): void }): void {
    this.#followers.add((context) => server.setSecureContext(context));
  }

  /** For a gRPC server. */
  grpcCredentials(): ServerCredentials {
    const constructorOptions = { requestCert: this.#asks, rejectUnauthorized: this.#requires };
    const credentials = new FollowingCredentials(constructorOptions, this.#context);
    this.#followers.add((context) => credentials.use(context));
    return credentials;
  }

  /** Looks whether the files have changed, and puts them to use. Never rejects. */
  reload(): Promise<void> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#followers.clear();
  }

  get #asks(): boolean {
    return this.#options.clientCa !== undefined;
  }

  get #requires(): boolean {
    return this.#asks && this.#options.clients !== 'optional';
  }

  async #reload(): Promise<void> {
    try {
      const stamp = await stampsOf(this.#options);
      if (stamp === this.#stamp) return;
      const context = await contextOf(this.#options);
      // Certificate and key are two files: between them a reader may see one of each.
      if ((await stampsOf(this.#options)) !== stamp) return;
      this.#context = context;
      this.#stamp = stamp;
      for (const follower of this.#followers) follower(context);
      this.#events.onReloaded?.();
    } catch (thrown) {
      this.#events.onFailed?.(thrown);
    }
  }
}

/** grpc-js changes the context of its listeners when credentials tell it to. */
class FollowingCredentials extends ServerCredentials {
  use(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}

async function contextOf(options: ServerTlsOptions): Promise<SecureContextOptions> {
  const { minVersion = 'TLSv1.2', clientCa, clientCrl } = options;
  const [cert, key, ca, crl] = await Promise.all([
    read('certificate', options.certificate),
    read('key', options.key),
    clientCa === undefined ? undefined : read('clientCa', clientCa),
    clientCrl === undefined ? undefined : read('clientCrl', clientCrl),
  ]);
  assertBelongTogether(cert, key);
  // A file of something else would be an authority that vouches for nobody, and nobody would be told.
  if (ca !== undefined) readCertificate('clientCa', ca);
  const context: SecureContextOptions = {
    ...{ cert, key, minVersion, ciphers: CIPHERS, honorCipherOrder: true },
    ...(ca !== undefined && { ca }),
    ...(crl !== undefined && { crl }),
  };
  try {
    createSecureContext(context);
  } catch (cause) {
    throw invalid('clientCa', 'or "tls.clientCrl" holds no PEM that can be used', cause);
  }
  return context;
}

function assertBelongTogether(cert: Buffer, key: Buffer): void {
  const certificate = readCertificate('certificate', cert);
  let isItsKey: boolean;
  try {
    isItsKey = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw invalid('key', 'holds no private key in PEM without a passphrase', cause);
  }
  if (!isItsKey) throw invalid('key', 'is not the key of "tls.certificate"');
  if (new Date(certificate.validTo).getTime() < Date.now()) throw invalid('certificate', 'has expired');
}

function readCertificate(field: keyof ServerTlsOptions, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw invalid(field, 'holds no certificate in PEM', cause);
  }
}

async function read(field: keyof ServerTlsOptions, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw invalid(field, 'is a file that cannot be read', cause);
  }
}

async function stampsOf({ certificate, key, clientCa, clientCrl }: ServerTlsOptions): Promise<string> {
  const files = [certificate, key, clientCa, clientCrl].filter((file) => file !== undefined);
  return (await Promise.all(files.map(stampOf))).join(' ');
}

function invalid(field: string, sentence: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `Setting "tls.${field}" ${sentence}.`, {
    details: { field: `tls.${field}` },
    cause,
  });
}

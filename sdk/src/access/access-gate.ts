import { createHash, randomBytes } from 'node:crypto';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { AccessOptions } from './access-options.js';
import { RefusedCaller, unauthenticated } from './access-refusal.js';
import type { Caller } from './caller.js';
import { type CertifiedCallers, listCertifiedCallers } from './certified-callers.js';
import { type KeyHolder, keyDigest, readKeyFile } from './key-file.js';
import { openReplayMemory, type ReplayMemory, replayFileIn } from './replay-memory.js';
import { issuerOf, type ProvenToken, TokenIssuer } from './token-issuer.js';
import { WatchedFile } from './watched-file.js';

/** What came with a call, whatever its face. */
export interface Credentials {
  /** The header or metadata `authorization`; every value of it, if it came more than once. */
  readonly authorization: readonly string[];
  /** The client certificate, if the connection has one that the server's authority vouches for. */
  readonly certificate?: () => PresentedCertificate | undefined;
}

/** A client certificate as the connection has proven it. */
export interface PresentedCertificate {
  /** DER. */
  readonly raw: Uint8Array;
  /** As Node writes it: "DNS:name, URI:spiffe://…". */
  readonly subjectAltName?: string;
}

/** What `createAccessGate` takes. */
export interface AccessGateOptions extends AccessOptions {
  /** Folder of the server's state, for the memory of single-use tokens. */
  readonly stateFolder?: string;
  /** A file of keys changed and cannot be used; what it held before stays in force. */
  readonly onFailed?: (thrown: unknown) => void;
}

/** Finds out who calls. One gate serves all faces of a server. */
export interface AccessGate {
  /** @throws DH_UNAUTHENTICATED, always with the same words; its cause holds the reason */
  authenticate(credentials: Credentials): Promise<Caller>;
  /** A new random key that stands for a caller while this process lives: for what the server itself starts. */
  issueKey(caller: Caller): string;
  /** Ends a key that was issued; one that was not is left alone. */
  withdrawKey(key: string): void;
  /** Reads the files of keys again if they have changed. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

interface Known {
  readonly token: ProvenToken;
  readonly knownUntilMs: number;
}

/** A proven token is not proven again for so long; its expiry, and a change of its issuer's keys, count before. */
const KNOWN_FOR_MS = 60_000;
const MOST_KNOWN = 4_096;
const LONGEST_HEADER = 8 * 1024;

/** @throws DH_CONFIG_INVALID naming the setting */
export async function createAccessGate(options: AccessGateOptions): Promise<AccessGate> {
  const { keysFile, tokens = [], certificates = [], tenants = {}, stateFolder, onFailed } = options;
  if (keysFile === undefined && tokens.length === 0 && certificates.length === 0) {
    throw invalid('access', 'lets nobody in: it has neither "keysFile" nor "tokens" nor "certificates"');
  }
  const known = new Map<string, Known>();
  const issuers = new Map<string, TokenIssuer>();
  for (const [index, issuer] of tokens.entries()) {
    const place = `access.tokens[${index}]`;
    if (issuers.has(issuer.issuer)) throw invalid(`${place}.issuer`, 'is listed twice');
    issuers.set(issuer.issuer, await TokenIssuer.open(issuer, place, () => known.clear()));
  }
  const keys =
    keysFile === undefined
      ? undefined
      : await WatchedFile.open(keysFile, readKeyFile, onFailed === undefined ? {} : { onFailed }).catch((cause) => {
          if (cause instanceof DeepHealthError) throw cause;
          throw invalid('access.keysFile', 'cannot be read', cause);
        });
  const needsMemory = tokens.some(({ singleUse }) => singleUse === true);
  if (needsMemory && stateFolder === undefined)
    throw invalid('access.tokens', 'has "singleUse", which needs a state folder');
  const memory = needsMemory ? await openReplayMemory(replayFileIn(stateFolder as string), new Date()) : undefined;
  return new Gate(keys, issuers, listCertifiedCallers(certificates), tenants, known, memory);
}

class Gate implements AccessGate {
  readonly #issued = new Map<string, KeyHolder>();

  constructor(
    private readonly keys: WatchedFile<ReadonlyMap<string, KeyHolder>> | undefined,
    private readonly issuers: ReadonlyMap<string, TokenIssuer>,
    private readonly certified: CertifiedCallers,
    private readonly tenants: NonNullable<AccessOptions['tenants']>,
    private readonly known: Map<string, Known>,
    private readonly memory: ReplayMemory | undefined,
  ) {}

  async authenticate({ authorization, certificate = () => undefined }: Credentials): Promise<Caller> {
    try {
      if (authorization.length === 0) return this.#certified(certificate());
      const [header = '', ...others] = authorization;
      // Of two headers, a proxy may have looked at the other one.
      const secret = others.length === 0 && header.length <= LONGEST_HEADER ? bearerOf(header) : undefined;
      if (secret === undefined) throw new RefusedCaller('header-malformed');
      // A token has two dots, and a random key none.
      if (secret.includes('.')) return await this.#byToken(secret, certificate);
      await this.keys?.refreshIfDue();
      return this.#byKey(secret);
    } catch (thrown) {
      // A trouble of our own is no verdict on the caller.
      if (!(thrown instanceof RefusedCaller)) throw thrown;
      throw unauthenticated(thrown.reason);
    }
  }

  issueKey(caller: Caller): string {
    const key = randomBytes(32).toString('base64url');
    this.#issued.set(keyDigest(key), { caller, expiresAtMs: Number.POSITIVE_INFINITY });
    return key;
  }

  withdrawKey(key: string): void {
    this.#issued.delete(keyDigest(key));
  }

  async refresh(): Promise<void> {
    await this.keys?.refresh();
  }

  async close(): Promise<void> {
    await this.memory?.close();
  }

  #byKey(key: string): Caller {
    const digest = keyDigest(key);
    const issued = this.#issued.get(digest);
    if (issued !== undefined) return issued.caller;
    const holder = this.keys?.current.get(digest);
    if (holder === undefined) throw new RefusedCaller('key-unknown');
    if (Date.now() >= holder.expiresAtMs) throw new RefusedCaller('key-expired');
    const isCurrent = () => {
      const now = this.keys?.current.get(digest);
      // What it may do was looked at when the stream was opened, so a change of that is a withdrawal, too.
      return now !== undefined && (now === holder || isSame(now.caller, holder.caller)) && Date.now() < now.expiresAtMs;
    };
    return this.#ofTenant({ ...holder.caller, isCurrent });
  }

  async #byToken(text: string, certificate: () => PresentedCertificate | undefined): Promise<Caller> {
    const token = await this.#proven(text);
    const { boundToCertificate, expiresAtMs, useOnce } = token;
    if (boundToCertificate !== undefined && boundToCertificate !== thumbprintOf(certificate())) {
      throw new RefusedCaller('bound-to-another-certificate');
    }
    // Last, so that no token is used up that was not good.
    if (useOnce !== undefined) {
      const issuer = issuerOf(text) as string;
      const isNew = await this.memory?.remember(issuer, useOnce.tokenId, useOnce.expiresAtS, Date.now() / 1000);
      if (isNew !== true) throw new RefusedCaller('token-used-before');
    }
    return this.#ofTenant({ ...token.caller, isCurrent: () => Date.now() < expiresAtMs });
  }

  async #proven(text: string): Promise<ProvenToken> {
    const digest = createHash('sha256').update(text).digest('base64');
    const known = this.known.get(digest);
    const now = Date.now();
    if (known !== undefined && now < known.knownUntilMs && now < known.token.expiresAtMs) return known.token;
    const issuer = issuerOf(text);
    if (issuer === undefined) throw new RefusedCaller('token-malformed');
    const trusted = this.issuers.get(issuer);
    if (trusted === undefined) throw new RefusedCaller('issuer-unknown');
    const token = await trusted.prove(text);
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    this.known.set(digest, { token, knownUntilMs: now + KNOWN_FOR_MS });
    return token;
  }

  #certified(certificate: PresentedCertificate | undefined): Caller {
    const caller = this.certified.find(certificate);
    if (caller !== undefined) return this.#ofTenant(caller);
    throw new RefusedCaller(certificate === undefined ? 'nothing-presented' : 'certificate-unknown');
  }

  #ofTenant(caller: Caller): Caller {
    const rule = Object.hasOwn(this.tenants, caller.tenant) ? this.tenants[caller.tenant] : undefined;
    return rule === undefined ? caller : { ...caller, tenantModels: rule.models };
  }
}

/** Whether two entries of a file of keys say the same of who holds the key. */
function isSame(one: Caller, other: Caller): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What follows "Bearer" (RFC 6750, section 2.1). */
function bearerOf(header: string): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1];
}

/** RFC 8705, section 3.1. */
function thumbprintOf(certificate: PresentedCertificate | undefined): string | undefined {
  return certificate && createHash('sha256').update(certificate.raw).digest('base64url');
}

function invalid(field: string, sentence: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `Setting "${field}" ${sentence}.`, { details: { field }, cause });
}

import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { isLoopback } from '../http/listening-place.js';
import { TOKEN_ALGORITHMS, type TokenIssuerOptions } from './access-options.js';
import { type RefusalReason, RefusedCaller } from './access-refusal.js';
import { type Caller, ROLES, type Role } from './caller.js';
import { fetchKeySet } from './fetch-key-set.js';
import { KeyLookupFailure, type KeySource, loadedKeySource, lookUpKey, readKeySetFile } from './key-source.js';
import { WatchedFile } from './watched-file.js';

/** What a good token says of its caller, and what the server has to remember of it. */
export interface ProvenToken {
  readonly caller: Caller;
  readonly expiresAtMs: number;
  /** SHA-256 of the certificate that the token is bound to (RFC 8705), base64url. */
  readonly boundToCertificate?: string;
  /** For a token that is good for one call. */
  readonly useOnce?: { readonly tokenId: string; readonly expiresAtS: number };
}

const DEFAULT_ALGORITHMS = ['ES256', 'ES384', 'PS256', 'EdDSA'];
const DEFAULT_LEEWAY_S = 30;
const DEFAULT_LIFETIME_S = 86_400;
/** `typ` of tokens that are meant for servers (RFC 9068, section 2.1); an id token of OpenID has JWT, too. */
const TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];
const SUBJECT = /^[\x21-\x7e]{1,256}$/;
const TENANT = /^[\w.-]{1,64}$/;
const MODEL = /^[\w.*-]{1,128}$/;
const MOST_MODELS = 256;

/** One issuer of tokens. Its keys are read or fetched when they are needed, and kept. */
export class TokenIssuer {
  readonly issuer: string;
  readonly #options: TokenIssuerOptions;
  readonly #keys: KeySource;

  private constructor(options: TokenIssuerOptions, keys: KeySource) {
    this.issuer = options.issuer;
    this.#options = options;
    this.#keys = keys;
  }

  /**
   * @param onChanged hears that the keys of a file are others now
   * @throws DH_CONFIG_INVALID naming the setting
   */
  static async open(options: TokenIssuerOptions, place: string, onChanged: () => void): Promise<TokenIssuer> {
    checkOptions(options, place);
    return new TokenIssuer(options, await keysOf(options, place, onChanged));
  }

  /** @throws {@link RefusedCaller} */
  async prove(token: string): Promise<ProvenToken> {
    const claims = await this.#claimsOf(token);
    const { leewayS = DEFAULT_LEEWAY_S, maximumLifetimeS = DEFAULT_LIFETIME_S, singleUse = false } = this.#options;
    const { exp = Number.NaN, iat = Number.NaN, sub, jti, cnf } = claims;
    if (!(exp - iat <= maximumLifetimeS)) throw new RefusedCaller('lifetime-too-long');
    // Its lifetime begins when it is issued: one of a later time would be good for longer than that.
    if (iat - leewayS > Date.now() / 1000) throw new RefusedCaller('token-not-yet-valid');
    if (typeof sub !== 'string' || !SUBJECT.test(sub)) throw new RefusedCaller('claims-malformed');
    const expiresAtMs = (exp + leewayS) * 1000;
    const caller: Caller = {
      subject: sub,
      roles: this.#rolesOf(claims),
      tenant: this.#tenantOf(claims),
      authentication: 'token',
      ...this.#modelsOf(claims),
    };
    if (singleUse && (typeof jti !== 'string' || jti.length === 0 || jti.length > 512)) {
      throw new RefusedCaller('claims-malformed');
    }
    const bound = certificateOf(cnf);
    return {
      caller,
      expiresAtMs,
      ...(bound !== undefined && { boundToCertificate: bound }),
      ...(singleUse && { useOnce: { tokenId: jti as string, expiresAtS: exp + leewayS } }),
    };
  }

  async #claimsOf(token: string): Promise<JWTPayload> {
    const { issuer, audience, algorithms = DEFAULT_ALGORITHMS, leewayS = DEFAULT_LEEWAY_S } = this.#options;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        ({ alg, kid }) => this.#keys.find({ alg, ...(kid !== undefined && { kid }) }),
        {
          algorithms: [...algorithms],
          issuer,
          audience: typeof audience === 'string' ? audience : [...audience],
          requiredClaims: ['exp', 'iat', 'sub'],
          clockTolerance: leewayS,
        },
      );
      const { typ } = protectedHeader;
      if (typ !== undefined && !TYPES.includes(typ.toLowerCase())) throw new RefusedCaller('token-malformed');
      return payload;
    } catch (error) {
      throw new RefusedCaller(reasonOf(error));
    }
  }

  #rolesOf(claims: JWTPayload): Role[] {
    const value = claimAt(claims, this.#options.rolesClaim ?? 'roles');
    // OAuth's `scope` is one text with spaces (RFC 9068, section 2.2.3).
    const names = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
    const { roles } = this.#options;
    const ours = names.flatMap((name): readonly Role[] => {
      if (typeof name !== 'string') return [];
      if (roles !== undefined) return Object.hasOwn(roles, name) ? (roles[name] ?? []) : [];
      return (ROLES as readonly string[]).includes(name) ? [name as Role] : [];
    });
    return [...new Set(ours)];
  }

  #tenantOf(claims: JWTPayload): string {
    const value = claimAt(claims, this.#options.tenantClaim ?? 'tenant');
    if (value !== undefined && (typeof value !== 'string' || !TENANT.test(value))) {
      throw new RefusedCaller('claims-malformed');
    }
    const { tenants } = this.#options;
    if (tenants !== undefined && (value === undefined || !tenants.includes(value))) {
      throw new RefusedCaller('tenant-not-allowed');
    }
    return value ?? '';
  }

  #modelsOf(claims: JWTPayload): { readonly models?: readonly string[] } {
    const value = claimAt(claims, this.#options.modelsClaim ?? 'models');
    if (value === undefined) return {};
    const isList = Array.isArray(value) && value.length <= MOST_MODELS;
    // A rule that cannot be read must not become "all models".
    if (!isList || !value.every((one) => typeof one === 'string' && MODEL.test(one))) {
      throw new RefusedCaller('claims-malformed');
    }
    return { models: value };
  }
}

/** `iss` of a token of which nothing is proven yet; undefined for what is no token. */
export function issuerOf(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

function claimAt(claims: JWTPayload, path: string): unknown {
  // A claim may have dots in its own name, as those with a URL for a name do.
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** A binding that this server cannot check is one that it must not pass over (RFC 7800, section 3.1). */
function certificateOf(cnf: unknown): string | undefined {
  if (cnf === undefined) return undefined;
  const members = typeof cnf === 'object' && cnf !== null ? Object.keys(cnf) : [];
  const digest = (cnf as Record<string, unknown> | null)?.['x5t#S256'];
  if (members.length !== 1 || typeof digest !== 'string') throw new RefusedCaller('bound-to-another-certificate');
  return digest;
}

/** What the library found wrong. Its message and its cause stay behind: they hold the claims. */
function reasonOf(error: unknown): RefusalReason {
  if (error instanceof RefusedCaller) return error.reason;
  if (error instanceof KeyLookupFailure) return error.reason;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature-wrong';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm-not-allowed';
  if (error instanceof errors.JWTExpired) return 'token-expired';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'token-malformed';
  if (error.claim === 'aud') return 'audience-wrong';
  if (error.claim === 'nbf' && error.reason === 'check_failed') return 'token-not-yet-valid';
  return 'claims-malformed';
}

async function keysOf(options: TokenIssuerOptions, place: string, onChanged: () => void): Promise<KeySource> {
  const { jwksFile, jwksUrl } = options;
  if (jwksUrl !== undefined) {
    const source = loadedKeySource(() => fetchKeySet(jwksUrl));
    source.prepare();
    return source;
  }
  const path = jwksFile as string;
  // The file is read once at the start, so that a wrong path is known then.
  const read = async () => createLocalJWKSet(await readKeySetFile(path));
  const watched = await WatchedFile.open(path, read, { onChanged }).catch((cause) => {
    throw invalid(`${place}.jwksFile`, 'is no JSON Web Key Set of public keys that can be read', cause);
  });
  return {
    async find(hint) {
      await watched.refreshIfDue();
      return lookUpKey(watched.current, hint);
    },
    prepare: () => undefined,
  };
}

function checkOptions({ issuer, jwksFile, jwksUrl, algorithms, roles, audience }: TokenIssuerOptions, place: string) {
  if (issuer === '') throw invalid(`${place}.issuer`, 'is empty');
  if (audience.length === 0 || (Array.isArray(audience) && audience.includes(''))) {
    throw invalid(`${place}.audience`, 'is empty');
  }
  if ((jwksFile === undefined) === (jwksUrl === undefined)) {
    throw invalid(place, 'needs either "jwksFile" or "jwksUrl"');
  }
  if (algorithms?.some((one) => !TOKEN_ALGORITHMS.includes(one)) || algorithms?.length === 0) {
    throw invalid(`${place}.algorithms`, `must be of ${TOKEN_ALGORITHMS.join(', ')}`);
  }
  const known: readonly string[] = ROLES;
  if (roles !== undefined && Object.values(roles).some((list) => list.some((role) => !known.includes(role)))) {
    throw invalid(`${place}.roles`, `gives a role that does not exist; there are ${ROLES.join(', ')}`);
  }
  if (jwksUrl === undefined) return;
  const url = URL.canParse(jwksUrl) ? new URL(jwksUrl) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe) throw invalid(`${place}.jwksUrl`, 'must be an address of https, or of http on loopback');
}

function invalid(field: string, sentence: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `Setting "${field}" ${sentence}.`, { details: { field }, cause });
}

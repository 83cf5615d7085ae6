import { assertPermitted, type Caller, DeepHealthError, maySeeModel, type Permission, ROLES } from '@deephealth/sdk';
import { createLocalJWKSet, type JWK, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';

/** Whose tokens are taken, and for what. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: { readonly keys: JWK[] };
  /** A token opens one call only. */
  readonly singleUse: boolean;
}

/** A call before anything of it has run. */
export interface IncomingCall {
  readonly rpc: string;
  readonly authorization: string | undefined;
  /** Every value of that header, where the protocol lets several through. */
  readonly authorizations?: readonly string[];
  /** Any other header, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** What stands after the `?` of an address of HTTP. */
  readonly query?: URLSearchParams;
  /** `x5t#S256` of the caller's certificate (RFC 8705). */
  readonly certificate: string | undefined;
  /** Name of the model that it is about. */
  readonly model: string | undefined;
}

export interface KnownCaller extends Caller {
  /** When its token ends, in ms since the epoch. */
  readonly untilMs: number;
}

/** Calls that need no credentials: who watches a server has no account. */
const OPEN: readonly string[] = ['ServerLive', 'ServerReady'];
const PERMISSIONS: Readonly<Record<string, Permission>> = {
  ListModels: 'models.read',
  GetModel: 'models.read',
  WatchModels: 'models.read',
  ModelReady: 'models.read',
  ModelMetadata: 'models.read',
  LoadModel: 'models.control',
  UnloadModel: 'models.control',
  VerifyModel: 'models.control',
  Predict: 'predict',
  PredictStream: 'predict',
  ModelInfer: 'predict',
};

/** Who may do what at the reference. Each behaviour is a method of its own, so that a mutant can change one. */
export class ReferenceAccess {
  readonly trusted: TrustedIssuer;
  readonly keys: ReturnType<typeof createLocalJWKSet>;
  readonly #used = new Set<string>();

  constructor(trusted: TrustedIssuer) {
    this.trusted = trusted;
    this.keys = createLocalJWKSet(trusted.jwks);
  }

  isOpen(rpc: string): boolean {
    return OPEN.includes(rpc);
  }

  /** Who calls; undefined where nobody is asked. Throws DH_UNAUTHENTICATED and DH_PERMISSION_DENIED. */
  async authorize(call: IncomingCall): Promise<KnownCaller | undefined> {
    if (this.isOpen(call.rpc)) return undefined;
    const caller = await this.authenticate(call);
    this.permit(caller, call.rpc, call.model);
    return caller;
  }

  async authenticate(call: IncomingCall): Promise<KnownCaller> {
    const token = this.tokenOf(call);
    const payload = await this.verify(token).catch(() => {
      throw unknownCaller();
    });
    this.checkBinding(payload, call.certificate);
    this.checkFirstUse(payload);
    return this.callerOf(payload);
  }

  tokenOf(call: IncomingCall): string {
    const authorization = this.authorizationOf(call);
    // The scheme's case says nothing (RFC 9110, 11.1).
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unknownCaller();
    return token;
  }

  authorizationOf({ authorization, authorizations = [] }: IncomingCall): string | undefined {
    return authorizations.length > 1 ? undefined : authorization;
  }

  /** Claims of a token that is what it says it is. Rejects for any other. */
  async verify(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, this.keys, this.checks());
    return payload;
  }

  checks(): JWTVerifyOptions {
    const { issuer, audience } = this.trusted;
    return { issuer, audience, algorithms: ['ES256'], requiredClaims: ['sub', 'exp'] };
  }

  /** A token that is bound to a certificate is worth nothing over another one. */
  checkBinding({ cnf }: JWTPayload, certificate: string | undefined): void {
    const bound = (cnf as { 'x5t#S256'?: unknown } | undefined)?.['x5t#S256'];
    if (bound !== undefined && bound !== certificate) throw unknownCaller();
  }

  checkFirstUse({ jti }: JWTPayload): void {
    if (!this.trusted.singleUse) return;
    if (jti === undefined || this.#used.has(jti)) throw unknownCaller();
    this.#used.add(jti);
  }

  callerOf(payload: JWTPayload): KnownCaller {
    const { sub = '', exp, roles, tenant, models } = payload as JWTPayload & Record<string, unknown>;
    return {
      subject: sub,
      roles: this.rolesOf(roles),
      tenant: typeof tenant === 'string' ? tenant : '',
      authentication: 'token',
      ...(Array.isArray(models) && { models: models.map(String) }),
      untilMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000,
    };
  }

  rolesOf(claim: unknown): Caller['roles'] {
    return ROLES.filter((role) => Array.isArray(claim) && claim.includes(role));
  }

  /** Throws DH_PERMISSION_DENIED. */
  permit(caller: Caller, rpc: string, model: string | undefined): void {
    const permission = PERMISSIONS[rpc];
    if (permission === undefined) return;
    assertPermitted(caller, permission);
    if (model !== undefined && model !== '' && !this.maySee(caller, model)) {
      throw new DeepHealthError('DH_PERMISSION_DENIED', 'The caller is not allowed to use this model.');
    }
  }

  maySee(caller: Caller, model: string): boolean {
    return maySeeModel(caller, model);
  }

  /** Whether a list that the caller asked for shows a model. */
  isListed(caller: Caller | undefined, model: string): boolean {
    return caller === undefined || this.maySee(caller, model);
  }

  /** An item of a stream that is open since its caller was asked. Throws DH_UNAUTHENTICATED, DH_PERMISSION_DENIED. */
  permitItem(caller: KnownCaller, model: string): void {
    this.checkUntil(caller);
    this.permit(caller, 'PredictStream', model);
  }

  checkUntil({ untilMs }: KnownCaller): void {
    if (Date.now() >= untilMs) throw unknownCaller();
  }

  /** What an id of a sequence is kept under: that of another tenant is another sequence. */
  sequenceKey(tenant: string, sequenceId: string): string {
    return sequenceId === '' ? '' : JSON.stringify([tenant, sequenceId]);
  }
}

export function unknownCaller(): DeepHealthError {
  return new DeepHealthError('DH_UNAUTHENTICATED', 'The call carries no credentials that are known here.');
}

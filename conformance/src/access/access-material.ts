import type { Identity } from '@deephealth/sdk/testing';
import { NotJudged } from '../run/case-result.js';
import { LIMITED_TOKENS, rightToken, type TestIssuer, WRONG_TOKENS } from './test-issuer.js';

/** What a vendor gives to the suite so that it can come as a caller who may, and as others who may not. */
export interface AccessMaterial {
  /** With it, every token is made; without it, only those in `tokens` are there. */
  readonly issuer?: TestIssuer;
  /** Tokens by their kind, of {@link TOKEN_KINDS}. */
  readonly tokens?: Readonly<Partial<Record<TokenKind, string>>>;
  /** Authority of the callers' certificates, with which the suite makes expired ones. */
  readonly authority?: Identity;
  /** Certificates that the authority signed and that do not hold. */
  readonly certificates?: Readonly<Partial<Record<CertificateFault, Identity>>>;
  /** `https://host:port` of the HTTP face; without it, only gRPC is judged. */
  readonly http?: string;
}

export type TokenKind = 'caller' | keyof typeof WRONG_TOKENS | keyof typeof LIMITED_TOKENS;
export type CertificateFault = 'expired' | 'not-yet-valid';

const MAKERS: Readonly<Record<string, (from: TestIssuer) => string>> = {
  caller: (from) => rightToken(from),
  ...WRONG_TOKENS,
  ...LIMITED_TOKENS,
};

/** Kinds of tokens, as an access file names them. */
export const TOKEN_KINDS = Object.keys(MAKERS) as readonly TokenKind[];

/** A token of a kind. Throws NotJudged where the vendor has given nothing to have it from. */
export function tokenOfKind(access: AccessMaterial | undefined, kind: string): string {
  const given = access?.tokens?.[kind as TokenKind];
  if (given !== undefined) return given;
  const make = MAKERS[kind];
  if (make === undefined) throw new RangeError(`the suite knows no token "${kind}"`);
  if (access?.issuer === undefined) {
    throw new NotJudged('notApplicable', `no token "${kind}" was given, and no key to make one (--access)`);
  }
  return make(access.issuer);
}

/** The issuer whose key the suite holds. Throws NotJudged where there is none. */
export function issuerOf(access: AccessMaterial | undefined): TestIssuer {
  if (access?.issuer === undefined) {
    throw new NotJudged('notApplicable', 'the access file gives no key of an issuer to make tokens with (--access)');
  }
  return access.issuer;
}

/** What is sent with every call of the suite; undefined where no token was given. Each call has one of its own. */
export function callersToken(access: AccessMaterial | undefined): (() => string) | undefined {
  const { issuer, tokens } = access ?? {};
  const given = tokens?.caller;
  if (given !== undefined) return () => given;
  if (issuer === undefined) return undefined;
  return () => rightToken(issuer);
}

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { CdsSettings } from '../../cds/suite-clients.js';
import type { JsonWebKey } from '../../json-web-key.js';
import { CdsRefusal } from './cds-refusal.js';

export type Claims = Readonly<Record<string, unknown>>;
export interface TokenParts {
  readonly header: Claims;
  readonly payload: Claims;
  /** What was signed. */
  readonly input: string;
  readonly signature: Buffer;
}
type Client = CdsSettings['clients'][number];

const LEEWAY_S = 60;
const OLDEST_S = 300;

/** Who may call. Each rule is a method, so that a mutant can leave one out. */
export class ReferenceTrust {
  readonly clients: readonly Client[];
  readonly #seen = new Map<string, number>();
  readonly #keys = new WeakMap<JsonWebKey, KeyObject>();

  constructor(clients: readonly Client[]) {
    this.clients = clients;
  }

  /** Throws CdsRefusal, which does not say why: who forges learns nothing. */
  async check(authorization: string | undefined, url: string, nowS = Date.now() / 1000): Promise<void> {
    if (!(await this.isTrusted(authorization, url, nowS))) throw this.refusal();
  }

  refusal(): CdsRefusal {
    return new CdsRefusal(401, 'CDS_UNAUTHENTICATED', 'The caller is not known.');
  }

  async isTrusted(authorization: string | undefined, url: string, nowS: number): Promise<boolean> {
    const parts = this.read(authorization);
    if (parts === undefined) return false;
    const { header, payload } = parts;
    const client = this.clientOf(payload);
    if (client === undefined || !this.isAlgorithm(header.alg)) return false;
    const key = await this.keyOf(client, header);
    if (key === undefined || !this.isSigned(parts, key)) return false;
    return (
      this.isMeant(payload, url) &&
      this.isInTime(payload, nowS) &&
      this.isOfTenant(payload, client) &&
      this.isNew(payload, nowS)
    );
  }

  read(authorization: string | undefined): TokenParts | undefined {
    const token = /^Bearer (?<token>\S+)$/.exec(authorization ?? '')?.groups?.token ?? '';
    const [header, payload, signature] = token.split('.');
    try {
      return {
        header: this.decode(header),
        payload: this.decode(payload),
        input: `${header}.${payload}`,
        signature: Buffer.from(signature ?? '', 'base64url'),
      };
    } catch {
      return undefined;
    }
  }

  decode(part = ''): Claims {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
  }

  clientOf({ iss }: Claims): Client | undefined {
    return this.clients.find(({ issuer }) => issuer === iss);
  }

  isAlgorithm(algorithm: unknown): boolean {
    return algorithm === 'ES384' || algorithm === 'RS384';
  }

  /** Of those that were agreed on, whatever the token brings along. */
  async keyOf({ jwks }: Client, { kid, alg }: Claims): Promise<JsonWebKey | undefined> {
    return jwks.keys.find((key) => key.kid === kid && key.alg === alg);
  }

  isSigned({ input, signature }: TokenParts, key: JsonWebKey): boolean {
    try {
      const publicKey = this.#keys.get(key) ?? createPublicKey({ key, format: 'jwk' });
      this.#keys.set(key, publicKey);
      return verify('sha384', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
    } catch {
      return false;
    }
  }

  isMeant({ aud }: Claims, url: string): boolean {
    return [aud].flat().includes(url);
  }

  isInTime({ exp, iat, nbf }: Claims, nowS: number): boolean {
    if (typeof exp !== 'number' || typeof iat !== 'number') return false;
    if (typeof nbf === 'number' && nbf > nowS + LEEWAY_S) return false;
    return exp > nowS - LEEWAY_S && iat < nowS + LEEWAY_S && iat > nowS - OLDEST_S - LEEWAY_S;
  }

  isOfTenant({ tenant }: Claims, { tenants }: Client): boolean {
    return tenants === undefined ? tenant === undefined : tenants.includes(String(tenant));
  }

  /** Once in its life. */
  isNew({ iss, jti, exp }: Claims, nowS: number): boolean {
    if (typeof jti !== 'string' || jti === '') return false;
    for (const [known, until] of this.#seen) if (until + LEEWAY_S < nowS) this.#seen.delete(known);
    const name = `${iss} ${jti}`;
    if (this.#seen.has(name)) return false;
    this.#seen.set(name, exp as number);
    return true;
  }
}

// How a platform signs its calls of a CDS service (CDS Hooks 2.0.1, Trusting CDS Clients), with node:crypto alone.
import { generateKeyPairSync, type JsonWebKey, randomUUID, sign } from 'node:crypto';

export interface ClientSigner {
  /** To be served at /.well-known/jwks.json, or handed over. */
  readonly keySet: { readonly keys: readonly JsonWebKey[] };
  /** A token for one call of `audience`: the address that is called, letter for letter. */
  token(audience: string): string;
}

/** A new key pair, ES384; `keySetUrl` is where its public half will be found. */
export function createClientSigner(issuer: string, keySetUrl: string): ClientSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const keyId = randomUUID();
  return {
    keySet: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'ES384' }] },
    token(audience) {
      const now = Math.floor(Date.now() / 1000);
      const header = { alg: 'ES384', typ: 'JWT', kid: keyId, jku: keySetUrl };
      const claims = { iss: issuer, aud: audience, exp: now + 300, iat: now, jti: randomUUID() };
      const signed = `${encode(header)}.${encode(claims)}`;
      // JWS wants the two numbers side by side, not the ASN.1 that OpenSSL writes.
      const signature = sign('sha384', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64url')}`;
    },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

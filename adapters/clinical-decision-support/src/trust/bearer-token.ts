import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ClientRefusal } from './client-refusal.js';

const MAXIMUM_LENGTH = 8 * 1024;
const MAXIMUM_NAME_LENGTH = 512;

/** What a token says before anything of it is proven: enough to choose the key that has to prove it. */
export interface UnprovenToken {
  readonly text: string;
  readonly issuer: string;
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly keySetUrl: string | undefined;
}

/** Reads an Authorization header that holds one signed token. Throws {@link ClientRefusal}. */
export function readBearerToken(authorization: string): UnprovenToken {
  if (authorization.length > MAXIMUM_LENGTH) throw new ClientRefusal('token-too-long');
  // The signature of an unsigned token is empty; it is read as far as its algorithm.
  const text = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization)?.[1];
  if (text === undefined) throw new ClientRefusal('token-malformed');
  const { header, claims } = decode(text);
  const { alg, kid, jku } = header;
  if (typeof alg !== 'string') throw new ClientRefusal('token-malformed');
  if (typeof claims.iss !== 'string') throw new ClientRefusal('issuer-unknown');
  if (kid !== undefined && !isName(kid)) throw new ClientRefusal('key-id-missing');
  if (jku !== undefined && typeof jku !== 'string') throw new ClientRefusal('key-set-not-allowed');
  return { text, issuer: claims.iss, algorithm: alg, keyId: kid, keySetUrl: jku };
}

/** A text of one to 512 characters, as ids are. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAXIMUM_NAME_LENGTH;
}

function decode(text: string) {
  try {
    return { header: decodeProtectedHeader(text), claims: decodeJwt(text) };
  } catch {
    throw new ClientRefusal('token-malformed');
  }
}

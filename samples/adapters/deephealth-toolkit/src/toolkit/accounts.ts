import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { DeepHealthError } from '@deephealth/sdk';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const HASH_BYTES = 32;
/** As long as the toolkit's own. */
export const TOKEN_SECONDS = 36_000;
const MOST_TOKENS = 10_000;
const MOST_FAILURES = 5;
const PAUSE_MS = 60_000;

/** What the configuration keeps of a password. */
export async function passwordHash(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt$${salt.toString('hex')}$${(await derive(password, salt, HASH_BYTES)).toString('hex')}`;
}

/** Who may ask: tokens for passwords (OAuth 2.0, password grant), kept in memory until they expire. */
export class Accounts {
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #tokens = new Map<string, { readonly user: string; readonly expiresAt: number }>();
  readonly #failures = new Map<string, { count: number; until: number }>();

  constructor(hashes: ReadonlyMap<string, string>) {
    this.#hashes = hashes;
  }

  /** @throws DH_CALLER_UNAUTHENTICATED, in the same words whatever is wrong; DH_QUEUE_FULL after too many failures */
  async token(user: string, password: string): Promise<string> {
    const now = Date.now();
    const failed = this.#failures.get(user) ?? { count: 0, until: 0 };
    if (failed.count >= MOST_FAILURES && now < failed.until) {
      throw new DeepHealthError('DH_QUEUE_FULL', 'Too many attempts. Come again later.', {
        retryAfterMs: failed.until - now,
      });
    }
    const known = this.#hashes.get(user);
    // Counted before the work, so that many at a time are not many tries.
    if (known !== undefined) this.#failures.set(user, { count: failed.count + 1, until: now + PAUSE_MS });
    // Of a name that is not known the same work is done, so that time tells nothing.
    const [, salt = '', hash = ''] = (known ?? `scrypt$${'00'.repeat(16)}$${'00'.repeat(HASH_BYTES)}`).split('$');
    const derived = await derive(password, Buffer.from(salt, 'hex'), HASH_BYTES);
    const expected = Buffer.from(hash, 'hex');
    const isRight = expected.length === HASH_BYTES && timingSafeEqual(derived, expected);
    if (known === undefined || !isRight) throw unknown();
    this.#failures.delete(user);
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, { user, expiresAt: now + TOKEN_SECONDS * 1_000 });
    for (const [old, { expiresAt }] of this.#tokens) {
      if (expiresAt > now && this.#tokens.size <= MOST_TOKENS) break;
      this.#tokens.delete(old);
    }
    return token;
  }

  /** Who has a token. @throws DH_CALLER_UNAUTHENTICATED */
  userOf(token: string): string {
    const known = this.#tokens.get(token);
    if (known === undefined || known.expiresAt <= Date.now()) throw unknown();
    return known.user;
  }
}

function unknown(): DeepHealthError {
  return new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'The name, the password or the token is not known.');
}

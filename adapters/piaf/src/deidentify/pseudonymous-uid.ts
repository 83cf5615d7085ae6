import { createHmac } from 'node:crypto';

const LEAST_KEY_BYTES = 16;
/** Of a UUID or of 128 other bits (PS3.5, B.2). */
const FROM_128_BITS = /^2\.25\.(0|[1-9]\d{0,38})$/;

/** Replaces UIDs: equal ones by equal ones, and nobody without the key can tell which. */
export class PseudonymousUids {
  private readonly key: Buffer;

  /** Throws RangeError for a key of fewer than 16 bytes. */
  constructor(key: Buffer) {
    if (key.length < LEAST_KEY_BYTES) throw new RangeError(`The key for UIDs needs at least ${LEAST_KEY_BYTES} bytes.`);
    this.key = key;
  }

  /** `2.25.` and the first 128 bits of HMAC-SHA-256 as a decimal number. */
  of(uid: string): string {
    const digest = createHmac('sha256', this.key).update(uid, 'latin1').digest('hex');
    return `2.25.${BigInt(`0x${digest.slice(0, 32)}`)}`;
  }

  /** For identifiers of a few letters that frames refer to each other by. */
  shortName(name: string): string {
    const digest = createHmac('sha256', this.key).update(`name ${name}`, 'latin1').digest('hex');
    return `N${digest.slice(0, 7).toUpperCase()}`;
  }
}

/** Whether a UID tells nothing of who made it or when: then it is mapped all the same, but hides nothing new. */
export function tellsNothing(uid: string): boolean {
  return FROM_128_BITS.test(uid);
}

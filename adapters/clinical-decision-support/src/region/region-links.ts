import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { DeepHealthError } from '@deephealth/sdk';
import type { BrowserPicture } from './browser-picture.js';

/** What the addresses behind links of cards live by. */
export interface RegionLinkOptions {
  /** Time that a link can be followed, in ms; default 15 minutes, a day at most. */
  readonly lifetimeMs?: number;
  /** Pages that are kept at most; default 256. The oldest goes first. */
  readonly maxCount?: number;
  /** Bytes of pages and pictures that are kept at most; default 128 MiB. The oldest go first. */
  readonly maxBytes?: number;
}

/** What a link leads to. */
export interface KeptRegion {
  /** HTML, without anything that names a patient. */
  readonly page: Buffer;
  /** Absent where a browser would not show it. */
  readonly picture?: BrowserPicture | undefined;
  readonly serviceId: string;
  /** For the audit alone. */
  readonly patientId: string;
  /** Of the call whose card has the link. */
  readonly requestId: string;
  /** "name/version/digest". */
  readonly model: string;
}

/** An address that leads nowhere until something is kept under it. */
export interface RegionOffer {
  /** 256 random bits: who has them may look. */
  readonly token: string;
  readonly until: Date;
}

interface Entry extends KeptRegion {
  readonly digest: Buffer;
  readonly untilMs: number;
  readonly sizeBytes: number;
}

const DEFAULTS = { lifetimeMs: 15 * 60_000, maxCount: 256, maxBytes: 128 * 1024 * 1024 };
const A_DAY_MS = 24 * 60 * 60_000;

/**
 * Pages with pictures of patients, in memory alone and for a short time. A token is kept as its digest only, so that no
 * image of this memory holds an address that works, and what the time of a look-up tells is of the digest.
 */
export class RegionLinks {
  readonly #limits: Required<RegionLinkOptions>;
  readonly #now: () => Date;
  /** By the digest of the token, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  #sizeBytes = 0;
  #sweep: NodeJS.Timeout | undefined;

  /** Throws DH_CONFIG_INVALID. */
  constructor(options: RegionLinkOptions, now: () => Date) {
    this.#limits = { ...DEFAULTS, ...options };
    for (const [name, value] of Object.entries(this.#limits)) {
      const most = name === 'lifetimeMs' ? A_DAY_MS : Number.MAX_SAFE_INTEGER;
      if (Number.isSafeInteger(value) && value >= 1 && value <= most) continue;
      throw new DeepHealthError(
        'DH_CONFIG_INVALID',
        `The setting regionLinks.${name} must be a whole number from 1 to ${most}.`,
        { details: { setting: `regionLinks.${name}` } },
      );
    }
    this.#now = now;
  }

  offer(): RegionOffer {
    return {
      token: randomBytes(32).toString('base64url'),
      until: new Date(this.#now().getTime() + this.#limits.lifetimeMs),
    };
  }

  /** Whether a page with a picture of so many bytes would be kept. */
  fits(sizeBytes: number): boolean {
    return sizeBytes <= this.#limits.maxBytes;
  }

  /** Keeps it under the offered address. What is too large is not kept, see {@link fits}. */
  keep({ token, until }: RegionOffer, region: KeptRegion): void {
    const sizeBytes = region.page.byteLength + (region.picture?.bytes.byteLength ?? 0);
    if (!this.fits(sizeBytes)) return;
    const digest = digestOf(token);
    this.#dropExpired();
    this.#entries.set(digest.toString('hex'), { ...region, digest, untilMs: until.getTime(), sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.maxCount && this.#sizeBytes <= this.#limits.maxBytes) break;
      this.#drop(key, entry);
    }
    this.#sweepLater();
  }

  /** What the token leads to, until its time is over. */
  find(token: string): KeptRegion | undefined {
    this.#dropExpired();
    const digest = digestOf(token);
    const entry = this.#entries.get(digest.toString('hex'));
    return entry !== undefined && timingSafeEqual(entry.digest, digest) ? entry : undefined;
  }

  get count(): number {
    return this.#entries.size;
  }

  close(): void {
    clearTimeout(this.#sweep);
    this.#sweep = undefined;
    this.#entries.clear();
    this.#sizeBytes = 0;
  }

  #dropExpired(): void {
    const nowMs = this.#now().getTime();
    for (const [key, entry] of this.#entries) {
      if (entry.untilMs <= nowMs) this.#drop(key, entry);
    }
  }

  #drop(key: string, { sizeBytes }: Entry): void {
    this.#entries.delete(key);
    this.#sizeBytes -= sizeBytes;
  }

  /** Pictures go when their time is over, also where nobody asks for any. */
  #sweepLater(): void {
    const [oldest] = this.#entries.values();
    if (this.#sweep !== undefined || oldest === undefined) return;
    const sweep = () => {
      this.#sweep = undefined;
      this.#dropExpired();
      this.#sweepLater();
    };
    this.#sweep = setTimeout(sweep, Math.max(1, oldest.untilMs - this.#now().getTime())).unref();
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

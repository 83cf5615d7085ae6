import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type KeptRegion, RegionLinks } from './region-links.js';

const START = new Date('2026-11-23T12:00:00Z');
const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const links = (options: ConstructorParameters<typeof RegionLinks>[0] = {}) =>
  new RegionLinks(options, () => new Date());
const region = (sizeBytes = 10, more: Partial<KeptRegion> = {}): KeptRegion => ({
  page: Buffer.alloc(sizeBytes),
  serviceId: 'xray',
  patientId: 'p-1',
  requestId: 'r-1',
  model: 'm/1/d',
  ...more,
});

function kept(store: RegionLinks, ...regions: KeptRegion[]): string[] {
  return regions.map((one) => {
    const offer = store.offer();
    store.keep(offer, one);
    return offer.token;
  });
}

describe('a link', () => {
  it('leads to what is kept under it, for a quarter of an hour and no longer', () => {
    const store = links();
    const offer = store.offer();
    store.keep(offer, region());
    expect(offer.until).toEqual(new Date('2026-11-23T12:15:00Z'));
    vi.setSystemTime(new Date(offer.until.getTime() - 1));
    expect(store.find(offer.token)?.requestId).toBe('r-1');
    vi.setSystemTime(offer.until);
    expect(store.find(offer.token)).toBeUndefined();
  });

  it('leads nowhere before something is kept, and with one character changed', () => {
    const store = links();
    const offer = store.offer();
    expect(store.find(offer.token)).toBeUndefined();
    store.keep(offer, region());
    for (let at = 0; at < offer.token.length - 1; at += 1) {
      const other = offer.token[at] === 'A' ? 'B' : 'A';
      expect(store.find(`${offer.token.slice(0, at)}${other}${offer.token.slice(at + 1)}`)).toBeUndefined();
    }
    for (const guess of ['', '__proto__', 'A'.repeat(43), offer.token.slice(1)])
      expect(store.find(guess)).toBeUndefined();
  });

  it('is 256 random bits, never the same', () => {
    const store = links();
    const tokens = Array.from({ length: 200 }, () => store.offer().token);
    expect(new Set(tokens).size).toBe(200);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  it('lies nowhere in memory as it is', () => {
    const store = links();
    const [token = ''] = kept(store, region());
    const seen: unknown[] = [];
    const set = vi.spyOn(Map.prototype, 'set').mockImplementationOnce(function (this: Map<unknown, unknown>, ...pair) {
      seen.push(...pair);
      return this;
    });
    const [other = ''] = kept(store, region());
    set.mockRestore();
    expect(seen).toHaveLength(2);
    expect(JSON.stringify(seen)).not.toContain(other);
    expect(store.find(token)).toBeDefined();
  });
});

describe('what is kept', () => {
  it('is no more than so many, the oldest going first', () => {
    const store = links({ maxCount: 2 });
    const [first = '', second = '', third = ''] = kept(store, region(), region(), region());
    expect([first, second, third].map((token) => store.find(token) !== undefined)).toEqual([false, true, true]);
    expect(store.count).toBe(2);
  });

  it('is no more than so many bytes, those of pictures too', () => {
    const store = links({ maxBytes: 100 });
    const picture = { bytes: new Uint8Array(50), mediaType: 'image/png' as const };
    const tokens = kept(store, region(10, { picture }), region(40), region(41));
    expect(tokens.map((token) => store.find(token) !== undefined)).toEqual([false, true, true]);
    expect(store.fits(100)).toBe(true);
    expect(store.fits(101)).toBe(false);
  });

  it('does not give way to what is too large for all of it', () => {
    const store = links({ maxBytes: 100 });
    const [small = '', large = ''] = kept(store, region(60), region(101));
    expect(store.find(small)).toBeDefined();
    expect(store.find(large)).toBeUndefined();
  });

  it('frees its bytes when its time is over', () => {
    const store = links({ maxBytes: 100 });
    kept(store, region(90));
    vi.setSystemTime(new Date(START.getTime() + 15 * MINUTE));
    const tokens = kept(store, region(50), region(50));
    expect(tokens.map((token) => store.find(token) !== undefined)).toEqual([true, true]);
  });

  it('is gone after its time, though nobody asks', async () => {
    const store = links();
    kept(store, region());
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    kept(store, region());
    expect(store.count).toBe(2);
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(store.count).toBe(1);
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(store.count).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is gone when the service ends, and waits for nothing', () => {
    const store = links();
    const [token = ''] = kept(store, region());
    store.close();
    expect(store.find(token)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it.each([
  ['lifetimeMs', 0],
  ['lifetimeMs', 25 * 60 * MINUTE],
  ['maxCount', 1.5],
  ['maxBytes', -1],
])('refuses %s of %s', (name, value) => {
  expect(() => links({ [name]: value })).toThrow(`regionLinks.${name}`);
});

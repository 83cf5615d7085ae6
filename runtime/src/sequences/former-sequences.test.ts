import { describe, expect, it } from 'vitest';
import { FormerSequences } from './former-sequences.js';

describe('FormerSequences', () => {
  it('remember how a sequence ended, the last time', () => {
    const former = new FormerSequences(10);
    former.remember('a', { why: 'ended' });
    former.remember('a', { why: 'idle', idleTimeoutMs: 5 });
    expect(former.get('a')?.end).toEqual({ why: 'idle', idleTimeoutMs: 5 });
    expect(former.get('b')).toBeUndefined();
  });

  it('forget the oldest first, and count an id that ends again as new', () => {
    const former = new FormerSequences(3);
    for (const id of ['a', 'b', 'c', 'a', 'd', 'e']) former.remember(id, { why: 'ended' });
    expect(['a', 'b', 'c', 'd', 'e'].filter((id) => former.get(id) !== undefined)).toEqual(['a', 'd', 'e']);
  });

  it('never hold more than their limit', () => {
    const former = new FormerSequences(100);
    for (let i = 0; i < 1000; i++) former.remember(`id-${i}`, { why: 'ended' });
    expect(former.size).toBe(100);
    expect(former.get('id-900')).toBeDefined();
    expect(former.get('id-899')).toBeUndefined();
  });
});

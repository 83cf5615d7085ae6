import { describe, expect, it } from 'vitest';
import { CrashMemory } from './crash-memory.js';

describe('the memory of crashes', () => {
  it('is empty until something was remembered', () => {
    const memory = new CrashMemory();
    expect([memory.isEmpty, memory.count('a'), memory.isSuspect('a')]).toEqual([true, 0, false]);
    memory.suspect('a');
    expect(memory.isEmpty).toBe(false);
  });

  it('counts the crashes of each input apart', () => {
    const memory = new CrashMemory();
    expect([memory.record('a'), memory.record('b'), memory.record('a')]).toEqual([1, 1, 2]);
    expect([memory.count('a'), memory.count('b'), memory.count('c')]).toEqual([2, 1, 0]);
  });

  it('never counts a suspicion as a crash, however often it is raised', () => {
    const memory = new CrashMemory();
    for (let i = 0; i < 5; i++) memory.suspect('a');
    expect([memory.isSuspect('a'), memory.count('a')]).toEqual([true, 0]);
    expect(memory.record('a')).toBe(1);
    memory.suspect('a');
    expect(memory.count('a')).toBe(1);
  });

  it('keeps the last thousand inputs, and forgets first what was not seen for the longest time', () => {
    const memory = new CrashMemory();
    memory.record('often');
    memory.record('once');
    for (let i = 0; i < 998; i++) memory.suspect(`input ${i}`);
    memory.record('often');
    memory.suspect('one more');
    expect([memory.count('often'), memory.isSuspect('once')]).toEqual([2, false]);
    expect([memory.isSuspect('input 0'), memory.isSuspect('one more')]).toEqual([true, true]);
    memory.suspect('and another');
    expect(memory.isSuspect('input 0')).toBe(false);
  });
});

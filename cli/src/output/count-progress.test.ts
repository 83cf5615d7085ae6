import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countProgress } from './count-progress.js';

const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  vi.useFakeTimers();
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Runs 100 samples that take so long each. */
function runThrough(milliseconds: number, isQuiet = false): void {
  const progress = countProgress('evaluating', 100, isQuiet);
  for (let done = 1; done <= 100; done++) {
    vi.advanceTimersByTime(milliseconds);
    progress.update(done);
  }
  progress.end();
}

describe('countProgress', () => {
  it('says nothing of quick work, and nothing where JSON is printed', () => {
    runThrough(5);
    runThrough(1000, true);
    expect(written).toEqual([]);
  });

  it.runIf(!process.stderr.isTTY)('tells each tenth of long work, with the time that is left', () => {
    runThrough(200);
    expect(written).toHaveLength(10);
    expect(written[0]).toBe('evaluating ... 10 of 100, about 18 s left\n');
    expect(written.at(-1)).toBe('evaluating ... 100 of 100, about 0 s left\n');
  });
});

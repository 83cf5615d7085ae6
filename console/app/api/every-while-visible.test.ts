import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { everyWhileVisible } from './every-while-visible.js';

function fakePage() {
  const target = new EventTarget();
  return {
    visibilityState: 'visible' as DocumentVisibilityState,
    addEventListener: target.addEventListener.bind(target) as Document['addEventListener'],
    removeEventListener: target.removeEventListener.bind(target) as Document['removeEventListener'],
    become(state: DocumentVisibilityState) {
      this.visibilityState = state;
      target.dispatchEvent(new Event('visibilitychange'));
    },
  };
}

describe('what is done again and again', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is done so long after the last time has ended', async () => {
    let finish: () => void = () => undefined;
    const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const end = everyWhileVisible(1000, act, fakePage());
    await vi.advanceTimersByTimeAsync(5000);
    expect(act).toHaveBeenCalledTimes(1);
    finish();
    await vi.advanceTimersByTimeAsync(999);
    expect(act).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(act).toHaveBeenCalledTimes(2);
    end();
  });

  it('rests while nobody sees the page, and is done at once when somebody does', async () => {
    const act = vi.fn();
    const page = fakePage();
    const end = everyWhileVisible(1000, act, page);
    page.become('hidden');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(act).not.toHaveBeenCalled();
    page.become('visible');
    expect(act).toHaveBeenCalledTimes(1);
    end();
  });

  it('plans nothing when it ends while nobody sees the page', async () => {
    let finish: () => void = () => undefined;
    const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const page = fakePage();
    const end = everyWhileVisible(1000, act, page);
    await vi.advanceTimersByTimeAsync(1000);
    page.become('hidden');
    finish();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(act).toHaveBeenCalledTimes(1);
    end();
  });

  it('ends', async () => {
    const act = vi.fn();
    const page = fakePage();
    everyWhileVisible(1000, act, page)();
    await vi.advanceTimersByTimeAsync(5000);
    page.become('visible');
    await vi.advanceTimersByTimeAsync(5000);
    expect(act).not.toHaveBeenCalled();
  });

  it('goes on after a failure', async () => {
    const act = vi.fn().mockRejectedValueOnce(new Error('once')).mockResolvedValue(undefined);
    const failures: unknown[] = [];
    const heard = (error: unknown) => failures.push(error);
    process.on('unhandledRejection', heard);
    const end = everyWhileVisible(1000, act, fakePage());
    await vi.advanceTimersByTimeAsync(2000);
    end();
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', heard);
    expect(act).toHaveBeenCalledTimes(2);
    expect(failures).toHaveLength(1);
  });
});

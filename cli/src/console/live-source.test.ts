import type { LiveFigures, ServerInside } from '@deephealth/runtime';
import { describe, expect, it } from 'vitest';
import { liveSource } from './live-source.js';

const bounds = [0.001, 0.01, 0.1];
const nothing = { bounds, counts: [0, 0, 0, 0] };

/** A server of one version, whose counts the test sets. */
function server() {
  const state = { requests: 0, failures: 0, counts: [0, 0, 0, 0], nowMs: 0 };
  const version = { name: 'heart', version: '1', queueLength: 2, running: 1, hosts: [{}, {}], hostRestarts: 3 };
  const inside = {
    store: { all: () => [version] },
    figures: (): LiveFigures => ({
      versions: [
        {
          ...{ name: 'heart', version: '1', requests: state.requests, failures: state.failures },
          duration: { bounds, counts: [...state.counts] },
        },
      ],
      eventLoopDelay: nothing,
    }),
  } as unknown as ServerInside;
  const source = liveSource(inside, () => state.nowMs);
  return { state, heart: () => source.read(undefined).models[0] };
}

describe('live figures', () => {
  it('are null before the first request, with what waits and runs', () => {
    const { heart } = server();
    expect(heart()).toMatchObject({ waiting: 2, running: 1, hosts: 2, restarts: 3, failures: 0 });
    expect(heart()?.latencyMs).toEqual({ p50: null, p95: null, p99: null });
  });

  it('count requests per second since the last look', () => {
    const { state, heart } = server();
    heart();
    Object.assign(state, { nowMs: 2000, requests: 10, failures: 1, counts: [0, 10, 0, 0] });
    expect(heart()).toMatchObject({ requestsPerSecond: 5, failures: 1, latencyMs: { p50: expect.closeTo(5.5) } });
  });

  it('forget what is older than a minute, but not the latency where nothing came since', () => {
    const { state, heart } = server();
    heart();
    Object.assign(state, { nowMs: 2000, requests: 10, counts: [0, 10, 0, 0] });
    heart();
    state.nowMs = 62_001;
    heart();
    state.nowMs = 130_000;
    expect(heart()).toMatchObject({ requestsPerSecond: 0, latencyMs: { p50: expect.closeTo(5.5) } });
    Object.assign(state, { nowMs: 131_000, requests: 11, counts: [0, 10, 1, 0] });
    expect(heart()?.latencyMs.p50).toBeCloseTo(55);
  });
});

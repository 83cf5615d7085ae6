import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from './default-limits.js';
import { SequencedRuns } from './sequenced-runs.js';
import { LaneFixture, outcomes, turn } from './testing/lane-fixture.js';

const suspension = new DeepHealthError('DH_MODEL_SUSPENDED', 'stopped');

/** Runs of a version that the test stops when it likes. */
function runsOn(fixture: LaneFixture) {
  const state = { isSuspended: false };
  const assertNotSuspended = () => {
    if (state.isSuspended) throw suspension;
  };
  const model = { name: 'm', version: '1', assertServing: assertNotSuspended, assertNotSuspended };
  const runs = new SequencedRuns(model, fixture.lane, DEFAULT_LIMITS);
  const ask = (mark: string) =>
    runs
      .run({
        deadlineMs: Number.POSITIVE_INFINITY,
        signal: new AbortController().signal,
        payload: { type: 'infer', outputs: [mark], tensors: {} },
      })
      .then(
        () => 'answered',
        (error: DeepHealthError) => error.code,
      );
  return { state, ask };
}

describe('a version that is stopped', () => {
  it('gives no answer that its host had given already', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const { state, ask } = runsOn(fixture);
    const asked = ask('late');
    await turn();
    // The host answers, and the stop comes before the answer has found its way out.
    host.serve('late');
    state.isSuspended = true;
    expect(await asked).toBe('DH_MODEL_SUSPENDED');
  });

  it('answers what waits and what runs, keeps its host, and lets late results go nowhere', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const asked = [fixture.ask('runs'), fixture.ask('stands ready'), ...Array.from({ length: 9 }, () => fixture.ask())];
    await turn();
    host.start('runs');
    fixture.lane.answerAll(suspension);
    await turn();
    expect(new Set(outcomes(asked))).toEqual(new Set(['DH_MODEL_SUSPENDED']));
    expect(host.isKilled).toBe(false);
    host.answer('runs');
    await turn();
    expect(fixture.lane.queueLength).toBeLessThanOrEqual(2);
    const next = fixture.ask('next');
    await turn();
    expect(next.outcome).toBeUndefined();
  });
});

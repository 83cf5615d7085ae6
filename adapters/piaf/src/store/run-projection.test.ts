import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { FINAL_STATES, type RunState } from '../runs/run-record.js';
import { isFinal, type RunEvent, type StoredRun } from './run-event.js';
import { RunProjection } from './run-projection.js';

const AT = '2026-11-30T12:00:00.000Z';
const SUBMITTED: RunEvent = {
  ...{ at: AT, type: 'submitted' },
  run: {
    ...{ runId: 'a'.repeat(32), tenant: 'ward', face: 'wes', chain: 'm/1.0.0/c', packageSha256: 'b'.repeat(64) },
    ...{ parameters: {}, request: {}, backend: 'local', inputs: [] },
  },
};
const STATES: readonly RunState[] = ['QUEUED', 'INITIALIZING', 'RUNNING', 'PAUSED', 'CANCELING', ...FINAL_STATES];
const NAMES = ['stage-in', 'chunk-00000', 'chunk-00001', 'chunk-00002', 'merge'];

const folded = (...events: RunEvent[]): StoredRun => {
  const known = new RunProjection(SUBMITTED);
  for (const event of events) known.apply(event);
  return known.run;
};
const task = (name: string, state: RunState): RunEvent => ({
  ...{ at: AT, type: 'task' },
  task: { name, state, attempts: 1 },
});

describe('what the events of a run amount to', () => {
  it('has progress that never goes back, and is 100 exactly when the run is complete, for any order of events', () => {
    const random = seededRandom(17);
    const any = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
    for (let round = 0; round < 300; round++) {
      const known = new RunProjection(SUBMITTED);
      let before = 0;
      let wasComplete = false;
      for (let step = 0; step < 30; step++) {
        const state = any(STATES);
        known.apply(
          any<RunEvent>([
            { at: AT, type: 'state', state },
            { at: AT, type: 'items', items: 5, chunks: NAMES.slice(1, 4) },
            task(any(NAMES), state),
            { at: AT, type: 'handle', handle: 'h' },
          ]),
        );
        const { progress, tasks, state: now } = known.run.record;
        wasComplete ||= now === 'COMPLETE';
        expect(progress).toBeGreaterThanOrEqual(before);
        expect(progress === 100).toBe(wasComplete);
        // Each task once, and the last word of it.
        expect(new Set(tasks.map(({ name }) => name)).size).toBe(tasks.length);
        for (const one of tasks) expect(known.task(one.name)).toBe(one);
        before = progress;
      }
    }
  });

  it('gives records that later events do not change', () => {
    const known = new RunProjection(SUBMITTED);
    known.apply(task('chunk-00000', 'RUNNING'));
    const { record } = known.run;
    const copy = structuredClone(record);
    known.apply(task('chunk-00000', 'COMPLETE'));
    known.apply(task('chunk-00001', 'RUNNING'));
    expect(record).toEqual(copy);
    expect(known.run).toBe(known.run);
  });

  it('names when it began once, when it ended, and why', () => {
    const later = '2026-11-30T13:00:00.000Z';
    const failure = { code: 'DH_CHUNK_FAILED', message: 'x' };
    const { record } = folded(
      { at: AT, type: 'state', state: 'INITIALIZING' },
      { at: later, type: 'state', state: 'INITIALIZING' },
      { at: later, type: 'state', state: 'EXECUTOR_ERROR', failure },
    );
    expect(record).toMatchObject({ startedAt: AT, endedAt: later, updatedAt: later, failure });
  });

  it('has artefacts of complete runs alone', () => {
    const artefacts = [{ path: 'a', mediaType: 'text/plain', size: 1, sha256: 'c' }];
    const found: RunEvent = { at: AT, type: 'artefacts', artefacts };
    expect(folded(found, { at: AT, type: 'state', state: 'COMPLETE' }).record.artefacts).toEqual(artefacts);
    expect(folded(found, { at: AT, type: 'state', state: 'CANCELED' }).record.artefacts).toEqual([]);
  });

  it('keeps what is known of a chunk when the chunks are named again', () => {
    const items: RunEvent = { at: AT, type: 'items', items: 2, chunks: ['chunk-00000', 'chunk-00001'] };
    const { record } = folded(items, task('chunk-00001', 'COMPLETE'), items);
    expect(record.tasks.map(({ name, state }) => [name, state])).toEqual([
      ['chunk-00000', 'QUEUED'],
      ['chunk-00001', 'COMPLETE'],
    ]);
  });

  it('takes two hundred thousand events of a hundred thousand tasks without looking through them for each', () => {
    const known = new RunProjection(SUBMITTED);
    const chunks = Array.from({ length: 100_000 }, (_, index) => `chunk-${index}`);
    known.apply({ at: AT, type: 'items', items: chunks.length, chunks });
    for (const state of ['RUNNING', 'COMPLETE'] as const) for (const name of chunks) known.apply(task(name, state));
    expect(known.run.record.progress).toBe(90);
  }, 10_000);

  it('knows the states that are final', () => {
    expect(STATES.filter(isFinal)).toEqual([...FINAL_STATES]);
  });
});

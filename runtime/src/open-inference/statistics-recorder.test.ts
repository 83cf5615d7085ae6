import { describe, expect, it } from 'vitest';
import { StatisticsRecorder } from './statistics-recorder.js';

const model = { name: 'm', version: '1' };
const finished = (batchSize: number, unit: number) => ({
  priority: 'ROUTINE' as const,
  code: undefined,
  totalUs: 100 * unit,
  queueUs: 10 * unit,
  timings: { preprocessUs: unit, inferenceUs: 20 * unit, postprocessUs: 2 * unit },
  batchSize,
});

describe('StatisticsRecorder', () => {
  it('has only zeros for a version that has answered nothing', () => {
    const { batches, ...counted } = new StatisticsRecorder().of(model);
    expect(batches).toEqual([]);
    const zero = { count: 0, us: 0 };
    expect(counted).toEqual({
      lastInferenceMs: 0,
      inferenceCount: 0,
      executionCount: 0,
      success: zero,
      fail: zero,
      queue: zero,
      computeInput: zero,
      computeInfer: zero,
      computeOutput: zero,
    });
  });

  it('begins at zero for a version that was removed and came again', () => {
    const recorder = new StatisticsRecorder();
    recorder.onFinished(model, finished(1, 1));
    recorder.onFinished({ ...model, version: '2' }, finished(1, 1));
    recorder.forget(model);
    expect(recorder.of(model).inferenceCount).toBe(0);
    expect(recorder.of({ ...model, version: '2' }).inferenceCount).toBe(1);
  });

  it('counts each row of a request as an inference, and the request once', () => {
    const recorder = new StatisticsRecorder();
    recorder.onExecution(model, 3, 30);
    recorder.onFinished(model, { ...finished(3, 1), rows: 3 });
    recorder.onFinished(model, { ...finished(1, 1), rows: 5, code: 'DH_MODEL_RUN_FAILED' });
    expect(recorder.of(model)).toMatchObject({ inferenceCount: 3, success: { count: 1 }, fail: { count: 1 } });
  });

  it('counts every answered request, and a run of several of them once', () => {
    let nowMs = 5000;
    const recorder = new StatisticsRecorder(() => nowMs);
    recorder.onExecution(model, 2, 30);
    recorder.onFinished(model, finished(2, 1));
    recorder.onFinished(model, finished(2, 3));
    nowMs = 7000;
    recorder.onExecution(model, 1, 20);
    recorder.onFinished(model, finished(1, 1));
    expect(recorder.of(model)).toEqual({
      lastInferenceMs: 7000,
      inferenceCount: 3,
      executionCount: 2,
      success: { count: 3, us: 500 },
      fail: { count: 0, us: 0 },
      queue: { count: 3, us: 50 },
      computeInput: { count: 3, us: 5 },
      computeInfer: { count: 3, us: 100 },
      computeOutput: { count: 3, us: 10 },
      batches: [
        {
          batchSize: 1,
          computeInput: { count: 1, us: 1 },
          computeInfer: { count: 1, us: 20 },
          computeOutput: { count: 1, us: 2 },
        },
        {
          batchSize: 2,
          computeInput: { count: 2, us: 4 },
          computeInfer: { count: 1, us: 30 },
          computeOutput: { count: 2, us: 8 },
        },
      ],
    });
  });

  it('keeps the time of failed requests out of what results cost', () => {
    const recorder = new StatisticsRecorder();
    recorder.onFinished(model, { ...finished(0, 1), code: 'DH_DEADLINE_EXCEEDED', timings: undefined });
    const counted = recorder.of(model);
    expect(counted.fail).toEqual({ count: 1, us: 100 });
    expect([counted.success.count, counted.queue.count, counted.inferenceCount, counted.batches]).toEqual([
      0,
      0,
      0,
      [],
    ]);
  });

  it('tells versions of one model and models of one version apart', () => {
    const recorder = new StatisticsRecorder();
    recorder.onFinished(model, finished(1, 1));
    expect(recorder.of({ name: 'm', version: '2' }).inferenceCount).toBe(0);
    expect(recorder.of({ name: 'n', version: '1' }).inferenceCount).toBe(0);
  });

  it('hands out a picture of the moment, which later requests do not change', () => {
    const recorder = new StatisticsRecorder();
    recorder.onFinished(model, finished(1, 1));
    const before = recorder.of(model);
    recorder.onFinished(model, finished(1, 1));
    expect(before.success.count).toBe(1);
    expect(before.batches[0]?.computeInput.count).toBe(1);
  });
});

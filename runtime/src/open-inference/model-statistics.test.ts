import { describe, expect, it } from 'vitest';
import { ModelDouble, openInferenceOver } from '../../test/served-model-double.js';
import { StatisticsRecorder } from './statistics-recorder.js';

const statistics = new StatisticsRecorder(() => 1234);
statistics.onExecution({ name: 'a', version: '1' }, 1, 2.5);
statistics.onFinished(
  { name: 'a', version: '1' },
  {
    priority: 'STAT',
    code: undefined,
    totalUs: 9_007_199_254_741,
    queueUs: 0,
    timings: { preprocessUs: 0, inferenceUs: 2.5, postprocessUs: 0 },
    batchSize: 1,
  },
);
const oip = openInferenceOver(
  [
    new ModelDouble({ name: 'a', version: '2', state: 'UNLOADED' }),
    new ModelDouble({ name: 'a', version: '1', state: 'UNLOADED' }),
    new ModelDouble({ name: 'b' }),
  ],
  { statistics },
);
const names = (request: { name: string; version: string }) =>
  oip.modelStatistics(request, {}).modelStats?.map(({ name, version }) => `${name}/${version}`);

describe('ModelStatistics', () => {
  it('gives durations in nanoseconds, exactly beyond what a number holds', () => {
    const [stats] = oip.modelStatistics({ name: 'a', version: '1' }, {}).modelStats ?? [];
    expect(stats).toMatchObject({
      lastInference: 1234,
      inferenceCount: 1,
      executionCount: 1,
      inferenceStats: { success: { count: 1, ns: '9007199254741000' }, cacheHit: { count: 0, ns: '0' } },
      batchStats: [{ batchSize: 1, computeInfer: { count: 1, ns: '3000' } }],
    });
  });

  it('lists what serves or has answered something: of all models, or of one', () => {
    expect(names({ name: '', version: '' })).toEqual(['a/1', 'b/1']);
    expect(names({ name: 'a', version: '' })).toEqual(['a/1']);
  });

  it('gives a version asked for, whether it has answered anything or not', () => {
    expect(names({ name: 'a', version: '2' })).toEqual(['a/2']);
  });

  it('knows no statistics of what does not exist', () => {
    expect(() => names({ name: 'z', version: '' })).toThrow("Request for unknown model: 'z' is not found");
    expect(() => names({ name: 'b', version: '9' })).toThrow("Request for unknown model: 'b' version 9 is not found");
  });
});

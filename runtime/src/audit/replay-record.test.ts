import { describe, expect, it } from 'vitest';
import { digestInputs } from '../host/input-digest.js';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import type { ModelWork } from '../lifecycle/sequenced-runs.js';
import type { AuditRecord } from './read-records.js';
import { replayRecord } from './replay-record.js';

const spec = (name: string) => ({ name, dataType: 'FP32', shape: [-1, 1] });

describe('a replay', () => {
  it('has a deadline of the clock that deadlines are on', async () => {
    let given: ModelWork | undefined;
    const model = {
      assertServing: () => undefined,
      loaded: {
        ...{ packageSha256: 'p', engine: 'e', provider: 'cpu' },
        manifest: { name: 'm', version: '1', tensors: { inputs: [spec('x')], outputs: [spec('y')] } },
      },
      run: (work: ModelWork) => {
        given = work;
        return Promise.reject(new Error('not run'));
      },
    } as unknown as ModelVersion;
    const inferBody = Buffer.from('{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]}');
    const input = digestInputs({ x: { dataType: 'FP32', shape: [1, 1], data: Buffer.from([0, 0, 128, 63]) } } as never);
    const record = { kind: 'inference', face: 'open-inference-http', package: 'p', input } as unknown as AuditRecord;
    const replayed = replayRecord({ model, record, request: { inferBody }, maxTensorElements: 10 });
    await expect(replayed).rejects.toThrow('not run');
    const leftMs = (given?.deadlineMs ?? Number.NaN) - monotonicMs();
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });
});

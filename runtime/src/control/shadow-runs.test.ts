import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import type { ModelWork } from '../lifecycle/sequenced-runs.js';
import { silentLog } from '../log.js';
import { ShadowRuns } from './shadow-runs.js';

describe('a run in the shadow', () => {
  it('has a deadline of the clock that deadlines are on', async () => {
    const given = await new Promise<ModelWork>((resolve) => {
      const model = {
        ...{ name: 'm', version: '2', isServing: true, queueLength: 0, loaded: {} },
        run: (work: ModelWork) => {
          resolve(work);
          return Promise.reject(new Error('not run'));
        },
      } as unknown as ModelVersion;
      const control = {
        suspensionOf: () => undefined,
        rolloutOf: () => ({ shadow: { version: '2', share: 1 } }),
      };
      const shadows = new ShadowRuns({ versions: () => [model] }, control, silentLog);
      const payload = { type: 'infer', tensors: {}, outputs: [] } as const;
      shadows.offer({ name: 'm', version: '1' }, false, { answer: { tensors: {} }, payloadFor: () => payload });
    });
    const leftMs = given.deadlineMs - monotonicMs();
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });
});

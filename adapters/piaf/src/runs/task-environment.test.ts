import { describe, expect, it } from 'vitest';
import { taskEnvironment } from './task-environment.js';

describe('the environment of tasks', () => {
  it('is what programs need to start, and nothing that may be secret', () => {
    const own = {
      ...{ PATH: '/bin', LANG: 'C', TZ: 'UTC', TMPDIR: '/scratch', CUDA_VISIBLE_DEVICES: '0' },
      ...{
        AWS_SECRET_ACCESS_KEY: 'x',
        DEEPHEALTH_TOKEN: 'x',
        NODE_OPTIONS: '--require x',
        HOME: '/root',
        LC_ALL: undefined,
      },
    };
    expect(taskEnvironment(own)).toEqual({
      ...{ PATH: '/bin', LANG: 'C', TZ: 'UTC', TMPDIR: '/scratch', CUDA_VISIBLE_DEVICES: '0' },
      ORT_DISABLE_TELEMETRY: '1',
    });
  });
});

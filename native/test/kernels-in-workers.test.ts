import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { addonPath, isAddonBuilt, programPath } from './addon-under-test.js';

describe.skipIf(!isAddonBuilt)('eight worker threads with the addon (skipped where it is not built)', () => {
  it.each([
    ['finish', 'all compute the same bits at the same time, to their end'],
    ['terminate', 'are ended in the middle of kernels, and the addon goes on serving'],
    ['refuse', 'are ended in the middle of calls that throw'],
    ['exit', 'are in the middle of kernels when the process exits'],
  ])(
    '%s: they %s',
    (way) => {
      const { status, signal, stdout, stderr } = spawnSync(
        process.execPath,
        [programPath('kernels-in-workers.mjs'), way, addonPath],
        {
          encoding: 'utf8',
          env: { ...process.env, DEEPHEALTH_NATIVE: 'require' },
          timeout: 120_000,
        },
      );
      expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: `${way}\n`, stderr: '' });
    },
    130_000,
  );
});

import { DeepHealthError } from '@deephealth/sdk';
import { expect, it } from 'vitest';
import type { ApiCall } from './api-route.js';
import type { ConsoleOptions } from './console-options.js';
import { predictRoute } from './predict-route.js';

it('asks for the very package whose description the answer is drawn by', async () => {
  const asked: object[] = [];
  const runtime = {
    getModel: async () => ({ summary: { packageSha256: 'ab'.repeat(32) }, inputs: [], outputs: [] }),
    predict: async (request: object) => {
      asked.push(request);
      throw new DeepHealthError('DH_PACKAGE_DIGEST_MISMATCH', 'Another package serves.');
    },
  };
  const call = {
    request: {
      query: new URLSearchParams(),
      headers: {},
      param: (name: string) => name,
      readBody: async () => Buffer.from('{}'),
    },
    connection: async () => ({ runtime, settings: {} }),
  } as unknown as ApiCall;
  const { answer } = predictRoute({} as ConsoleOptions);
  await expect(answer(call)).rejects.toMatchObject({ code: 'DH_PACKAGE_DIGEST_MISMATCH' });
  expect(asked).toMatchObject([{ expectedPackageSha256: 'ab'.repeat(32) }]);
});

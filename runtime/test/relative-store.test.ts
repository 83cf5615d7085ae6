import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient } from '@deephealth/sdk';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import { identityPackage } from './test-server.js';

it('serves a store that is named relative to the working directory, as on a command line', async () => {
  // Below the working directory: a path with enough ".." would be found from anywhere.
  const store = mkdtempSync(join('node_modules', '.deephealth-test-'));
  buildTestPackage(store, identityPackage);
  const server = await startRuntimeServer({ models: [store], port: 0 });
  const client = createRuntimeClient({ address: server.address });
  try {
    await server.verified;
    const models = await client.listModels();
    expect(models.map(({ name, state }) => [name, state])).toEqual([['identity', 'MODEL_STATE_READY']]);
  } finally {
    client.close();
    await server.stop();
    rmSync(store, { recursive: true, force: true });
  }
});

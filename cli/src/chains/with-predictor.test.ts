import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChainBinding, ChainPackage } from '@deephealth/adapter-piaf';
import { startRuntimeServer } from '@deephealth/runtime';
import { createControlClient, newSigningKey } from '@deephealth/sdk';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { afterAll, expect, it, vi } from 'vitest';
import { vectorPackage } from '../../test/served-packages.js';
import { withPredictor } from './with-predictor.js';

const folder = mkdtempSync(join(tmpdir(), 'deephealth-predictor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chain = { item: { kind: 'table' }, resources: { timeLimitS: 10 } } as unknown as ChainBinding;

it('computes nothing beside a runtime that has stopped the model, or refuses its package', async () => {
  const store = join(folder, 'store');
  const { folder: at, digest, manifest } = buildTestPackage(store, vectorPackage);
  const model = { folder: at, packageSha256: digest, manifest } as unknown as ChainPackage;
  const trusted = join(folder, 'trusted.pem');
  writeFileSync(trusted, newSigningKey().publicKey.export({ type: 'spki', format: 'pem' }));
  for (const trust of [undefined, { keys: trusted }]) {
    const stateFolder = mkdtempSync(join(folder, 'state-'));
    const server = await startRuntimeServer({ models: [store], port: 0, stateFolder, ...(trust && { trust }) });
    const control = createControlClient({ address: server.address });
    try {
      await server.verified;
      const run = vi.fn(async () => 'run');
      const ask = () => withPredictor(model, chain, { address: server.address }, run);
      if (trust !== undefined) {
        await expect(ask()).rejects.toMatchObject({
          code: 'DH_MODEL_QUARANTINED',
          message: expect.stringContaining('not signed'),
        });
        expect(run).not.toHaveBeenCalled();
        continue;
      }
      expect(await ask()).toBe('run');
      await control.suspendModel('vector', '', 'wrong units');
      await expect(ask()).rejects.toMatchObject({
        code: 'DH_MODEL_SUSPENDED',
        message: expect.stringContaining('wrong units'),
      });
      expect(run).toHaveBeenCalledTimes(1);
    } finally {
      control.close();
      await server.stop();
    }
  }
}, 60_000);

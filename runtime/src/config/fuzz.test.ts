import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, mutateJson } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import { parseServerConfig } from './load-server-config.js';
import type { ServerConfig } from './server-config.js';
import { toServerOptions } from './server-options.js';

const USUAL = 200;

const CONFIGS: readonly ServerConfig[] = [
  {
    models: ['models', '/srv/models'],
    listen: { host: '127.0.0.1', grpcPort: 0, httpPort: null },
    repository: { mode: 'explicit', load: ['ecg-beat'] },
    versionPolicy: { latest: 2 },
    limits: { memoryMiB: 1024, instances: 2, maxBatchSize: 8 },
    modelSettings: { 'ecg-beat': { versionPolicy: { specific: ['1.0.0'] }, limits: { runTimeoutMs: 1000 } } },
    log: { level: 'info' },
  },
  {
    repository: { mode: 'poll', pollIntervalMs: 5000 },
    remotes: { segmentation: { address: 'gpu.local:8500', concurrency: 4 } },
    tracing: { otlpEndpoint: 'http://localhost:4318/v1/traces', sampleRatio: 0.5 },
    sharedMemory: true,
  },
];

it(
  'a broken configuration is read or refused',
  async () => {
    const { inputs, refused } = await fuzzParser({
      ...{ parser: 'deephealth.config.json', seed: 1200, usual: USUAL, mutate: mutateJson },
      corpus: CONFIGS.map((config) => Buffer.from(JSON.stringify(config, null, 2))),
      read: (bytes) => toServerOptions(parseServerConfig(bytes, 'deephealth.config.json')),
      isRefusal: (thrown) => thrown instanceof DeepHealthError && thrown.code === 'DH_CONFIG_INVALID',
    });
    expect(refused).toBeGreaterThan(inputs / 10);
    expect(refused).toBeLessThan(inputs);
  },
  fuzzTimeoutMs(USUAL),
);

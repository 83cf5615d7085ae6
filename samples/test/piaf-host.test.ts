import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJsonLog, type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, readInputFile } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChainService, runCohort, startChains } from '../hosts/piaf/embed-node.js';

const samples = fileURLToPath(new URL('..', import.meta.url));
const inputs = join(samples, 'inputs', 'heart-disease-risk');

describe('a host for processing chains', () => {
  let folder: string;
  let runtime: RuntimeServer;
  let chains: ChainService;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'piaf-host-'));
    runtime = await startRuntimeServer({
      models: [join(samples, 'models')],
      repository: { mode: 'explicit', load: ['heart-disease-risk'] },
      port: 0,
      log: createJsonLog('error'),
    });
    await runtime.verified;
    const packages = [join(samples, 'models', 'heart-disease-risk', '1.0.0')];
    const program = [process.execPath, join(samples, '..', 'cli', 'bin', 'deephealth.mjs')];
    chains = await startChains({ packages, folder, runtime: runtime.address, program });
  }, 60_000);
  afterAll(async () => {
    await chains?.stop();
    await runtime?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives by the names of the platform what the runtime says of each patient', async () => {
    const names = ['low-risk.json', 'high-risk.json'];
    const studies = [];
    for (const name of names) studies.push({ name, content: await readFile(join(inputs, name)) });
    const results = await runCohort(chains.url, 'heart-disease-risk/1.0.0/risk', studies);
    const client = createRuntimeClient({ address: runtime.address });
    try {
      const model = await client.getModel('heart-disease-risk', '1.0.0');
      for (const name of names) {
        const question = { modelName: 'heart-disease-risk', modelVersion: '1.0.0' };
        const alone = await client.predict({ ...question, inputs: await readInputFile(join(inputs, name), model) });
        const probabilities = alone.findings[0]?.classification?.classes.map(({ probability }) => probability);
        const [finding] = (results.get(name)?.findings ?? []) as {
          classification: { classes: { probability: number }[] };
        }[];
        expect(finding?.classification.classes.map(({ probability }) => probability)).toEqual(probabilities);
      }
    } finally {
      client.close();
    }
  }, 60_000);

  it('is told why a run did not complete', async () => {
    const broken = [{ name: 'nobody.json', content: Buffer.from('no table') }];
    await expect(runCohort(chains.url, 'heart-disease-risk/1.0.0/risk', broken)).rejects.toThrow(
      /EXECUTOR_ERROR.*item-000001/,
    );
    await expect(runCohort(chains.url, 'heart-disease-risk/1.0.0/other', broken)).rejects.toThrow(/^400/);
  }, 60_000);
});

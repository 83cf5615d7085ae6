import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { runtimeV1 } from '@deephealth/proto';
import { type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import {
  createRuntimeClient,
  type ExplanationSpec,
  type Manifest,
  type RuntimeClient,
  readInputFile,
} from '@deephealth/sdk';
import { writeTestSums } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { photoPackage } from './highlight-packages.js';
import { startTestServer } from './test-server.js';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const chestXray = fileURLToPath(new URL('../../../shared/data/chest-xray/00000001_000.png', import.meta.url));

/** The sample model as it is, with an explanation in its manifest. */
function explainedEcgBeat(store: string, explanation: ExplanationSpec): void {
  const folder = join(store, 'ecg-beat', '1.0.0');
  mkdirSync(join(store, 'ecg-beat'), { recursive: true });
  cpSync(join(samples, 'models/ecg-beat/1.0.0'), folder, { recursive: true });
  const path = join(folder, 'model.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const outputs = manifest.outputs.map((output) => ({ ...output, explanation }));
  writeFileSync(path, JSON.stringify({ ...manifest, outputs }));
  writeTestSums(folder);
}

const floatsOf = (map: runtimeV1.Map__Output): Float32Array =>
  new Float32Array(Uint8Array.from(map.values?.data as Buffer).buffer);

describe('the region behind a heartbeat of the sample model', () => {
  let store: string;
  let server: RuntimeServer;
  let client: RuntimeClient;
  beforeAll(async () => {
    store = mkdtempSync(join(tmpdir(), 'deephealth-test-'));
    explainedEcgBeat(store, { method: 'occlusion', input: 'ecg', patch: [36], stride: [12], baseline: 'mean' });
    server = await startRuntimeServer({ models: [store], port: 0, log: () => undefined });
    client = createRuntimeClient({ address: server.address });
    await server.verified;
  });
  afterAll(async () => {
    client.close();
    await server.stop();
    rmSync(store, { recursive: true, force: true });
  });

  it('lies around the R peak, which is sample 432, and passes its test', async () => {
    const model = await client.getModel('ecg-beat');
    const inputs = await readInputFile(join(samples, 'inputs/ecg-beat/ventricular.csv'), model);
    const { findings, warnings } = await client.predict({ modelName: 'ecg-beat', inputs, highlights: ['beat'] });
    const highlight = findings[0]?.highlight as runtimeV1.Map__Output;
    expect(highlight.grid).toMatchObject({ size: ['648'], unit: 'LENGTH_UNIT_SECOND' });
    expect(highlight.grid?.spacing[0]).toBeCloseTo(1 / 360, 12);
    const values = floatsOf(highlight);
    expect(values).toHaveLength(648);
    const top = values.indexOf(Math.max(...values));
    // Within 0.2 s of the peak: a ventricular beat is known by its wide complex and what follows it.
    expect(Math.abs(top - 432)).toBeLessThan(72);
    expect(highlight.explanation?.deletion?.isBetterThanRandom).toBe(true);
    expect(warnings.map(({ kind }) => kind)).not.toContain('WARNING_KIND_HIGHLIGHT_DOUBTFUL');
  });

  it('shares its host with other beats, which answer as ever', async () => {
    const model = await client.getModel('ecg-beat');
    const normal = await readInputFile(join(samples, 'inputs/ecg-beat/normal.csv'), model);
    const alone = await client.predict({ modelName: 'ecg-beat', inputs: normal });
    const [explained, ...others] = await Promise.all([
      client.predict({ modelName: 'ecg-beat', inputs: normal, highlights: ['beat'] }),
      ...Array.from({ length: 10 }, () => client.predict({ modelName: 'ecg-beat', inputs: normal })),
    ]);
    const classesOf = ({ findings }: runtimeV1.PredictResponse__Output) => findings[0]?.classification?.classes;
    for (const answer of [explained, ...others]) expect(classesOf(answer)).toEqual(classesOf(alone));
  });
});

describe.skipIf(!existsSync(chestXray))('the region behind a chest radiograph (shared data)', () => {
  it('lies on all of its 512 x 512 pixels', async () => {
    const test = await startTestServer([photoPackage({ name: 'spot', input: { maxPixels: 2 ** 24 } })]);
    try {
      const inputs = [{ name: 'photo', image: { data: readFileSync(chestXray), mediaType: 'image/png' } }];
      const { findings } = await test.client.predict({ modelName: 'spot', inputs, highlights: ['spot'] });
      const highlight = findings[0]?.highlight as runtimeV1.Map__Output;
      expect(highlight.grid?.size).toEqual(['512', '512']);
      const values = floatsOf(highlight);
      expect(values).toHaveLength(512 * 512);
      expect(values.every(Number.isFinite)).toBe(true);
      // The model looks at rows 2 to 5 and columns 8 to 11 of 16; a cover reaches 3 further at most.
      const at = (row: number, column: number) =>
        values[Math.round(row * 32) * 512 + Math.round(column * 32)] as number;
      expect(at(4, 10)).toBeGreaterThan(0.01);
      for (const [row, column] of [
        [12, 2],
        [12, 10],
        [4, 2],
        [15, 15],
      ] as const) {
        expect(at(row, column), `${row}, ${column}`).toBe(0);
      }
    } finally {
      await test.stop();
    }
  });
});

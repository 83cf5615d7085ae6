import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FileRefusal } from '../errors/file-refusal.js';
import { readNifti } from '../nifti/read-nifti.js';
import { writeNifti } from '../nifti/write-nifti.js';
import { dicomWaveform } from '../testing/dicom-waveform.js';
import { fuzzRounds, mutateBytes } from '../testing/mutate-bytes.js';
import { seededRandom } from '../testing/seeded-random.js';
import { readDicomWaveform } from './dicom-waveform.js';
import { parseEdf } from './edf.js';
import { readSampledData } from './fhir-sampled-data.js';
import { readWfdbSignals } from './wfdb.js';
import { parseWfdbHeader } from './wfdb-header.js';

// The full form: DEEPHEALTH_FUZZ=100000 npx vitest run sdk/src/input-files/fuzz.test.ts
const ROUNDS = fuzzRounds(500);
const LIMIT_MS = 500;
const LIMIT_BYTES = 256 * 1024 * 1024;

/** Reads `rounds` broken files; each is read or refused, in bounded time and memory. Gives how many were refused. */
async function fuzz(seed: number, file: Uint8Array, read: (bytes: Buffer) => unknown): Promise<number> {
  const random = seededRandom(seed);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutateBytes(random, file);
    const started = performance.now();
    try {
      await read(bytes);
    } catch (error) {
      if (!(error instanceof FileRefusal)) throw new Error(`round ${round} of seed ${seed}`, { cause: error });
      refused++;
    }
    const tookMs = performance.now() - started;
    // A busy machine may stop a round once; it does not stop it twice.
    if (tookMs > LIMIT_MS) {
      const again = performance.now();
      await Promise.resolve(read(bytes)).catch(() => undefined);
      expect(performance.now() - again, `round ${round} of seed ${seed}`).toBeLessThan(LIMIT_MS);
    }
    if (round % 100 === 0) expect(process.memoryUsage().arrayBuffers).toBeLessThan(LIMIT_BYTES);
  }
  return refused;
}

const volume = writeNifti(
  {
    voxels: Uint8Array.from({ length: 60 }, (_, i) => i),
    size: [5, 4, 3],
    affine: [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0],
  },
  false,
);
const edf = (() => {
  const each = (width: number, values: readonly (string | number)[]) =>
    values.map((v) => String(v).padEnd(width)).join('');
  const header = [
    each(8, ['0']),
    each(80, ['X', 'X']),
    '01.01.8500.00.00',
    each(8, [256 * 3]),
    each(44, ['EDF+C']),
    each(8, [2, 1]),
    each(4, [2]),
    each(16, ['EEG', 'EDF Annotations']),
    each(80, ['', '']),
    each(8, ['uV', '', -100, -1, 100, 1, -1000, -32768, 1000, 32767]),
    each(80, ['', '']),
    each(8, [4, 16]),
    each(32, ['', '']),
  ].join('');
  const record = (second: number) =>
    Buffer.concat([
      Buffer.from(Int16Array.of(1, 2, 3, 4).buffer),
      Buffer.from(`+${second}\x14\x14\0+${second}.5\x151\x14spike\x14\0`.padEnd(32, '\0'), 'latin1'),
    ]);
  return Buffer.concat([Buffer.from(header, 'latin1'), record(0), record(1)]);
})();
const hea = Buffer.from(
  'r 2 360/10(5) 2\nr.dat 212 200(1024)/mV 11 1024 995 1990 0 MLII\nr.dat 212 200 11 1024 1011 2022 0 V5\n',
);
const dat = Buffer.from('e333f3e333f3', 'hex');
const observation = Buffer.from(
  JSON.stringify({
    resourceType: 'Observation',
    component: [
      {
        code: { text: 'II' },
        valueSampledData: { origin: { value: 0, code: 'mV' }, period: 4, factor: 0.5, dimensions: 1, data: '1 2 -3.5' },
      },
    ],
  }),
);

const waveform = dicomWaveform([
  {
    channels: [{ label: 'I', sensitivity: '2.5', unit: 'uV', baseline: '1' }, { source: 'Lead II' }],
    samples: [
      [1, 2],
      [3, 4],
      [-5, 6],
    ],
    padding: -5,
  },
]);

describe(`${ROUNDS} broken files`, () => {
  it('of each kind were read before they were broken', async () => {
    expect((await readNifti(volume, { maxVoxels: 1000 })).voxels).toHaveLength(60);
    expect(parseEdf(edf)).toMatchObject({
      channels: [{ samplingRateHz: 4 }],
      annotations: [{ onsetS: 0.5 }, { onsetS: 1.5 }],
    });
    expect(readWfdbSignals(parseWfdbHeader(hea.toString()), new Map([['r.dat', dat]])).channels).toHaveLength(2);
    expect((await readDicomWaveform(waveform)).channels).toHaveLength(2);
    expect(readSampledData(JSON.parse(observation.toString())).channels).toHaveLength(1);
  });

  const long = ROUNDS * 10 + 60_000;
  it('of NIfTI are read or refused', { timeout: long }, async () => {
    expect(await fuzz(1, volume, (bytes) => readNifti(bytes, { maxVoxels: 2 ** 20 }))).toBeGreaterThan(ROUNDS / 10);
  });

  it('of compressed NIfTI are read or refused', { timeout: long }, async () => {
    const read = (bytes: Buffer) => readNifti(bytes, { maxVoxels: 2 ** 20 });
    expect(await fuzz(2, gzipSync(volume), read)).toBeGreaterThan(ROUNDS / 2);
    // Broken within, and whole as a compressed file.
    expect(await fuzz(3, volume, (bytes) => read(gzipSync(bytes)))).toBeGreaterThan(ROUNDS / 10);
  });

  it('of EDF are read or refused', { timeout: long }, async () => {
    expect(await fuzz(4, edf, async (bytes) => parseEdf(bytes))).toBeGreaterThan(ROUNDS / 10);
  });

  it('of WFDB are read or refused, header and samples', { timeout: long }, async () => {
    const read = async (header: Buffer, samples: Buffer) =>
      readWfdbSignals(parseWfdbHeader(header.toString('latin1')), new Map([['r.dat', samples]]));
    expect(await fuzz(5, hea, (bytes) => read(bytes, dat))).toBeGreaterThan(ROUNDS / 10);
    expect(await fuzz(6, dat, (bytes) => read(hea, bytes))).toBeGreaterThan(ROUNDS / 10);
  });

  it('of DICOM waveforms are read or refused', { timeout: long }, async () => {
    expect(await fuzz(8, waveform, readDicomWaveform)).toBeGreaterThan(ROUNDS / 10);
  });

  it('of FHIR are read or refused', { timeout: long }, async () => {
    const read = async (bytes: Buffer) => {
      let document: unknown;
      try {
        document = JSON.parse(bytes.toString());
      } catch {
        // Whether it is JSON is not this parser's question.
        return undefined;
      }
      if (typeof document !== 'object' || document === null) return undefined;
      return readSampledData(document as Record<string, unknown>);
    };
    expect(await fuzz(7, observation, read)).toBeGreaterThan(0);
  });
});

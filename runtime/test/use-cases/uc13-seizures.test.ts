import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readInputFile } from '@deephealth/sdk';
import { edfFile, graphWeights, seededRandom, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from '../test-server.js';
import { findingOf, fp32, sigmoid } from './small-graphs.js';

const folder = fileURLToPath(new URL('../../../../shared/data/eddl/', import.meta.url));
const isThere = existsSync(folder);
const model = isThere ? readFileSync(`${folder}uc13_eeg_lstm_chb01_epoch0000_val0.7583.onnx`) : Buffer.alloc(0);
/** Mean and standard deviation of the patient's signals, in microvolts: two float64 behind a NumPy header. */
const stats = isThere ? readFileSync(`${folder}uc13_stats.npy`) : Buffer.alloc(16);
const [MEAN, STD] = [stats.readDoubleLE(stats.length - 16), stats.readDoubleLE(stats.length - 8)];

const RATE = 256;
const CHANNELS = [
  ...['FP1-F7', 'F7-T7', 'T7-P7', 'P7-O1', 'FP1-F3', 'F3-C3', 'C3-P3', 'P3-O1', 'FP2-F4', 'F4-C4', 'C4-P4', 'P4-O2'],
  ...['FP2-F8', 'F8-T8', 'T8-P8', 'P8-O2', 'FZ-CZ', 'CZ-PZ', 'P7-T7', 'T7-FT9', 'FT9-FT10', 'FT10-T8', 'T8-P8-1'],
];

/** What the network gives for a sequence of frames: the definitions of ONNX in FP64, with the weights of the file. */
function reference(frames: readonly Float32Array[]): number {
  const { weights, numberOf } = graphWeights(model);
  const of = (name: string) => weights.get(name) as Float32Array;
  const [w, r, b] = [of('LSTM1_W'), of('LSTM1_R'), of('LSTM1_B')];
  const units = b.length / 8;
  const dot = (matrix: ArrayLike<number>, row: number, vector: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += (matrix[row * vector.length + i] as number) * (vector[i] as number);
    return sum;
  };
  let hidden = new Float64Array(units);
  let cell = new Float64Array(units);
  for (const frame of frames) {
    // Gates in the order input, output, forget, cell.
    const gates = Float64Array.from({ length: 4 * units }, (_, g) => {
      return dot(w, g, frame) + dot(r, g, hidden) + (b[g] as number) + (b[4 * units + g] as number);
    });
    const gate = (index: number, unit: number) => gates[index * units + unit] as number;
    cell = cell.map((c, u) => sigmoid(gate(2, u)) * c + sigmoid(gate(0, u)) * Math.tanh(gate(3, u)));
    hidden = cell.map((c, u) => sigmoid(gate(1, u)) * Math.tanh(c));
  }
  const epsilon = numberOf('BatchNormalization', 'epsilon') ?? 1e-5;
  const dense = Float64Array.from({ length: units }, (_, c) => {
    let sum = of('dense1_b')[c] as number;
    for (let i = 0; i < units; i++) sum += (hidden[i] as number) * (of('dense1_W')[i * units + c] as number);
    const at = (what: string) => of(`batchnorm1_${what}`)[c] as number;
    return Math.max(((sum - at('mean')) / Math.sqrt(at('variance') + epsilon)) * at('scale') + at('bias'), 0);
  });
  return sigmoid(dot(of('dense2_W'), 0, dense) + (of('dense2_b')[0] as number));
}

/** What use case 13 does before the network: z-score with the patient's statistics, then a clip at 20. */
const normalize = (microvolts: number) =>
  Math.fround(Math.min(Math.max(Math.fround((Math.fround(microvolts) - MEAN) / STD), -20), 20));
/** 19 frames of 1 s every 0.5 s from a window of 10 s. */
const framesOf = (samples: readonly number[], start = 0) =>
  Array.from({ length: 19 }, (_, k) =>
    Float32Array.from(samples.slice(start + k * 128, start + k * 128 + RATE), normalize),
  );

const rhythm = (sample: number) => 100 * Math.sin((2 * Math.PI * 3 * sample) / RATE);
const calm = Array<number>(10 * RATE).fill(0);
const rhythmic = calm.map((_, i) => Math.fround(rhythm(i)));

function packages(): TestPackageOptions[] {
  const tensors = {
    inputs: [fp32('input1orig', [-1, -1, 256])],
    outputs: [fp32('sigmoid2', [-1, 1], { range: [0, 1] })],
  };
  const half = CHANNELS.map((_, c) => (c < 12 ? rhythmic : calm));
  const values = [rhythmic, calm].map((samples) => reference(framesOf(samples)));
  const golden = half.map((samples) => values[samples === rhythmic ? 0 : 1] as number);
  return [
    {
      name: 'seizures',
      model,
      tensors,
      manifest: {
        inputs: [
          {
            name: 'eeg',
            kind: 'signal',
            feeds: 'input1orig',
            channels: CHANNELS.map((name) => ({ name, unit: 'uV', validRange: [-3277, 3277] as const })),
            samplingRateHz: RATE,
            samples: { minimum: 10 * RATE, maximum: 600 * RATE },
            steps: [
              { op: 'select_channels', channels: CHANNELS },
              { op: 'standardize_channels', mean: [MEAN], std: [STD] },
              { op: 'clip', minimum: -20, maximum: 20 },
              { op: 'window_signal', lengthS: 10, stepS: 0.5, rows: 'windows_and_channels' },
              { op: 'frame_signal', lengthS: 1, stepS: 0.5 },
            ],
          },
        ],
        outputs: [
          {
            name: 'seizures',
            kind: 'events',
            from: 'sigmoid2',
            input: 'eeg',
            label: 'seizure',
            threshold: 0.5,
            consensus: 'mean',
            smoothing: { windows: 20, startShare: 0.4, endShare: 0.4 },
          },
        ],
      },
      golden: [
        {
          id: 'half-the-channels',
          inputs: {
            eeg: {
              signal: { channels: CHANNELS.map((name) => ({ name, unit: 'uV' })), samplingRateHz: RATE, samples: half },
            },
          },
          expected: { sigmoid2: { dataType: 'FP32', shape: [23, 1], values: golden, scale: 1 } },
        },
      ],
    },
    {
      name: 'rows',
      model,
      tensors,
      golden: [
        {
          id: 'rhythm',
          inputs: {
            input1orig: {
              dataType: 'FP32',
              shape: [1, 19, 256],
              values: framesOf(rhythmic).flatMap((frame) => [...frame]),
            },
          },
          expected: { sigmoid2: { dataType: 'FP32', shape: [1, 1], values: [values[0] as number], scale: 1 } },
        },
      ],
    },
  ];
}

const SECONDS = 48;
const [FROM_S, TO_S] = [22, 32];
/** 3 waves a second of 100 uV in most channels from 22 s to 32 s; everything else is a little noise. */
function recording(): number[][] {
  const random = seededRandom(13);
  return CHANNELS.map((_, c) =>
    Array.from({ length: SECONDS * RATE }, (__, i) => {
      const isSeizure = c < 17 && i >= FROM_S * RATE && i < TO_S * RATE;
      // Tenths of a microvolt, so that the file holds exactly these.
      return Math.round(10 * ((isSeizure ? rhythm(i) : 0) + 20 * (random() - 0.5))) / 10;
    }),
  );
}

/** EDF of records of one second, channels at 256 Hz, 0.1 uV a step. */
function edfOf(samples: readonly (readonly number[])[], rate = RATE): Buffer {
  const scale = { pmin: '-3276.8', pmax: '3276.7', dmin: '-32768', dmax: '32767' };
  const seconds = (samples[0]?.length ?? 0) / rate;
  const records = Array.from({ length: seconds }, (_, second) =>
    Buffer.from(
      Int16Array.from(
        samples.flatMap((channel) => channel.slice(second * rate, (second + 1) * rate)),
        (v) => Math.round(10 * v),
      ).buffer,
    ),
  );
  return edfFile({ channels: CHANNELS.map((label) => ({ label, count: rate, ...scale })), records, recordS: '1' });
}

describe.skipIf(!isThere)('use case 13, the real export of EDDL (needs ../shared/data)', () => {
  let test: TestServer;
  let files: string;
  beforeAll(async () => {
    files = mkdtempSync(join(tmpdir(), 'deephealth-eeg-'));
    test = await startTestServer(packages());
  });
  afterAll(async () => {
    await test.stop();
    rmSync(files, { recursive: true, force: true });
  });
  const predictFile = async (name: string, content: Buffer) => {
    writeFileSync(join(files, name), content);
    const inputs = await readInputFile(join(files, name), await test.client.getModel('seizures', ''));
    return test.client.predict({ modelName: 'seizures', inputs });
  };

  it('finds a seizure in an EDF file: patient statistics, windows, consensus of 23 channels, smoothing', async () => {
    const samples = recording();
    const response = await predictFile('night.edf', edfOf(samples));
    const events = findingOf(response, 'seizures').events?.items ?? [];

    // The same by hand: each window and channel as rows of tensors, the mean of the channels, 20 windows.
    const windows = (SECONDS - 10) * 2 + 1;
    const consensus: number[] = [];
    for (let window = 0; window < windows; window++) {
      const rows = samples.flatMap((channel) => framesOf(channel, window * 128).flatMap((frame) => [...frame]));
      const answer = await test.client.predict({
        modelName: 'rows',
        inputs: [tensorInput('input1orig', rows, [23, 19, 256])],
      });
      consensus.push(valuesOf(answer, 'sigmoid2').reduce((a, b) => a + b, 0) / 23);
    }
    const share = (last: number) => consensus.slice(last - 19, last + 1).filter((p) => p >= 0.5).length / 20;
    const first = consensus.findIndex((_, i) => i >= 19 && share(i) >= 0.4);
    const end = consensus.findIndex((_, i) => i > first && share(i) <= 0.4);
    expect(first).toBeGreaterThan(19);
    expect(end).toBeGreaterThan(first);
    expect(events).toHaveLength(1);
    // Known at the end of the window that decided.
    expect(events[0]).toMatchObject({ label: 'seizure', startS: first * 0.5 + 10, durationS: (end - first) * 0.5 });
    const inside = consensus.slice(first, end + 1);
    expect(events[0]?.probability).toBeCloseTo(inside.reduce((a, b) => a + b, 0) / inside.length, 5);
  }, 60_000);

  it('finds nothing in a calm recording, and refuses another rate, a missing channel and one in another unit', async () => {
    const still = recording().map((channel) => channel.slice(0, 12 * RATE));
    const calmFindings = await predictFile('calm.edf', edfOf(still));
    expect(findingOf(calmFindings, 'seizures').events?.items).toEqual([]);
    expect(await refusalOf(predictFile('slow.edf', edfOf(still, 128)))).toMatchObject({
      code: 'DH_SIGNAL_RATE_MISMATCH',
    });
    const renamed = Buffer.from(edfOf(still).toString('latin1').replace('FZ-CZ ', 'FZ-XX '), 'latin1');
    expect(await refusalOf(predictFile('renamed.edf', renamed))).toMatchObject({ code: 'DH_SIGNAL_CHANNEL_MISSING' });
    const millivolts = Buffer.from(edfOf(still).toString('latin1').replace('uV ', 'mV '), 'latin1');
    expect(await refusalOf(predictFile('unit.edf', millivolts))).toMatchObject({ code: 'DH_SIGNAL_UNIT_MISMATCH' });
  });
});

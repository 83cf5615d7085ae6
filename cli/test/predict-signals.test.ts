import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEdf } from '@deephealth/sdk';
import { buildOnnxModel, edfFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { type ServedPackages, servePackages } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const CHANNELS = ['EEG Fp1', 'EEG Fp2', 'EEG Cz'];

/** Probability of a window and channel: the mean of its samples; the shape of DeepHealth's use case 13. */
const detector: TestPackageOptions = {
  name: 'seizures',
  version: '1.0.0',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 'sequence', 4] }],
    outputs: [{ name: 'p', dataType: 'FP32', shape: ['batch'] }],
    nodes: [
      { op: 'ReduceMean', inputs: ['x'], outputs: ['p'], attributes: { axes: { ints: [1, 2] }, keepdims: { int: 0 } } },
    ],
    opset: 11,
  }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, -1, 4] }],
    outputs: [{ name: 'p', dataType: 'FP32', shape: [-1] }],
  },
  manifest: {
    inputs: [
      {
        name: 'eeg',
        kind: 'signal',
        feeds: 'x',
        channels: CHANNELS.map((name) => ({ name, unit: 'uV', validRange: [-100, 100] as const })),
        samplingRateHz: 4,
        samples: { minimum: 8, maximum: 4000 },
        steps: [
          { op: 'select_channels', channels: CHANNELS },
          { op: 'standardize_channels', mean: [0], std: [50] },
          { op: 'clip', minimum: 0, maximum: 1 },
          { op: 'window_signal', lengthS: 2, stepS: 1, rows: 'windows_and_channels' },
          { op: 'frame_signal', lengthS: 1, stepS: 0.5 },
        ],
      },
    ],
    outputs: [
      {
        name: 'seizures',
        kind: 'events',
        from: 'p',
        input: 'eeg',
        label: 'seizure',
        threshold: 0.5,
        consensus: 'mean',
        smoothing: { windows: 4, startShare: 0.5, endShare: 0.25 },
      },
    ],
  },
  golden: [
    {
      id: 'half',
      inputs: {
        eeg: {
          signal: {
            channels: CHANNELS.map((name) => ({ name, unit: 'uV' })),
            samplingRateHz: 4,
            samples: [Array(8).fill(50), Array(8).fill(0), Array(8).fill(25)],
          },
        },
      },
      expected: { p: { dataType: 'FP32', shape: [3], values: [1, 0, 0.5] } },
    },
  ],
};

const SECONDS = 40;
/** Two of three channels are high from 10 s to 20 s. */
const microvolts = (channel: number, second: number) => (channel < 2 && second >= 10 && second < 20 ? 50 : 0);

/** EDF of records of one second; the fourth channel is at another rate. */
function edf(): Buffer {
  const channels = [
    ...CHANNELS.map((label) => ({ label, count: 4 })),
    { label: 'Temp rectal', unit: 'degC', count: 1 },
  ];
  const records = Array.from({ length: SECONDS }, (_, second) => {
    const samples = channels.flatMap(({ count }, c) =>
      Array<number>(count).fill(c === 3 ? 370 : microvolts(c, second) * 10),
    );
    return Buffer.from(Int16Array.from(samples).buffer);
  });
  return edfFile({ channels, records, recordS: '1' });
}

let served: ServedPackages;
let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = temporaryFolder();
  writeFileSync(at('night.edf'), edf());
  const stored = Array.from({ length: SECONDS * 4 }, (_, i) =>
    CHANNELS.map((__, c) => microvolts(c, Math.floor(i / 4)) * 20),
  ).flat();
  writeFileSync(at('night.dat'), Buffer.from(Int16Array.from(stored).buffer));
  const lines = CHANNELS.map(
    (name) =>
      `night.dat 16 20/uV 16 0 0 ${((stored.filter((_, i) => i % 3 === CHANNELS.indexOf(name)).reduce((a, b) => a + b) % 65536) << 16) >> 16} 0 ${name}`,
  );
  writeFileSync(at('night.hea'), [`night 3 4 ${SECONDS * 4}`, ...lines].join('\n'));
  writeFileSync(
    at('night.json'),
    JSON.stringify({
      resourceType: 'Observation',
      component: CHANNELS.map((name, c) => ({
        code: { text: name },
        valueSampledData: {
          origin: { value: 0, code: 'uV' },
          period: 250,
          dimensions: 1,
          data: Array.from({ length: SECONDS * 4 }, (_, i) => microvolts(c, Math.floor(i / 4))).join(' '),
        },
      })),
    }),
  );
  served = await servePackages([detector]);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});
const predict = (file: string, ...args: string[]) =>
  deephealth('predict', '--address', served.server.address, 'seizures', at(file), ...args);

// Windows 9 to 19 hold high samples; the mean of the channels is 2/3 in 10 to 18 and 1/3 in 9 and 19.
// Half of the last four are positive at window 11, and one quarter is left at window 21.
const EVENT = { label: 'seizure', startS: 13, durationS: 10 };

describe('deephealth predict on a recording', () => {
  it.each(['night.edf', 'night.hea', 'night.json'])('finds the same event in %s', async (file) => {
    const { exitCode, stdout, complaints } = await predict(file, '--json');
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    const { findings } = JSON.parse(stdout) as { findings: { events: { items: (typeof EVENT)[] } }[] };
    expect(findings[0]?.events.items).toMatchObject([EVENT]);
  });

  it('writes events as annotations of EDF+, as CSV and for people', async () => {
    const { stdout } = await predict('night.edf', '--out', at('events.edf'), '--out', at('events.csv'));
    expect(stdout).toMatch(/^seizures +1, 10 s in all +-$/m);
    expect(parseEdf(readFileSync(at('events.edf')))).toEqual({
      channels: [],
      annotations: [{ onsetS: 13, durationS: 10, text: 'seizure' }],
    });
    const [, row] = readFileSync(at('events.csv'), 'utf8').split('\r\n');
    expect(row?.split(',').slice(0, 3)).toEqual(['seizures', 'event', 'seizure']);
    expect(row?.split(',').slice(-2)).toEqual(['13', '10']);
  });

  it('sends a part of a recording', async () => {
    const { stdout } = await predict('night.edf', '--from', '9', '--length', '20', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { events: { items: (typeof EVENT)[] } }[] };
    // The first four windows already are an event, and seconds count from the part's own beginning.
    expect(findings[0]?.events.items).toMatchObject([{ label: 'seizure', startS: 5, durationS: 9 }]);
    const beyond = await predict('night.edf', '--from', '30', '--length', '20');
    expect(beyond.stderr).toContain('lasts 40 s, and not as long as the part wanted');
  });

  it('refuses a recording that was changed, and a mask of events', async () => {
    const dat = readFileSync(at('night.dat'));
    writeFileSync(at('other.dat'), dat.fill(1, 40, 41));
    writeFileSync(at('other.hea'), readFileSync(at('night.hea'), 'utf8').replaceAll('night', 'other'));
    expect((await predict('other.hea')).stderr).toMatch(
      /^DH_MEDIA_UNREADABLE: The file "other.hea" states another checksum/,
    );
    expect((await predict('night.edf', '--out', at('mask.nii'))).stderr).toContain('the model gave no mask or map');
  });
});

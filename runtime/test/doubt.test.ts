import type { runtimeV1 } from '@deephealth/proto';
import type { ClassificationOutputSpec, DistributionSpec } from '@deephealth/sdk';
import { identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { photoPackage, pixels, png } from './highlight-packages.js';
import { refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softmax = (row: readonly number[]) => {
  const powers = row.map((x) => Math.exp(x));
  return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
};
const calibration = (temperature: number) => ({
  method: 'temperature' as const,
  temperature,
  data: 'Made up for this test.',
  samples: 100,
  eceBefore: 0.1,
  eceAfter: 0.05,
});

/** The logits are the input itself. */
function logitsPackage(name: string, columns: number, output: Partial<ClassificationOutputSpec>): TestPackageOptions {
  const shape = [1, columns];
  const zeros = Array<number>(columns).fill(0);
  return {
    name,
    model: identityModel({ shape: ['batch', columns] }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, columns] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, columns] }],
    },
    manifest: {
      outputs: [
        {
          name: 'kind',
          kind: 'classification',
          from: 'y',
          mode: 'multiclass',
          classes: Array.from({ length: Math.max(2, columns) }, (_, i) => ({ label: `c${i}` })),
          ...output,
        },
        { name: 'raw', kind: 'tensor', from: 'y' },
      ],
    },
    golden: [
      {
        id: 'zeros',
        inputs: { x: { dataType: 'FP32', shape, values: zeros } },
        expected: { y: { dataType: 'FP32', shape, values: zeros } },
      },
    ],
  };
}

const LIMITS: DistributionSpec['limits'] = [
  { statistic: 'mean', range: [0, 0.5] },
  { statistic: 'flat', range: [0, 1] },
];
const distribution = (onOutside: DistributionSpec['onOutside'], limits = LIMITS): DistributionSpec => ({
  onOutside,
  source: 'Made up for this test.',
  limits,
});
const dark = png(pixels((row) => row));
const bright = png(pixels((row) => 240 - row));
const photo = (modelName: string, data: Buffer, more: Partial<runtimeV1.PredictRequest> = {}) => ({
  modelName,
  inputs: [{ name: 'photo', image: { data, mediaType: 'image/png' } }],
  ...more,
});
const kinds = ({ warnings }: runtimeV1.PredictResponse__Output) =>
  warnings.map(({ kind }) => kind).filter((kind) => kind !== 'WARNING_KIND_RESEARCH_USE_ONLY');

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([
    logitsPackage('three', 3, { activation: 'softmax', calibration: calibration(2.5) }),
    logitsPackage('lone', 1, {
      activation: 'sigmoid',
      mode: 'binary',
      classes: [{ label: 'absent' }, { label: 'present', threshold: 0.7 }],
      calibration: calibration(2),
    }),
    {
      // The second case is what the graph gives, with the probabilities of another temperature.
      ...logitsPackage('stale', 3, { activation: 'softmax', calibration: calibration(2.5) }),
      golden: [
        {
          id: 'uncalibrated',
          inputs: { x: { dataType: 'FP32', shape: [1, 3], values: [1, 2, 4] } },
          expected: { y: { dataType: 'FP32', shape: [1, 3], values: [1, 2, 4] } },
          findings: { kind: { probabilities: softmax([1, 2, 4]) } },
        },
      ],
    },
    logitsPackage('probabilities', 3, { calibration: calibration(2) }),
    photoPackage({ name: 'warn', input: { distribution: distribution('warn') } }),
    photoPackage({ name: 'abstain', input: { distribution: distribution('abstain') } }),
    photoPackage({ name: 'refuse', input: { distribution: distribution('refuse') } }),
    // Its golden case is black, whose deviation is 0.
    photoPackage({
      name: 'blank',
      input: { distribution: distribution('refuse', [{ statistic: 'std', range: [0.01, 1] }]) },
    }),
    photoPackage({
      name: 'second',
      input: { distribution: distribution('warn', [{ statistic: 'mean', channel: 1, range: [0, 1] }]) },
    }),
  ]);
});
afterAll(() => test.stop());

describe('a recorded temperature', () => {
  const ask = (modelName: string, ...values: number[]) =>
    test.client.predict({ modelName, inputs: [tensorInput('x', values)] });

  it('divides the values before the activation, and provenance names it', async () => {
    const response = await ask('three', 1, 2, 4);
    const classes = response.findings[0]?.classification?.classes ?? [];
    softmax([1 / 2.5, 2 / 2.5, 4 / 2.5]).forEach((expected, i) => {
      expect(classes[i]?.probability).toBeCloseTo(expected, 12);
    });
    expect(valuesOf(response, 'raw')).toEqual([1, 2, 4]);
    expect(response.provenance?.calibrations).toEqual([
      { output: 'kind', method: 'temperature', temperature: 2.5, data: 'Made up for this test.' },
    ]);
  });

  it('decides at its thresholds with what comes out', async () => {
    // sigmoid(1) is above 0.7, sigmoid(0.5) below.
    const [finding] = (await ask('lone', 1)).findings;
    expect(finding?.classification?.classes[1]?.probability).toBeCloseTo(sigmoid(0.5), 12);
    expect(finding?.classification?.decision).toEqual(['absent']);
  });

  it('is part of what a golden case is held to', async () => {
    const [stale] = await test.client.listModels('stale');
    expect(stale?.stateReason?.reason).toBe('GOLDEN_MISMATCH');
    expect(stale?.stateReason?.message).toContain('probabilities');
  });

  it('is refused for a tensor that holds probabilities already', async () => {
    const [refused] = await test.client.listModels('probabilities');
    expect(refused?.stateReason?.reason).toBe('MANIFEST_INVALID');
    expect(refused?.stateReason?.message).toContain('/outputs/0/calibration');
  });
});

describe('an input that does not look like training data', () => {
  it('is answered with a warning, where the manifest says so', async () => {
    expect(kinds(await test.client.predict(photo('warn', dark)))).toEqual([]);
    const response = await test.client.predict(photo('warn', bright));
    expect(kinds(response)).toEqual(['WARNING_KIND_UNLIKE_TRAINING_DATA']);
    expect(response.findings[0]?.classification?.decision).toEqual(['present']);
    const warning = response.warnings.find(({ kind }) => kind === 'WARNING_KIND_UNLIKE_TRAINING_DATA');
    expect(warning).toMatchObject({ field: 'photo' });
    expect(warning?.message).toContain('mean not in 0 to 0.5');
  });

  it('[DH-R-018] is answered without a decision, where the manifest says so, and with its highlight', async () => {
    const decided = await test.client.predict(photo('abstain', dark));
    expect(decided.findings[0]?.classification).toMatchObject({ abstained: false, decision: ['absent'] });
    const response = await test.client.predict(photo('abstain', bright, { highlights: ['spot'] }));
    expect(kinds(response)).toEqual(['WARNING_KIND_UNLIKE_TRAINING_DATA', 'WARNING_KIND_ABSTAINED']);
    expect(response.findings[0]?.classification).toMatchObject({ abstained: true, decision: [] });
    expect(response.findings[0]?.classification?.classes[1]?.probability).toBeGreaterThan(0.9);
    expect(response.findings[0]?.highlight?.explanation?.target).toBe('present');
    expect(response.warnings.at(-1)?.message).toContain('does not look like the training data');
  });

  it('is refused, where the manifest says so, and the next one is answered', async () => {
    const refusal = await refusalOf(test.client.predict(photo('refuse', bright)));
    expect(refusal.code).toBe('DH_INPUT_UNLIKE_TRAINING');
    expect(refusal.details).toMatchObject({ input: 'photo' });
    expect(kinds(await test.client.predict(photo('refuse', dark)))).toEqual([]);
  });

  it('keeps a package whose own golden case it is from serving', async () => {
    const [blank] = await test.client.listModels('blank');
    expect(blank?.stateReason?.reason).toBe('INPUT_UNLIKE_TRAINING');
  });

  it('cannot be told by a channel that is not there', async () => {
    const [second] = await test.client.listModels('second');
    expect(second?.stateReason?.reason).toBe('MANIFEST_INVALID');
    expect(second?.stateReason?.message).toContain('/inputs/0/distribution/limits/0/channel');
  });
});

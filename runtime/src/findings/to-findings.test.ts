import {
  type DeepHealthError,
  encodeHalf,
  type Manifest,
  type OutputSpec,
  type TensorSpec,
  tensorFromValues,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { OutputTensor } from './output-tensor.js';
import { toFindings } from './to-findings.js';

const probabilitySpec: TensorSpec = { name: 'p', dataType: 'FP32', shape: [-1, 2] };
const volumeSpec: TensorSpec = { name: 'v', dataType: 'FP32', shape: [-1, 2] };
const mapSpec: TensorSpec = { name: 'm', dataType: 'FP32', shape: [-1, 2, 2] };

const risk: OutputSpec = {
  name: 'risk',
  kind: 'classification',
  from: 'p',
  mode: 'binary',
  classes: [{ label: 'low' }, { label: 'high' }],
  codes: [{ system: 'http://loinc.org', code: '1-1' }],
};
const volume: OutputSpec = {
  name: 'volume',
  kind: 'regression',
  from: 'v',
  values: [
    { label: 'EDV', unit: 'mL', validRange: [0, 0.1], codes: [{ system: 'http://loinc.org', code: '2-2' }] },
    { label: 'ESV', unit: 'mL' },
  ],
};
const map: OutputSpec = { name: 'map', kind: 'tensor', from: 'm' };

function manifest(outputs: OutputSpec[], tensors: TensorSpec[], researchUseOnly = false): Manifest {
  return { researchUseOnly, tensors: { inputs: [], outputs: tensors }, outputs } as unknown as Manifest;
}
const whole = manifest([risk, volume, map], [mapSpec, probabilitySpec, volumeSpec]);

const fp32 = (shape: number[], ...values: number[]): OutputTensor => ({
  dataType: 'FP32',
  shape,
  data: Float32Array.from(values),
});
const good = () =>
  new Map([
    ['p', fp32([1, 2], 0.25, 0.75)],
    ['v', fp32([1, 2], 0.05, -3)],
    ['m', fp32([1, 2, 2], 1, 2, 3, 4)],
  ]);

function refusal(of: Manifest, outputs: Map<string, OutputTensor>, wanted: string[] = []): DeepHealthError {
  try {
    toFindings(of, outputs, wanted);
  } catch (error) {
    return error as DeepHealthError;
  }
  throw new Error('nothing was thrown');
}
const invalid = (outputs: Map<string, OutputTensor>, of = whole, wanted: string[] = []) => {
  const error = refusal(of, outputs, wanted);
  expect(error.code).toBe('DH_MODEL_OUTPUT_INVALID');
  return error;
};
const replaced = (name: string, tensor: OutputTensor) => good().set(name, tensor);

describe('toFindings', () => {
  it('[DH-R-035] gives one finding per output, in the order of the manifest', () => {
    const { findings, warnings } = toFindings(whole, good(), []);
    expect(findings.map((f) => f.name)).toEqual(['risk', 'volume', 'map']);
    expect(findings[0]).toMatchObject({
      codes: [{ system: 'http://loinc.org', code: '1-1' }],
      classification: { decision: ['high'] },
    });
    expect(findings[1]).toEqual({
      name: 'volume',
      codes: [],
      regression: {
        values: [
          { label: 'EDV', unit: 'mL', codes: [{ system: 'http://loinc.org', code: '2-2' }], value: Math.fround(0.05) },
          { label: 'ESV', unit: 'mL', codes: [], value: -3 },
        ],
      },
    });
    expect(findings[2]).toEqual({
      name: 'map',
      codes: [],
      tensor: {
        dataType: 'DATA_TYPE_FP32',
        shape: [1, 2, 2],
        data: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer),
      },
    });
    expect(warnings).toEqual([]);
  });

  it('[DH-R-035] gives the wanted ones only, still in the order of the manifest', () => {
    expect(toFindings(whole, good(), ['map', 'risk']).findings.map((f) => f.name)).toEqual(['risk', 'map']);
  });

  it('reads only the tensors that the wanted outputs need', () => {
    const outputs = new Map([['p', fp32([1, 2], 0.5, 0.5)]]);
    expect(toFindings(whole, outputs, ['risk']).findings).toHaveLength(1);
    expect(invalid(outputs).message).toContain('"v"');
  });

  it('refuses an output that the manifest does not declare', () => {
    expect(refusal(whole, good(), ['risk', 'age']).code).toBe('DH_OUTPUT_UNKNOWN');
  });

  it('[DH-R-036] says that a model is for research only, first and for the whole result', () => {
    const research = manifest([{ ...risk, nearThresholdMargin: 0.3 }], [probabilitySpec], true);
    const { warnings } = toFindings(research, good(), []);
    expect(warnings.map((w) => [w.kind, w.field])).toEqual([
      ['WARNING_KIND_RESEARCH_USE_ONLY', ''],
      ['WARNING_KIND_NEAR_THRESHOLD', 'risk'],
    ]);
  });

  it('does not write to what the model gave', () => {
    const outputs = good();
    const before = structuredClone(outputs);
    toFindings(whole, outputs, []);
    expect(outputs).toEqual(before);
  });
});

describe('an output that is not what the manifest declares', () => {
  it('is refused for another type, rank, extent or size', () => {
    invalid(replaced('p', { dataType: 'FP64', shape: [1, 2], data: Float64Array.of(0.5, 0.5) }));
    invalid(replaced('p', fp32([2], 0.5, 0.5)));
    invalid(replaced('p', fp32([1, 3], 0.5, 0.5, 0)));
    invalid(replaced('p', fp32([1, 2], 0.5)));
    invalid(replaced('m', fp32([1, 2, 2], 1, 2, 3)));
    invalid(replaced('m', fp32([70_000, 2, 2])));
  });

  it('is refused with more than one row, or none: they would be the answers for others', () => {
    invalid(replaced('p', fp32([2, 2], 0.5, 0.5, 0.1, 0.9)));
    invalid(replaced('v', fp32([3, 2], 0, 0, 0, 0, 0, 0)));
    invalid(replaced('p', fp32([0, 2])));
  });

  it('is refused with a lone varying extent that holds more than one patient', () => {
    const lone = manifest([risk], [{ name: 'p', dataType: 'FP32', shape: [-1] }]);
    const { findings } = toFindings(lone, new Map([['p', fp32([1], 0.75)]]), []);
    expect(findings[0]).toMatchObject({ classification: { decision: ['high'] } });
    // Two patients with one probability each look like the two classes of one.
    invalid(new Map([['p', fp32([2], 0.25, 0.75)]]), lone);
  });

  it('reads a scalar and a fixed vector without a batch', () => {
    const scalar = manifest([risk], [{ name: 'p', dataType: 'FP32', shape: [] }]);
    expect(toFindings(scalar, new Map([['p', fp32([], 0.25)]]), []).findings[0]).toMatchObject({
      classification: { decision: ['low'] },
    });
    const vector = manifest([risk], [{ name: 'p', dataType: 'FP32', shape: [2] }]);
    expect(toFindings(vector, new Map([['p', fp32([2], 0.25, 0.75)]]), []).findings[0]).toMatchObject({
      classification: { decision: ['high'] },
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('is refused if it holds %s', (value) => {
    for (const name of ['p', 'v']) {
      const error = invalid(replaced(name, fp32([1, 2], 0.25, value)));
      expect(error.details.index).toBe('1');
    }
    invalid(replaced('m', fp32([1, 2, 2], 0, 0, value, 0)));
  });

  it('may hold NaN in a tensor finding where the manifest allows it, but never in a regression', () => {
    const maps = manifest([map], [{ ...mapSpec, nonFinite: 'allow' }]);
    const outputs = replaced('m', fp32([1, 2, 2], 0, Number.NaN, 0, 0));
    expect(toFindings(maps, outputs, []).findings).toHaveLength(1);
    const volumes = manifest([volume], [{ ...volumeSpec, nonFinite: 'allow' }]);
    const error = invalid(replaced('v', fp32([1, 2], 0, Number.NaN)), volumes);
    expect(error.message).toContain('"ESV"');
  });

  it('may mask a class with -Infinity before a softmax where the manifest allows it', () => {
    const masked = manifest(
      [{ ...risk, activation: 'softmax' } as OutputSpec],
      [{ ...probabilitySpec, nonFinite: 'allow' }],
    );
    const outputs = replaced('p', fp32([1, 2], Number.NEGATIVE_INFINITY, 2));
    expect(toFindings(masked, outputs, []).findings[0]).toMatchObject({ classification: { decision: ['high'] } });
  });

  it('is refused outside the range of its tensor', () => {
    const ranged = manifest([map], [{ ...mapSpec, range: [0, 0.1] }]);
    expect(toFindings(ranged, replaced('m', fp32([1, 2, 2], 0, 0.1, 0, 0)), []).findings).toHaveLength(1);
    invalid(replaced('m', fp32([1, 2, 2], 0, 0.11, 0, 0)), ranged);
    invalid(replaced('m', fp32([1, 2, 2], -0.01, 0, 0, 0)), ranged);
  });

  it('is refused outside the valid range of a regression value, without telling the value', () => {
    expect(toFindings(whole, replaced('v', fp32([1, 2], 0.1, 0)), ['volume']).findings).toHaveLength(1);
    const error = invalid(replaced('v', fp32([1, 2], 0.40625, 0)));
    expect(error.details).toMatchObject({ output: 'volume', label: 'EDV' });
    expect(error.message + JSON.stringify(error.details)).not.toContain('0.40625');
    invalid(replaced('v', fp32([1, 2], -0.001, 0)));
  });
});

describe('element types of outputs', () => {
  it.each(['FP16', 'BF16', 'FP32', 'FP64'] as const)(
    'reads probabilities in %s, as bytes at any alignment',
    (dataType) => {
      const of = manifest([risk], [{ ...probabilitySpec, dataType }]);
      const raw = tensorFromValues(dataType, [1, 2], [0.25, 0.75]);
      for (let offset = 0; offset < 9; offset++) {
        const data = new Uint8Array(raw.data.byteLength + offset).subarray(offset);
        data.set(raw.data);
        const { findings } = toFindings(of, new Map([['p', { dataType, shape: [1, 2], data }]]), []);
        expect(findings[0]).toMatchObject({
          classification: { classes: [{ probability: 0.25 }, { probability: 0.75 }] },
        });
      }
    },
  );

  it('reads 16-bit floats from their bit patterns, and finds NaN in them', () => {
    const of = manifest([risk], [{ ...probabilitySpec, dataType: 'FP16' }]);
    const half = (...values: number[]): Map<string, OutputTensor> =>
      new Map([['p', { dataType: 'FP16', shape: [1, 2], data: Uint16Array.from(values, encodeHalf) }]]);
    expect(toFindings(of, half(0.5, 0.5), []).findings[0]).toMatchObject({ classification: { decision: ['high'] } });
    invalid(half(0.5, Number.NaN), of);
  });

  it('reads integers of a regression', () => {
    const of = manifest([volume], [{ ...volumeSpec, dataType: 'INT32' }]);
    const { findings } = toFindings(
      of,
      new Map([['v', { dataType: 'INT32', shape: [1, 2], data: Int32Array.of(0, -7) }]]),
      [],
    );
    expect(findings[0]).toMatchObject({ regression: { values: [{ value: 0 }, { value: -7 }] } });
  });

  it('hands on 64-bit integers and BYTES of a tensor finding, and refuses BYTES that do not add up', () => {
    const bytes = tensorFromValues('BYTES', [2], ['ab', 'c']).data;
    const of = (dataType: 'INT64' | 'BYTES') => manifest([map], [{ name: 'm', dataType, shape: [2] }]);
    const long = toFindings(
      of('INT64'),
      new Map([['m', { dataType: 'INT64', shape: [2], data: BigInt64Array.of(1n, -1n) }]]),
      [],
    );
    expect(long.findings[0]).toMatchObject({ tensor: { dataType: 'DATA_TYPE_INT64', data: { length: 16 } } });
    const text = toFindings(of('BYTES'), new Map([['m', { dataType: 'BYTES', shape: [2], data: bytes }]]), []);
    expect(text.findings[0]).toMatchObject({ tensor: { dataType: 'DATA_TYPE_BYTES', data: bytes } });
    invalid(new Map([['m', { dataType: 'BYTES', shape: [2], data: bytes.subarray(1) }]]), of('BYTES'));
  });
});

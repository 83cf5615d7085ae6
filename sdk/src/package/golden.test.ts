import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { parseGolden } from './golden.js';
import type { Manifest } from './manifest.js';

const manifest = {
  tensors: { inputs: [{ name: 'x' }], outputs: [{ name: 'y' }] },
  inputs: [{ name: 'patient' }],
  outputs: [{ name: 'risk' }],
} as unknown as Manifest;

const sound = {
  schemaVersion: 1,
  id: 'case-1',
  description: 'One case.',
  source: 'Computed by hand.',
  inputs: { patient: { table: { age: { number: 63, unit: 'a' }, sex: { missing: 'unknown' } } } },
  expected: {
    tensors: { y: { dataType: 'FP32', shape: [1, 2], values: [0.25, 'NaN'], scale: [1, 1] } },
    findings: { risk: { decision: ['no'], probabilities: [0.75, 0.25] } },
  },
};

const parse = (document: unknown) =>
  parseGolden(new TextEncoder().encode(JSON.stringify(document)), 'golden/case-1.json', manifest);

function refusal(document: unknown): string {
  try {
    parse(document);
  } catch (error) {
    expect(error).toBeInstanceOf(DeepHealthError);
    expect(error).toMatchObject({ code: 'DH_GOLDEN_MALFORMED', details: { file: 'golden/case-1.json' } });
    return (error as Error).message;
  }
  throw new Error('the case was accepted');
}

const withTensor = (change: object) => ({
  ...sound,
  expected: { tensors: { y: { ...sound.expected.tensors.y, ...change } } },
});

describe('parseGolden', () => {
  it('reads a case as it is', () => {
    expect(parse(sound)).toEqual(sound);
  });

  it('reads which case it follows, of a model that keeps state', () => {
    const stateful = { ...manifest, sequence: { state: [{ input: 'h', output: 'y' }] } };
    const second = { ...sound, id: 'case-2', follows: 'case-1' };
    const bytes = new TextEncoder().encode(JSON.stringify(second));
    expect(parseGolden(bytes, 'golden/case-2.json', stateful)).toEqual(second);
  });

  it.each<[string, unknown, string]>([
    [
      'an unknown expected tensor',
      { ...sound, expected: { tensors: { z: sound.expected.tensors.y } } },
      'Expected tensor "z" is not in the manifest',
    ],
    [
      'an unknown expected finding',
      { ...sound, expected: { ...sound.expected, findings: { grade: {} } } },
      'Expected finding "grade" is not in the manifest',
    ],
    [
      'fewer values than the shape has',
      withTensor({ values: [1], scale: 1 }),
      'Expected tensor "y" has 1 values for a shape of 2',
    ],
    ['fewer scales than values', withTensor({ scale: [1] }), 'The scale of "y" has 1 values, not 2'],
    ['a scale of zero', withTensor({ scale: 0 }), '"/expected/tensors/y/scale" is 0'],
    ['no expected tensors', { ...sound, expected: { tensors: {} } }, '"/expected/tensors" is too short'],
    ['no inputs', { ...sound, inputs: {} }, '"/inputs" is too short'],
    [
      'an input of two kinds',
      { ...sound, inputs: { patient: { table: { a: { number: 1 } }, image: { mediaType: 'image/png', base64: '' } } } },
      '"/inputs/patient" is too long',
    ],
    ['an unknown profile', { ...sound, profile: 'loose' }, 'Use one of "strict", "standard", "reduced"'],
    ['a tolerance of its own', { ...sound, tolerance: 0.1 }, 'holds "tolerance"'],
    [
      'a case that follows one, of a model that keeps no state',
      { ...sound, follows: 'case-0' },
      'It follows "case-0", but the model keeps no state. Remove "follows"',
    ],
    ['a case that follows what is no id', { ...sound, follows: 'Case 0' }, '"/follows" is "Case 0"'],
    ['a case that follows two', { ...sound, follows: ['case-0', 'case-1'] }, '"/follows" is a list of 2'],
    ['an id that is no file name', { ...sound, id: '../x' }, '"/id" is "../x"'],
    [
      'a reason that is not known',
      { ...sound, inputs: { patient: { table: { a: { missing: 'lost' } } } } },
      '"/inputs/patient/table/a/missing"',
    ],
    ['a list', [], 'must be of type object'],
  ])('refuses %s and says so', (_, document, sentence) => {
    const message = refusal(document);
    expect(message).toMatch(/^golden\/case-1\.json: /);
    expect(message).toContain(sentence);
  });

  it('refuses what is not JSON', () => {
    expect(() => parseGolden(Uint8Array.of(0xff), 'golden/a.json', manifest)).toThrowError(
      expect.objectContaining({
        code: 'DH_GOLDEN_MALFORMED',
        message: expect.stringContaining('golden/a.json is not JSON'),
      }),
    );
  });
});

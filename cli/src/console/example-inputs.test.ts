import { type GoldenCase, type GoldenInput, readInputBytes } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { exampleInput } from './example-inputs.js';

const golden = (inputs: Record<string, GoldenInput>) => ({ id: 'one', inputs }) as unknown as GoldenCase;
const PNG = Buffer.from('\x89PNG\r\n\x1a\n rest', 'latin1');

describe('the input of a golden case as a file', () => {
  it('is a table of named values that reads back as it was', async () => {
    const { ending, bytes } = exampleInput(
      golden({
        patient: {
          table: {
            age: { number: 63, unit: 'a' },
            count: { number: 2 },
            sex: { category: 'male' },
            smokes: { boolean: false },
            thallium: { missing: 'not-performed' },
          },
        },
      }),
    );
    const model = { inputs: [{ name: 'patient', kind: 'INPUT_KIND_TABLE' }] } as never;
    expect(await readInputBytes(`x${ending}`, bytes, model)).toEqual([
      {
        name: 'patient',
        table: {
          values: [
            { name: 'age', number: 63, unit: 'a' },
            { name: 'count', number: 2, unit: '' },
            { name: 'sex', category: 'male' },
            { name: 'smokes', boolean: false },
            { name: 'thallium', missing: 'MISSING_REASON_UNKNOWN' },
          ],
        },
      },
    ]);
  });

  it('is the very image that it holds', () => {
    const image = { mediaType: 'image/png', base64: PNG.toString('base64') };
    expect(exampleInput(golden({ scan: { image } }))).toEqual({ ending: '.png', mediaType: 'image/png', bytes: PNG });
  });

  it('is JSON where a file would say less: of several inputs, of a later frame, of tensors', () => {
    const image = { mediaType: 'image/png', base64: PNG.toString('base64'), frame: 1 };
    const tensor = { dataType: 'FP32', shape: [1], values: [1] } as const;
    for (const inputs of [{ scan: { image } }, { x: { tensor } }, { a: { tensor }, b: { tensor } }]) {
      const { ending, bytes } = exampleInput(golden(inputs));
      expect(ending).toBe('.json');
      expect(JSON.parse(bytes.toString())).toEqual({ inputs });
    }
  });

  it('is a text for a text, and NIfTI by what it holds', () => {
    expect(exampleInput(golden({ note: { sequence: { text: 'äb' } } })).bytes.toString()).toBe('äb');
    const volume = (bytes: number[]) =>
      exampleInput(
        golden({
          brain: {
            volume: { file: { mediaType: 'application/x-nifti', base64: Buffer.from(bytes).toString('base64') } },
          },
        }),
      ).ending;
    expect([volume([0x1f, 0x8b]), volume([0x5c, 1])]).toEqual(['.nii.gz', '.nii']);
  });
});

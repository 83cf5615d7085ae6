import type { DecodeDicomStep, DeepHealthError, ImageInputSpec } from '@deephealth/sdk';
import { type DicomElements, type DicomImageOptions, dicomImage } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import type { ImageInput } from '../host/model-input.js';
import { imageToPrepared } from './image-steps.js';

const words = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);
const CT: DicomElements = { '00080060': ['CS', 'CT'], '00281052': ['DS', '-1024'], '00281053': ['DS', '2'] };

const plain: DecodeDicomStep = {
  op: 'decode_dicom',
  channels: 1,
  rescale: 'none',
  padding: 'keep',
  window: 'none',
  monochrome1: 'refuse',
};

function specOf(step: Partial<DecodeDicomStep>, changes: Partial<ImageInputSpec> = {}): ImageInputSpec {
  const channels = step.channels ?? 1;
  return {
    name: 'slice',
    kind: 'image',
    feeds: 'x',
    mediaTypes: ['application/dicom'],
    maxPixels: 10_000,
    steps: [
      { ...plain, ...step },
      { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: Array(channels).fill(0), std: Array(channels).fill(1) },
    ],
    ...changes,
  };
}

const prepare = (file: Uint8Array, step: Partial<DecodeDicomStep>, more: Partial<ImageInput> = {}) =>
  imageToPrepared(specOf(step), { kind: 'image', mediaType: 'application/dicom', data: file, ...more });

async function values(image: DicomImageOptions, step: Partial<DecodeDicomStep>, frame = 0): Promise<number[]> {
  return [...(await prepare(dicomImage(image), step, { frame })).data];
}

async function refusal(image: DicomImageOptions, step: Partial<DecodeDicomStep>): Promise<DeepHealthError> {
  return prepare(dicomImage(image), step).then(
    () => {
      throw new Error('nothing was refused');
    },
    (error: DeepHealthError) => error,
  );
}

const six = { pixels: words(0, 1, 512, 600, 2000, 100), signed: 1 };

describe('the rescale of decode_dicom', () => {
  it('gives stored values, or those of the modality', async () => {
    expect(await values({ ...six, elements: CT }, { rescale: 'none' })).toEqual([0, 1, 512, 600, 2000, 100]);
    expect(await values({ ...six, elements: CT }, { rescale: 'file' })).toEqual([-1024, -1022, 0, 176, 2976, -824]);
    expect(await values(six, { rescale: 'file' })).toEqual([0, 1, 512, 600, 2000, 100]);
  });

  it('rounds once to FP32, from arithmetic in FP64', async () => {
    const elements: DicomElements = { '00281052': ['DS', '0.1'], '00281053': ['DS', '1.23456789E-3'] };
    const expected = [0, 1, 512, 600, 2000, 100].map((stored) => Math.fround(stored * 1.23456789e-3 + 0.1));
    expect(await values({ ...six, elements }, { rescale: 'file' })).toEqual(expected);
  });

  it('knows a unit by Rescale Type, by the modality CT, and by Units of PET', async () => {
    const affine: DicomElements = { '00281052': ['DS', '0'], '00281053': ['DS', '1'] };
    const accepted: [DicomElements, DecodeDicomStep['unit']][] = [
      [{ ...affine, '00080060': ['CS', 'CT'] }, "[hnsf'U]"],
      [{ ...affine, '00080060': ['CS', 'OT'], '00281054': ['LO', 'HU'] }, "[hnsf'U]"],
      [{ ...affine, '00080060': ['CS', 'CT'], '00281054': ['LO', 'MGML'] }, 'mg/ml'],
      [{ ...affine, '00080060': ['CS', 'PT'], '00541001': ['CS', 'BQML'] }, 'Bq/ml'],
    ];
    for (const [elements, unit] of accepted) {
      expect(await values({ ...six, elements }, { rescale: 'file', ...(unit && { unit }) })).toHaveLength(6);
    }
    const refused: DicomElements[] = [
      { ...affine, '00080060': ['CS', 'MR'] },
      { ...affine, '00080060': ['CS', 'CT'], '00281054': ['LO', 'US'] },
      // A CT without a rescale is in no unit.
      { '00080060': ['CS', 'CT'] },
    ];
    for (const elements of refused) {
      const error = await refusal({ ...six, elements }, { rescale: 'file', unit: "[hnsf'U]" });
      expect(error).toMatchObject({ code: 'DH_UNIT_MISMATCH', details: { input: 'slice', expected: "[hnsf'U]" } });
    }
  });

  it('refuses what it would have to guess at', async () => {
    const cases: [DicomElements, RegExp][] = [
      [{ '00281053': ['DS', '2'] }, /only one of Rescale Slope/],
      [{ '00281052': ['DS', '2'] }, /only one of Rescale Slope/],
      [{ '00281053': ['DS', '0'], '00281052': ['DS', '1'] }, /Slope of 0/],
      [{ '00281053': ['DS', '1,5'], '00281052': ['DS', '1'] }, /no decimal number/],
      [{ '00281053': ['DS', '1\\2'], '00281052': ['DS', '1'] }, /2 values of a Rescale Slope/],
      [{ '00281053': ['DS', '1e999'], '00281052': ['DS', '1'] }, /no decimal number/],
      [{ '00283000': ['SQ', [{ '00283002': ['US', [2, 0, 16]] }]] }, /Modality LUT Sequence/],
    ];
    for (const [elements, expected] of cases) {
      const error = await refusal({ ...six, elements }, { rescale: 'file' });
      expect(error.code).toBe('DH_MEDIA_UNREADABLE');
      expect(error.message).toMatch(expected);
      // Nobody asked for it: the stored values are all the same.
      expect(await values({ ...six, elements }, { rescale: 'none' })).toHaveLength(6);
    }
  });
});

describe('the window of decode_dicom', () => {
  // PS3.3, C.11.2.1.2: c = 40, w = 400 gives y = ((x - 39.5) / 399 + 0.5) between -160 and 239.
  const linear = (x: number) => Math.fround(x <= -160 ? 0 : x > 239 ? 1 : (x - 39.5) / 399 + 0.5);
  const hounsfield = [-1024, -1022, 0, 176, 2976, -824];

  it('is one of the manifest, or of the file, in rescaled values', async () => {
    const window = { center: 40, width: 400 };
    const expected = hounsfield.map(linear);
    expect(await values({ ...six, elements: CT }, { rescale: 'file', window })).toEqual(expected);
    const elements: DicomElements = { ...CT, '00281050': ['DS', '40\\500'], '00281051': ['DS', '400\\1500'] };
    expect(await values({ ...six, elements }, { rescale: 'file', window: 'file' })).toEqual(expected);
    const exact: DicomElements = { ...elements, '00281056': ['CS', 'LINEAR_EXACT'] };
    expect(await values({ ...six, elements: exact }, { rescale: 'file', window: 'file' })).toEqual(
      hounsfield.map((x) => Math.fround(x <= -160 ? 0 : x > 240 ? 1 : (x - 40) / 400 + 0.5)),
    );
  });

  it('is refused where the file has none, or one that DICOM does not allow', async () => {
    const cases: [DicomElements, RegExp][] = [
      [{}, /states no window/],
      [{ '00281050': ['DS', '40'] }, /states no window/],
      [{ '00281050': ['DS', '40\\50'], '00281051': ['DS', '400'] }, /another number of window centers/],
      [{ '00281050': ['DS', '40'], '00281051': ['DS', '0'] }, /Window Width that is too small/],
      [{ '00281050': ['DS', '40'], '00281051': ['DS', '9'], '00281056': ['CS', 'CUBIC'] }, /VOI LUT Function/],
      [{ '00283010': ['SQ', [{ '00283002': ['US', [2, 0, 16]] }]] }, /states no window/],
    ];
    for (const [elements, expected] of cases) {
      expect((await refusal({ ...six, elements }, { window: 'file' })).message).toMatch(expected);
    }
  });
});

describe('MONOCHROME1 in decode_dicom', () => {
  const image = { ...six, photometric: 'MONOCHROME1' };

  it('is refused, kept or inverted, as the manifest says', async () => {
    expect((await refusal(image, { monochrome1: 'refuse' })).message).toContain('is MONOCHROME1');
    expect(await values(image, { monochrome1: 'keep' })).toEqual([0, 1, 512, 600, 2000, 100]);
    // Signed, 16 bits stored: highest + lowest = -1.
    expect(await values(image, { monochrome1: 'invert' })).toEqual([-1, -2, -513, -601, -2001, -101]);
    expect(await values({ ...image, signed: 0, stored: 12 }, { monochrome1: 'invert' })).toEqual(
      [0, 1, 512, 600, 2000, 100].map((x) => 4095 - x),
    );
  });

  it('is 1 - x behind a window', async () => {
    const window = { center: 512, width: 1000, function: 'LINEAR_EXACT' } as const;
    const upright = await values(six, { window, monochrome1: 'invert' });
    const inverted = await values(image, { window, monochrome1: 'invert' });
    inverted.forEach((x, i) => {
      expect(x).toBeCloseTo(1 - (upright[i] as number), 6);
    });
    expect(inverted[4]).toBe(0);
    expect(upright[4]).toBe(1);
  });
});

describe('the padding of decode_dicom', () => {
  const padded = (more: DicomElements): DicomImageOptions => ({
    ...six,
    pixels: words(-2000, 1, -1999, 600, 2000, -2000),
    elements: { ...CT, '00280120': ['SS', [-2000]], ...more },
  });

  it('is kept, refused, or replaced in rescaled values', async () => {
    expect(await values(padded({}), { rescale: 'file', padding: 'keep' })).toEqual([
      -5024, -1022, -5022, 176, 2976, -5024,
    ]);
    expect((await refusal(padded({}), { padding: 'refuse' })).message).toContain('2 pixels that are padding');
    expect(await values(padded({}), { rescale: 'file', padding: { value: -1024 } })).toEqual([
      -1024, -1022, -5022, 176, 2976, -1024,
    ]);
    const range: DicomElements = { '00280121': ['SS', [-1990]] };
    expect(await values(padded(range), { rescale: 'file', padding: { value: -1024 } })).toEqual([
      -1024, -1022, -1024, 176, 2976, -1024,
    ]);
  });

  it('is nothing where no pixel is padding', async () => {
    expect(await values(six, { padding: 'refuse' })).toHaveLength(6);
    const unsigned = { ...six, signed: 0, elements: { '00280120': ['US', [63_536]] } } as const;
    expect(await values(unsigned, { padding: 'refuse' })).toHaveLength(6);
  });
});

describe('what else decode_dicom looks at', () => {
  it('refuses a value outside the valid range and warns of one outside the range of the training', async () => {
    const file = dicomImage({ ...six, elements: CT });
    const error = await refusal(
      { ...six, elements: CT },
      { rescale: 'file', unit: "[hnsf'U]", validRange: [-1024, 2975] },
    );
    expect(error).toMatchObject({ code: 'DH_VALUE_OUT_OF_RANGE', details: { expected: "-1024 to 2975 [hnsf'U]" } });
    expect(error.message).not.toContain('2976');
    const ranges = { validRange: [-1024, 3071], trainingRange: [-1024, 2000] } as const;
    expect((await prepare(file, { rescale: 'file', ...ranges })).warnings).toEqual([
      {
        kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE',
        field: 'slice',
        message: 'A pixel lies outside the range that the model was trained on (-1024 to 2000).',
      },
    ]);
    expect(await prepare(file, { rescale: 'file', trainingRange: [-1024, 2976] })).not.toHaveProperty('warnings');
  });

  it('refuses lossy images where the manifest says so, and colour always', async () => {
    const lossy = { ...six, elements: { '00282110': ['CS', '01'] } } as const;
    expect(await values(lossy, {})).toHaveLength(6);
    expect((await refusal(lossy, { lossy: 'refuse' })).message).toContain('lossy compression');
    const colour = { samples: 3, allocated: 8, columns: 1, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect((await refusal(colour, {})).message).toContain('holds colour (RGB)');
  });

  it('gives the one value three times for three channels', async () => {
    const { shape, data } = await prepare(dicomImage(six), { channels: 3 });
    expect(shape).toEqual([1, 2, 3, 3]);
    expect([...data]).toEqual([0, 1, 512, 600, 2000, 100].flatMap((x) => [x, x, x]));
  });
});

describe('frames of an enhanced image', () => {
  const rescale = (slope: string, intercept: string): DicomElements => ({
    '00289145': ['SQ', [{ '00281052': ['DS', intercept], '00281053': ['DS', slope], '00281054': ['LO', 'HU'] }]],
  });
  const enhanced = (shared: DicomElements, frames: DicomElements[]): DicomImageOptions => ({
    rows: 1,
    columns: 2,
    frames: '2',
    pixels: words(1, 2, 3, 4),
    // Enhanced objects do not have these here; if one does, the functional groups count.
    elements: {
      '00281052': ['DS', '7'],
      '00281053': ['DS', '9'],
      '52009229': ['SQ', [shared]],
      '52009230': ['SQ', frames],
    },
  });

  it('have each their own rescale, or the one that they share', async () => {
    const own = enhanced(rescale('5', '0'), [rescale('2', '-10'), rescale('3', '-20')]);
    expect(await values(own, { rescale: 'file' })).toEqual([-8, -6]);
    expect(await values(own, { rescale: 'file', unit: "[hnsf'U]" }, 1)).toEqual([-11, -8]);
    const shared = enhanced(rescale('5', '0'), [{}, rescale('3', '-20')]);
    expect(await values(shared, { rescale: 'file' })).toEqual([5, 10]);
    expect(await values(shared, { rescale: 'file' }, 1)).toEqual([-11, -8]);
  });

  it('have each their own window', async () => {
    const window = (center: string): DicomElements => ({
      '00289132': ['SQ', [{ '00281050': ['DS', center], '00281051': ['DS', '4'], '00281056': ['CS', 'LINEAR_EXACT'] }]],
    });
    const file = enhanced({}, [window('2'), window('4')]);
    expect(await values(file, { window: 'file' })).toEqual([0.25, 0.5]);
    expect(await values(file, { window: 'file' }, 1)).toEqual([0.25, 0.5]);
  });

  it('are refused where there is not one group for each, or groups that cannot be read', async () => {
    expect((await refusal(enhanced({}, [{}]), {})).message).toContain('1 functional groups for 2 frames');
    const unknown = { ...enhanced({}, [{}, {}]) };
    const elements: DicomElements = { '52009230': ['UN', Uint8Array.of(1, 2, 3, 4)] };
    expect((await refusal({ ...unknown, elements }, {})).message).toContain('functional groups that cannot be read');
  });
});

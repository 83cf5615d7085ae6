import type { ImageInputSpec, ImageStep } from '@deephealth/sdk';
import { importAugmentations } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { applyImageStep } from './apply-image-step.js';
import { checkSteps } from './check-steps.js';
import type { Pixels } from './image-pixels.js';

const SPEC: ImageInputSpec = {
  name: 'photo',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png'],
  maxPixels: 10_000,
  steps: [{ op: 'decode_image', colour: 'rgb' }],
};

function run(steps: readonly ImageStep[], image: Pixels): Pixels {
  return steps.reduce((now, step) => applyImageStep(SPEC, step, now), image);
}

function ecvl(text: string, image: Pixels): number[] {
  return [...run(importAugmentations(text).steps, image).data];
}

/** The image that ECVL 1.0.3 was run on: v = (37x + 59y + 83c) mod 256, 5 wide and 4 high. */
const GOLDEN: Pixels = {
  size: { width: 5, height: 4, channels: 3 },
  data: Uint8Array.from({ length: 60 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return (37 * (pixel % 5) + 59 * Math.floor(pixel / 5) + 83 * (i % 3)) % 256;
  }),
};

/** Rows of a channel separated by |, channels by spaces, as ECVL printed them; in the order of the image. */
function planes(...channels: readonly string[]): number[] {
  const parsed = channels.map((plane) => plane.split('|').flatMap((row) => row.split(' ').map(Number)));
  return (parsed[0] as number[]).flatMap((_, pixel) => parsed.map((plane) => plane[pixel] as number));
}

function row(...values: readonly number[]): Pixels {
  return { size: { width: values.length, height: 1, channels: 1 }, data: Uint8Array.from(values) };
}

describe('values that ECVL 1.0.3 gives', () => {
  it('to (3,2) by nearest, exactly', () => {
    expect(ecvl('AugResizeDim dims=(3,2) interp="nearest"', GOLDEN)).toEqual(
      planes('0 37 111|118 155 229', '83 120 194|201 238 56', '166 203 21|28 65 139'),
    );
  });

  it('to (3,2) by linear, within the one level that OpenCV versions differ by', () => {
    const expected = planes('42 104 165|160 222 70', '125 187 163|115 49 110', '165 142 75|70 132 193');
    const differences = ecvl('AugResizeDim dims=(3,2)', GOLDEN).map((value, i) =>
      Math.abs(value - (expected[i] ?? NaN)),
    );
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  it('the centre of (3,2), exactly', () => {
    expect(ecvl('AugCenterCrop size=(3,2)', GOLDEN)).toEqual(
      planes('96 133 170|155 192 229', '179 216 253|238 19 56', '6 43 80|65 102 139'),
    );
  });
});

describe('types as ECVL keeps them', () => {
  it('8-bit pixels are cut off, not rounded, and held within 0 to 255', () => {
    expect(ecvl('AugDivBy255', row(0, 127, 254, 255))).toEqual([0, 0, 0, 1]);
    expect(ecvl('AugNormalize mean=100 std=0.5', row(0, 99, 101, 255))).toEqual([0, 0, 2, 255]);
    expect(ecvl('AugNormalize mean=0.5 std=2', row(0, 4, 255))).toEqual([0, 1, 127]);
    expect(ecvl('AugScaleTo new_min=0 new_max=1', row(10, 100, 250))).toEqual([0, 0, 1]);
    expect(ecvl('AugScaleFromTo old_min=50.7 old_max=150 new_min=0 new_max=255', row(0, 100, 150, 255))).toEqual([
      // 50.7 is stored as 50 before it is scaled: below 0, and so 0.
      0, 126, 255, 255,
    ]);
  });

  it('FP32 pixels are rounded once by each step', () => {
    const scaled = ecvl('AugToFloat32 divisor=255 divisor_gt=1', row(0, 1, 128, 255));
    expect(scaled).toEqual([0, 1 / 255, 128 / 255, 1].map(Math.fround));
    const text = `SequentialAugmentationContainer
      AugToFloat32 divisor=255 divisor_gt=255
      AugNormalize mean=0.485 std=0.229
    end`;
    expect(ecvl(text, row(0, 1, 128, 255))).toEqual(scaled.map((x) => Math.fround((x - 0.485) / 0.229)));
    expect(ecvl('AugToFloat32 divisor=1', row(7))).toEqual([7]);
  });

  it('a resize before the conversion gives whole numbers, one after it does not', () => {
    const before = 'SequentialAugmentationContainer\nAugResizeDim dims=(3,1)\nAugToFloat32 divisor=1\nend';
    const after = 'SequentialAugmentationContainer\nAugToFloat32 divisor=1\nAugResizeDim dims=(3,1)\nend';
    expect(ecvl(before, row(0, 1)).map((x) => x % 1)).toEqual([0, 0, 0]);
    expect(ecvl(after, row(0, 1))).toEqual([0, 0.5, 1]);
  });

  it('means and deviations per channel follow the channels', () => {
    const pixel: Pixels = {
      size: { width: 1, height: 2, channels: 3 },
      data: Uint8Array.of(10, 20, 30, 40, 50, 60),
    };
    const text = 'SequentialAugmentationContainer\nAugToFloat32 divisor=1\nAugNormalize mean=(1,2,3) std=(1,2,4)\nend';
    expect(ecvl(text, pixel)).toEqual([9, 9, 6.75, 39, 24, 14.25]);
  });
});

describe('steps from image to image', () => {
  const image: Pixels = { size: { width: 3, height: 2, channels: 1 }, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };

  it('mirror, flip and transpose', () => {
    expect(ecvl('AugMirror p=1', image)).toEqual([3, 2, 1, 6, 5, 4]);
    expect(ecvl('AugFlip p=1', image)).toEqual([4, 5, 6, 1, 2, 3]);
    expect(run([{ op: 'transpose_image' }], image)).toEqual({
      size: { width: 2, height: 3, channels: 1 },
      data: Uint8Array.of(1, 4, 2, 5, 3, 6),
    });
  });

  it('cut out the largest centred square, and refuse to cut out more than there is', () => {
    expect(run([{ op: 'crop_image' }], image)).toEqual({
      size: { width: 2, height: 2, channels: 1 },
      data: Uint8Array.of(1, 2, 4, 5),
    });
    expect(() => run([{ op: 'crop_image', width: 4, height: 2 }], image)).toThrow(
      expect.objectContaining({ code: 'DH_TENSOR_SHAPE_MISMATCH', message: expect.stringContaining('4 x 2') }),
    );
  });

  it('resize by a factor, rounded as C++ rounds, and not beyond what the input may have', () => {
    const step = (scale: number): ImageStep => ({
      op: 'resize_image_by',
      scaleX: scale,
      scaleY: 1,
      interpolation: 'linear',
    });
    expect(run([step(0.5)], image).size).toEqual({ width: 2, height: 2, channels: 1 });
    expect(() => run([{ ...step(60), scaleY: 60 } as ImageStep], image)).toThrow(
      expect.objectContaining({ code: 'DH_TENSOR_SHAPE_MISMATCH' }),
    );
    expect(() => run([step(0.1)], image)).toThrow(expect.objectContaining({ code: 'DH_TENSOR_SHAPE_MISMATCH' }));
  });

  it('keep 16 bits, held within 0 to 65535 and cut to whole numbers', () => {
    const wide: Pixels = { size: { width: 3, height: 1, channels: 1 }, data: Uint16Array.of(1, 300, 65_535) };
    expect(run([{ op: 'divide_image', divisor: 0.5 }], wide).data).toEqual(Uint16Array.of(2, 600, 65_535));
    expect(run([{ op: 'divide_image', divisor: 2 }], wide).data).toEqual(Uint16Array.of(0, 150, 32_767));
    expect(run([{ op: 'flip_image', direction: 'horizontal' }], wide).data).toEqual(Uint16Array.of(65_535, 300, 1));
  });

  it('clip what was cast', () => {
    const steps: ImageStep[] = [
      { op: 'cast_image', dataType: 'FP32' },
      { op: 'clip', minimum: 2, maximum: 5 },
    ];
    expect(run(steps, image).data).toEqual(Float32Array.of(2, 2, 3, 4, 5, 5));
  });

  it('refuse to scale the range of an image of one value', () => {
    expect(() => run([{ op: 'scale_image', to: [0, 1] }], row(7, 7))).toThrow(
      expect.objectContaining({ code: 'DH_VALUE_OUT_OF_RANGE' }),
    );
  });

  it('leave the image that they get as it is', () => {
    const before = Uint8Array.from(image.data);
    run([{ op: 'flip_image', direction: 'vertical' }, { op: 'divide_image', divisor: 2 }, { op: 'crop_image' }], image);
    expect(image.data).toEqual(before);
  });
});

describe('checkSteps, of image steps', () => {
  const check = (steps: readonly ImageStep[], shape: readonly number[]) =>
    checkSteps(
      {
        ...SPEC,
        steps: [
          { op: 'decode_image', colour: 'rgb' },
          ...steps,
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
      { name: 'x', dataType: 'FP32', shape },
    );
  const invalid = (text: string) =>
    expect.objectContaining({ code: 'DH_MANIFEST_INVALID', message: expect.stringContaining(text) });

  it('follows the size through crop, transpose and factors', () => {
    const resize: ImageStep = { op: 'resize_image', width: 40, height: 20, interpolation: 'area' };
    check([resize, { op: 'transpose_image' }], [-1, 3, 40, 20]);
    check([resize, { op: 'crop_image' }], [-1, 3, 20, 20]);
    check([resize, { op: 'resize_image_by', scaleX: 0.5, scaleY: 2, interpolation: 'linear' }], [-1, 3, 40, 20]);
    check([{ op: 'crop_image', width: 8, height: 4 }], [-1, 3, 4, 8]);
    check([{ op: 'crop_image' }], [-1, 3, -1, -1]);
    expect(() => check([resize], [-1, 3, 40, 20])).toThrow(invalid('/feeds'));
  });

  it('takes a clip of FP32 alone', () => {
    const clip: ImageStep = { op: 'clip', minimum: 0, maximum: 1 };
    check([{ op: 'cast_image', dataType: 'FP32' }, clip], [-1, 3, -1, -1]);
    expect(() => check([clip], [-1, 3, -1, -1])).toThrow(invalid('Cast them first'));
  });

  it('refuses a crop of more than there is, a number of means that fits no channels, and a range upside down', () => {
    const resize: ImageStep = { op: 'resize_image', width: 4, height: 4, interpolation: 'linear' };
    expect(() => check([resize, { op: 'crop_image', width: 5, height: 4 }], [-1, 3, 4, 5])).toThrow(
      invalid('/steps/2/width'),
    );
    expect(() => check([{ op: 'normalize_image', mean: [0, 0], std: [1, 1] }], [-1, 3, -1, -1])).toThrow(
      invalid('/mean'),
    );
    expect(() => check([{ op: 'scale_image', from: [1, 0], to: [0, 1] }], [-1, 3, -1, -1])).toThrow(invalid('/from'));
  });
});

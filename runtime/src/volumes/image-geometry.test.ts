import { indexTransform, resampleVolume } from '@deephealth/native';
import { type ImageInputSpec, type ImageStep, seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { applyImageStep } from '../steps/apply-image-step.js';
import type { Pixels } from '../steps/image-pixels.js';
import { imageGeometry, shownAfter, wholeImage } from './image-geometry.js';

const SPEC: ImageInputSpec = {
  name: 'photo',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png'],
  maxPixels: 10_000,
  steps: [{ op: 'decode_image', colour: 'gray' }],
};
const OUTSIDE = -1;

/** Every pixel is its own number, from 1 on, so that none is taken for another. */
function numbered(width: number, height: number): Pixels {
  return {
    size: { width, height, channels: 1 },
    data: Float32Array.from({ length: width * height }, (_, i) => i + 1),
  };
}

/** What the steps make of an image, and that image brought back to the grid of the first one. */
function thereAndBack(image: Pixels, steps: readonly ImageStep[]) {
  let shown = wholeImage(image.size);
  let prepared = image;
  for (const step of steps) {
    const before = prepared.size;
    prepared = applyImageStep(SPEC, step, prepared);
    shown = shownAfter(shown, step, before);
  }
  const { source, tensor } = imageGeometry(image.size, shown, prepared.size);
  const back = new Float32Array(image.data.length);
  const transform = indexTransform(tensor.affine, source.grid.affine);
  resampleVolume(prepared.data, tensor, transform, source.grid, { interpolation: 'nearest', outside: OUTSIDE }, back);
  return { prepared: [...prepared.data], back: [...back] };
}

const grid = (rows: readonly string[]) =>
  rows.flatMap((row) => row.split(' ').map((cell) => (cell === '-' ? OUTSIDE : Number(cell))));
const across = { op: 'flip_image', direction: 'horizontal' } as const;
const down = { op: 'flip_image', direction: 'vertical' } as const;
const transpose = { op: 'transpose_image' } as const;

// 5 wide and 4 high:
//  1  2  3  4  5
//  6  7  8  9 10
// 11 12 13 14 15
// 16 17 18 19 20
const IMAGE = numbered(5, 4);

describe('the way back of an image to its own pixels, as drawn by hand', () => {
  it.each<[string, readonly ImageStep[], readonly string[], readonly string[]]>([
    [
      'a crop: an odd pixel that is left over lies to the right',
      [{ op: 'crop_image', width: 2, height: 2 }],
      ['7 8', '12 13'],
      ['- - - - -', '- 7 8 - -', '- 12 13 - -', '- - - - -'],
    ],
    [
      'the largest square',
      [{ op: 'crop_image' }],
      ['1 2 3 4', '6 7 8 9', '11 12 13 14', '16 17 18 19'],
      ['1 2 3 4 -', '6 7 8 9 -', '11 12 13 14 -', '16 17 18 19 -'],
    ],
    [
      'left and right exchanged',
      [across],
      ['5 4 3 2 1', '10 9 8 7 6', '15 14 13 12 11', '20 19 18 17 16'],
      ['1 2 3 4 5', '6 7 8 9 10', '11 12 13 14 15', '16 17 18 19 20'],
    ],
    [
      'top and bottom exchanged, then a crop',
      [down, { op: 'crop_image', width: 4, height: 1 }],
      // Rows of the turned image: 16.., 11.., 6.., 1..; floor((4 - 1) / 2) = 1 is the second of them.
      ['11 12 13 14'],
      ['- - - - -', '- - - - -', '11 12 13 14 -', '- - - - -'],
    ],
    [
      'left and right exchanged, then the largest square, which now leaves the first column out',
      [across, { op: 'crop_image' }],
      ['5 4 3 2', '10 9 8 7', '15 14 13 12', '20 19 18 17'],
      ['- 2 3 4 5', '- 7 8 9 10', '- 12 13 14 15', '- 17 18 19 20'],
    ],
    [
      'rows and columns exchanged',
      [transpose],
      ['1 6 11 16', '2 7 12 17', '3 8 13 18', '4 9 14 19', '5 10 15 20'],
      ['1 2 3 4 5', '6 7 8 9 10', '11 12 13 14 15', '16 17 18 19 20'],
    ],
    [
      'a quarter turn, cropped',
      [transpose, across, { op: 'crop_image', width: 2, height: 3 }],
      ['12 7', '13 8', '14 9'],
      ['- - - - -', '- 7 8 9 -', '- 12 13 14 -', '- - - - -'],
    ],
    [
      'twice as large, then a crop of it, which shows half of a pixel on each side',
      [
        { op: 'resize_image', width: 10, height: 8, interpolation: 'nearest' },
        { op: 'crop_image', width: 4, height: 2 },
      ],
      ['7 8 8 9', '12 13 13 14'],
      // Shown are columns 1.5 to 3.5 and rows 1.5 to 2.5. A pixel is in it if its centre is, of two edges the first.
      ['- - - - -', '- 7 8 - -', '- - - - -', '- - - - -'],
    ],
  ])('%s', (_, steps, prepared, back) => {
    const got = thereAndBack(IMAGE, steps);
    expect(got.prepared).toEqual(grid(prepared));
    expect(got.back).toEqual(grid(back));
  });
});

describe('the way back of an image through any steps that move whole pixels', () => {
  it('gives every pixel that is left its own place, and nothing else one', () => {
    const random = seededRandom(5);
    const upTo = (most: number) => 1 + Math.floor(random() * most);
    for (let round = 0; round < 300; round++) {
      const image = numbered(upTo(9), upTo(9));
      const steps: ImageStep[] = [];
      let [width, height] = [image.size.width, image.size.height];
      for (let step = upTo(6); step > 0; step--) {
        const kind = Math.floor(random() * 4);
        if (kind === 0) [width, height] = [upTo(width), upTo(height)];
        if (kind === 3) [width, height] = [height, width];
        steps.push(
          [{ op: 'crop_image', width, height } as const, across, down, transpose][kind] as ImageStep,
          // Steps that move nothing stand in between.
          { op: 'divide_image', divisor: 1 },
        );
      }
      const { prepared, back } = thereAndBack(image, steps);
      const left = new Set(prepared);
      expect(back, JSON.stringify({ round, steps })).toEqual(
        [...image.data].map((pixel) => (left.has(pixel) ? pixel : OUTSIDE)),
      );
    }
  });

  it('is that of plain resizing, bit for bit, where nothing else moves pixels', () => {
    const { tensor } = imageGeometry({ width: 7, height: 3 }, wholeImage({ width: 7, height: 3 }), {
      width: 5,
      height: 11,
    });
    const [x, y] = [7 / 5, 3 / 11];
    expect(tensor).toEqual({
      width: 5,
      height: 11,
      depth: 1,
      affine: [x, 0, 0, (x - 1) / 2, 0, y, 0, (y - 1) / 2, 0, 0, 1, 0],
    });
  });
});

import type { runtimeV1 } from '@deephealth/proto';
import { type ImageInputSpec, type RawTensor, tensorFromValues } from '@deephealth/sdk';
import { decodeDicom } from '../chain/decode-dicom.js';
import { decodePicture } from '../tensors/named-picture.js';
import type { Place } from './prepare-inputs.js';

/** An image between two steps: grey values, and where each of them stood in the picture. */
interface Picture {
  readonly height: number;
  readonly width: number;
  readonly values: readonly number[];
  readonly from: readonly number[];
}

/** `decode_image` in grey, `flip_image`, `crop_image` and `image_to_tensor`: FP32 [1, 1, h, w], and the way back. */
export function preparePicture(
  spec: ImageInputSpec,
  image: runtimeV1.Image__Output,
): { tensor: RawTensor; place: Place } {
  const { height, width, values } =
    image.mediaType === 'application/dicom' ? decodeDicom(image.data) : decodePicture(image.data);
  let picture: Picture = { height, width, values: [...values], from: [...values.keys()] };
  for (const step of spec.steps) {
    if (step.op === 'decode_image' || step.op === 'decode_dicom') continue;
    if (step.op === 'flip_image') picture = step.direction === 'horizontal' ? mirrored(picture) : upsideDown(picture);
    else if (step.op === 'crop_image') picture = cropped(picture, step.height ?? height, step.width ?? width);
    else if (step.op === 'image_to_tensor') {
      const { scale, mean, std } = step;
      const scaled = picture.values.map((x) => Math.fround((x * scale - (mean[0] as number)) / (std[0] as number)));
      const tensor = tensorFromValues('FP32', [1, 1, picture.height, picture.width], scaled);
      return { tensor, place: placeOf(height, width, picture) };
    } else throw new RangeError(`the oracle knows no step "${step.op}" of images`);
  }
  throw new RangeError(`the steps of "${spec.name}" end without a tensor`);
}

function placeOf(height: number, width: number, { from }: Picture): Place {
  const source = new Array<number>(height * width).fill(-1);
  for (const [index, pixel] of from.entries()) source[pixel] = index;
  return {
    size: [height, width],
    source,
    grid: {
      size: [height, width],
      origin: [0, 0],
      spacing: [1, 1],
      // Rows run along y, columns along x.
      direction: [0, 1, 1, 0],
      unit: 'LENGTH_UNIT_PIXEL',
      convention: 'COORDINATE_CONVENTION_IMAGE',
    },
  };
}

/** The picture whose pixel at (row, column) is that of `picture` at `at(row, column)`. */
function taken(picture: Picture, height: number, width: number, at: (row: number, column: number) => number): Picture {
  const places = Array.from({ length: height * width }, (_, i) => at(Math.floor(i / width), i % width));
  return {
    height,
    width,
    values: places.map((place) => picture.values[place] as number),
    from: places.map((place) => picture.from[place] as number),
  };
}

function mirrored(picture: Picture): Picture {
  const { height, width } = picture;
  return taken(picture, height, width, (row, column) => row * width + width - 1 - column);
}

function upsideDown(picture: Picture): Picture {
  const { height, width } = picture;
  return taken(picture, height, width, (row, column) => (height - 1 - row) * width + column);
}

/** The middle; differences that are no even number would be a matter of taste. */
function cropped(picture: Picture, height: number, width: number): Picture {
  const [top, left] = [(picture.height - height) / 2, (picture.width - width) / 2];
  if (!Number.isInteger(top) || !Number.isInteger(left)) throw new RangeError('the crop has no middle');
  return taken(picture, height, width, (row, column) => (row + top) * picture.width + column + left);
}

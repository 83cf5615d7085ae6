import { DeepHealthError } from '../errors/deephealth-error.js';
import type { DraftNote, ImageInputSpec, ImageStep } from '../package/manifest.js';
import { colourOf, type ImageMetadata, scalingOf } from './image-metadata.js';
import type { GraphValue } from './onnx-graph.js';
import { quoteName } from './quote-name.js';

/** How the images of a model are prepared, as far as somebody says so. */
export interface ImageDraftOptions extends ImageMetadata {
  /** What files the images come in. Default `image`: PNG and JPEG. */
  readonly files?: ImageFiles;
  /** Steps between decoding and the tensor, such as those of an imported augmentation text. */
  readonly steps?: readonly ImageStep[];
}

export type ImageFiles = 'image' | 'tiff' | 'dicom';

const MEDIA_TYPES: Readonly<Record<ImageFiles, ImageInputSpec['mediaTypes']>> = {
  image: ['image/png', 'image/jpeg'],
  tiff: ['image/tiff'],
  dicom: ['application/dicom'],
};
const MAX_PIXELS = 16_777_216;

/**
 * An image input for a tensor [batch, channels, height, width] or [batch, height, width, channels] of FP32
 * with 1 or 3 channels; undefined for any other tensor.
 */
export function draftImageInput(
  value: GraphValue,
  name: string,
  index: number,
  options: ImageDraftOptions,
  draft: DraftNote[],
): ImageInputSpec | undefined {
  const layout = layoutOf(value);
  if (layout === undefined) return undefined;
  const at = `/inputs/${index}`;
  const colour = options.format === undefined ? (layout.channels === 1 ? 'gray' : 'rgb') : colourOf(options.format);
  if ((colour === 'gray') !== (layout.channels === 1)) {
    throw new DeepHealthError(
      'DH_GRAPH_UNSUPPORTED',
      `The input ${quoteName(value.name)} has ${layout.channels} channels, which do not fit the pixel format ${options.format}. Correct it with --pixel-format.`,
      { details: { input: value.name.slice(0, 128) } },
    );
  }
  const { files = 'image' } = options;
  if (files === 'dicom') {
    draft.push({
      field: `${at}/steps/0`,
      guess:
        'Values of the modality were taken as they are; padding and MONOCHROME1 are refused. Write unit, window and valid range of the training, and modalities, spacingMm and orientation of the input.',
    });
  } else if (options.format === undefined) {
    draft.push({
      field: `${at}/steps/0/colour`,
      guess: `Taken as ${colour}. ECVL gives RGB since May 2021 and gave BGR before. Check the order that the training used.`,
    });
  }
  const scaling = options.steps === undefined ? scalingOf(options.range ?? 'NominalRange_0_255') : { mean: 0, std: 1 };
  if (files !== 'dicom' && options.steps === undefined && options.range === undefined) {
    draft.push({
      field: `${at}/steps`,
      guess: 'Pixels were taken from 0 to 255, as they are. Write the scaling of the training.',
    });
  }
  const perChannel = (number: number) => Array<number>(layout.channels).fill(number);
  return {
    name,
    kind: 'image',
    feeds: value.name,
    mediaTypes: MEDIA_TYPES[files],
    maxPixels: MAX_PIXELS,
    steps: [
      files === 'dicom' ? { ...DECODE_DICOM, channels: layout.channels } : { op: 'decode_image', colour },
      ...(options.steps ?? resizeTo(layout, at, draft)),
      {
        op: 'image_to_tensor',
        layout: layout.layout,
        scale: 1,
        mean: perChannel(scaling.mean),
        std: perChannel(scaling.std),
      },
    ],
  };
}

/** What loses nothing and guesses at nothing. */
const DECODE_DICOM = {
  op: 'decode_dicom',
  rescale: 'file',
  padding: 'refuse',
  window: 'none',
  monochrome1: 'refuse',
} as const;

interface ImageLayout {
  readonly layout: 'CHW' | 'HWC';
  readonly channels: 1 | 3;
  readonly height: number | undefined;
  readonly width: number | undefined;
}

function layoutOf({ dataType, shape }: GraphValue): ImageLayout | undefined {
  if (dataType !== 'FP32' || shape?.length !== 4) return undefined;
  const extent = (axis: number) => (typeof shape[axis] === 'number' ? shape[axis] : undefined);
  for (const [layout, c, h, w] of [
    ['CHW', 1, 2, 3],
    ['HWC', 3, 1, 2],
  ] as const) {
    const channels = extent(c);
    if (channels === 1 || channels === 3) return { layout, channels, height: extent(h), width: extent(w) };
  }
  return undefined;
}

function resizeTo({ width, height }: ImageLayout, at: string, draft: DraftNote[]): ImageStep[] {
  if (width === undefined || height === undefined) return [];
  draft.push({
    field: `${at}/steps/1`,
    guess:
      'Any image is resized to the extents of the tensor. Check interpolation, and whether the training cropped first.',
  });
  return [{ op: 'resize_image', width, height, interpolation: 'linear' }];
}

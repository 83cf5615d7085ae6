import { DeepHealthError } from '../errors/deephealth-error.js';
import type { DraftNote, ImageInputSpec, ImageStep } from '../package/manifest.js';
import { colourOf, type ImageMetadata, scalingOf } from './image-metadata.js';
import type { GraphValue } from './onnx-graph.js';
import { quoteName } from './quote-name.js';

/** How the images of a model are prepared, as far as somebody says so. */
export interface ImageDraftOptions extends ImageMetadata {
  /** Steps between decoding and the tensor, such as those of an imported augmentation text. */
  readonly steps?: readonly ImageStep[];
}

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
  if (options.format === undefined) {
    draft.push({
      field: `${at}/steps/0/colour`,
      guess: `Taken as ${colour}. ECVL gives RGB since May 2021 and gave BGR before. Check the order that the training used.`,
    });
  }
  const scaling = options.steps === undefined ? scalingOf(options.range ?? 'NominalRange_0_255') : { mean: 0, std: 1 };
  if (options.steps === undefined && options.range === undefined) {
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
    mediaTypes: ['image/png', 'image/jpeg'],
    maxPixels: MAX_PIXELS,
    steps: [
      { op: 'decode_image', colour },
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

interface ImageLayout {
  readonly layout: 'CHW' | 'HWC';
  readonly channels: number;
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

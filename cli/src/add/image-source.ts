import { readFile } from 'node:fs/promises';
import {
  draftManifest,
  type GoldenInput,
  type ImageInputSpec,
  type ImageStep,
  type ImageToTensorStep,
  type OnnxGraph,
  type PixelFormat,
  type PixelRange,
  readImageMetadata,
  sniffMediaType,
} from '@deephealth/sdk';
import sharp from 'sharp';
import type { SampleFile, SampleFiles } from './file-list.js';
import type { Inquiry } from './inquiry.js';
import { notPossible } from './model-output.js';
import type { Candidate } from './probe.js';
import { MOST_SAMPLES, type SampleSource, spread } from './sample-source.js';
import { samplesInvalid } from './samples-invalid.js';

const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/tiff', 'image/bmp'] as const;
type PixelMediaType = (typeof MEDIA_TYPES)[number];

/** Values that pixels have in the tensor, as trainings usually have them. */
const RANGES = {
  '0..255': 'NominalRange_0_255',
  '0..1': 'Normalized_0_1',
  '-1..1': 'Normalized_1_1',
  /** Means and deviations of ImageNet over 0 to 1, which libraries of pretrained networks ask for. */
  imagenet: 'Normalized_0_1',
} as const satisfies Record<string, PixelRange>;
type RangeName = keyof typeof RANGES;
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const RESIZES = [
  'stretch-linear',
  'stretch-area',
  'stretch-cubic',
  'stretch-nearest',
  'crop-linear',
  'crop-area',
] as const;
type Resize = (typeof RESIZES)[number];
type Interpolation = 'linear' | 'area' | 'cubic' | 'nearest';

/** Pictures as samples of a model that takes one picture. */
export async function imageSource(
  { files, labelName }: SampleFiles,
  graph: OnnxGraph,
  inquiry: Inquiry,
): Promise<SampleSource> {
  const chosen = spread(files.length, MOST_SAMPLES).map((place) => files[place] as SampleFile);
  const pictures = await Promise.all(chosen.map(readPictureFile));
  const draft = draftOf(graph, {});
  if (draft === undefined) {
    throw notPossible(
      'The graph takes no pictures: its one input must be FP32 [batch, 1 or 3, height, width] or with the channels last',
    );
  }
  const toTensor = draft.steps.at(-1) as ImageToTensorStep;
  const isGrey = toTensor.mean.length === 1;
  inquiry.infer(
    'input.channels',
    isGrey ? 'grey' : 'colour',
    'stated',
    `The tensor has ${toTensor.mean.length} channels, ${toTensor.layout}.`,
  );
  const resize = resizeSteps(draft, pictures, inquiry);
  const mediaTypes = [...new Set<PixelMediaType>([...pictures.map(({ mediaType }) => mediaType), 'image/png'])];
  const labelled = chosen.filter(({ label }) => label !== undefined).length;
  return {
    ...{ kind: 'image', summary: summaryOf(isGrey, pictures), labelName, skippedCount: 0 },
    inputs: pictures.map(
      ({ bytes, mediaType }): GoldenInput => ({ image: { mediaType, base64: bytes.toString('base64') } }),
    ),
    names: chosen.map(({ name }) => name),
    paths: chosen.map(({ path }) => path),
    ...(labelled === chosen.length && { labels: chosen.map(({ label }) => label as string) }),
    candidates: candidatesOf(graph, isGrey, resize, mediaTypes, inquiry),
    settings: SETTINGS,
  };
}

const SETTINGS = {
  'input.colour': {
    ask: 'In which order are the colours in the tensor?',
    why: 'No file says it: OpenCV reads BGR, most other libraries RGB.',
  },
  'input.range': {
    ask: 'Which values do pixels have in the tensor: 0..255 as they are, 0..1, -1..1, or normalized as for ImageNet?',
    why: 'The graph takes any numbers.',
  },
} as const;

interface PictureFile {
  readonly bytes: Buffer;
  readonly mediaType: PixelMediaType;
  readonly width: number;
  readonly height: number;
}

async function readPictureFile({ path, name }: SampleFile): Promise<PictureFile> {
  const bytes = await readFile(path);
  const mediaType = sniffMediaType(bytes);
  if (mediaType === 'application/dicom') {
    throw notPossible(
      `The sample ${name} is a DICOM file, whose unit, window and padding no graph states (deephealth init --input dicom)`,
    );
  }
  const known = MEDIA_TYPES.find((type) => type === mediaType);
  if (known === undefined)
    throw samplesInvalid(`The sample ${name} holds no PNG, JPEG, TIFF or BMP picture.`, { sample: name });
  if (known === 'image/bmp')
    return { bytes, mediaType: known, width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) };
  try {
    const { width, height } = await sharp(bytes).metadata();
    return { bytes, mediaType: known, width, height };
  } catch (cause) {
    throw samplesInvalid(`The sample ${name} is damaged: its size cannot be read.`, {
      sample: name,
      cause: String(cause instanceof Error),
    });
  }
}

function draftOf(graph: OnnxGraph, image: { format?: PixelFormat; range?: PixelRange }): ImageInputSpec | undefined {
  const identity = { name: 'probe', version: '1.0.0', onnxFile: 'model.onnx', onnxSha256: '0'.repeat(64) };
  const { inputs } = draftManifest(graph, { ...identity, image: { files: 'image', ...image } });
  const [input, ...others] = inputs;
  return input?.kind === 'image' && others.length === 0 ? input : undefined;
}

/** How a picture comes to the size of the tensor; undefined where the tensor has any. */
function resizeSteps(draft: ImageInputSpec, pictures: readonly PictureFile[], inquiry: Inquiry): ImageStep[] {
  const drafted = draft.steps.find((step) => step.op === 'resize_image');
  if (drafted?.op !== 'resize_image') {
    inquiry.infer('input.resize', 'none', 'stated', 'The tensor takes pictures of any size.');
    return [];
  }
  const { width, height } = drafted;
  const id = 'input.resize';
  if (pictures.every((picture) => picture.width === width && picture.height === height)) {
    inquiry.infer(
      id,
      'none',
      'assumed',
      `All samples have the ${width} x ${height} pixels of the tensor; any others are refused.`,
    );
    return [];
  }
  const said = inquiry.ask({
    id,
    ask: `How does a picture come to the ${width} x ${height} pixels of the tensor?`,
    why: 'The samples have other sizes, and a picture that is stretched where it was cut out looks like another one.',
    takes: 'text',
    options: RESIZES,
    isRequired: true,
  }) as Resize | undefined;
  const [how = 'stretch', interpolation = 'linear'] = (said ?? 'stretch-linear').split('-');
  const step: ImageStep = { op: 'resize_image', width, height, interpolation: interpolation as Interpolation };
  // The largest centred square, and then the size.
  return how === 'crop' ? [{ op: 'crop_image' }, step] : [step];
}

function candidatesOf(
  graph: OnnxGraph,
  isGrey: boolean,
  resize: readonly ImageStep[],
  mediaTypes: readonly PixelMediaType[],
  inquiry: Inquiry,
): Candidate[] {
  const stated = readImageMetadata(graph.metadata);
  const formats = formatsAfter(isGrey, stated.format, inquiry);
  const ranges = rangesAfter(isGrey, stated.range, inquiry);
  return formats.flatMap((format) =>
    ranges.map((range): Candidate => {
      const draft = draftOf(graph, { format, range: RANGES[range] }) as ImageInputSpec;
      const [decode] = draft.steps;
      const toTensor = draft.steps.at(-1) as ImageToTensorStep;
      const last = range === 'imagenet' ? imagenet(toTensor, format === 'Bgr8') : toTensor;
      const colour = format === 'Gray8' ? 'grey' : format === 'Bgr8' ? 'BGR' : 'RGB';
      return {
        settings: { 'input.colour': colour, 'input.range': range },
        input: {
          ...draft,
          name: 'image',
          mediaTypes,
          steps: [decode as (typeof draft.steps)[number], ...resize, last],
        },
      };
    }),
  );
}

function imagenet(step: ImageToTensorStep, isReversed: boolean): ImageToTensorStep {
  const ordered = (values: readonly number[]) => (isReversed ? [...values].reverse() : [...values]);
  return { ...step, scale: 1 / 255, mean: ordered(IMAGENET.mean), std: ordered(IMAGENET.std) };
}

function formatsAfter(isGrey: boolean, stated: PixelFormat | undefined, inquiry: Inquiry): PixelFormat[] {
  if (isGrey) return ['Gray8'];
  if (stated !== undefined) {
    inquiry.infer('input.colour', stated === 'Bgr8' ? 'BGR' : 'RGB', 'stated', 'The metadata of the graph say so.');
    return [stated];
  }
  const said = inquiry.override({ id: 'input.colour', takes: 'text', options: ['RGB', 'BGR'] });
  return said === undefined ? ['Rgb8', 'Bgr8'] : [said === 'BGR' ? 'Bgr8' : 'Rgb8'];
}

function rangesAfter(isGrey: boolean, stated: PixelRange | undefined, inquiry: Inquiry): RangeName[] {
  const all = (Object.keys(RANGES) as RangeName[]).filter((name) => !isGrey || name !== 'imagenet');
  if (stated !== undefined) {
    const range = all.find((name) => RANGES[name] === stated) as RangeName;
    inquiry.infer('input.range', range, 'stated', 'The metadata of the graph say so.');
    return [range];
  }
  const said = inquiry.override({ id: 'input.range', takes: 'text', options: all });
  return said === undefined ? all : [said as RangeName];
}

function summaryOf(isGrey: boolean, pictures: readonly PictureFile[]): string {
  const sizes = [...new Set(pictures.map(({ width, height }) => `${width} x ${height}`))];
  const size = sizes.length > 3 ? `${sizes.length} different sizes` : sizes.join(', ');
  return `a picture in ${isGrey ? 'grey' : 'colour'} (${pictures.length} samples of ${size} pixels)`;
}

import {
  type AugmentationNote,
  DeepHealthError,
  type DraftManifestOptions,
  type ImageFiles,
  type InputSpec,
  type OnnxGraph,
  type VolumeFiles,
} from '@deephealth/sdk';
import { type ImageFlags, imageOptions } from './image-options.js';
import { type SignalFiles, signalExample } from './signal-example.js';
import { volumeExample } from './volume-example.js';

/** What files the inputs of a model come in. */
export const INPUT_FILES = ['image', 'tiff', 'dicom', 'nifti', 'dicom-series', 'edf', 'wfdb'] as const;
export type InputFiles = ImageFiles | VolumeFiles | SignalFiles;

/** What the command line says of the inputs. */
export interface InputFlags extends Omit<ImageFlags, 'input'> {
  readonly input?: InputFiles;
  /** Example that a volume or signal input is drafted after. */
  readonly like?: string;
  readonly axes?: string;
  readonly channels?: string[];
  readonly validRange?: string[];
}

type Drafted = Pick<DraftManifestOptions, 'image' | 'volume' | 'signal'>;

export interface InputOptions {
  readonly drafted: Drafted;
  readonly notes: readonly AugmentationNote[];
}

interface Family {
  readonly kind: InputSpec['kind'];
  /** Tensors that it can feed. */
  readonly tensors: string;
  readonly needs: readonly (keyof InputFlags)[];
  readonly takes: readonly (keyof InputFlags)[];
}

const IMAGES: Family = {
  kind: 'image',
  tensors: '[batch, 1 or 3, height, width] of FP32 that takes images',
  needs: [],
  takes: ['augmentations', 'pixelFormat', 'pixelRange'],
};
const VOLUMES: Family = {
  kind: 'volume',
  tensors: '[batch, 1, depth, height, width] of FP32, nor slices with their neighbours, that takes volumes',
  needs: ['like', 'axes'],
  takes: ['like', 'axes'],
};
const SIGNALS: Family = {
  kind: 'signal',
  tensors:
    '[batch, channels, samples] of FP32 that takes signals; windows and frames of recurrent networks are written by hand',
  needs: ['like', 'validRange'],
  takes: ['like', 'validRange', 'channels'],
};
const FAMILIES: Readonly<Record<InputFiles, Family>> = {
  image: IMAGES,
  tiff: IMAGES,
  dicom: IMAGES,
  nifti: VOLUMES,
  'dicom-series': VOLUMES,
  edf: SIGNALS,
  wfdb: SIGNALS,
};

/** Options of inputs, as the command line has them, and what each is for. */
const OPTIONS: Readonly<Partial<Record<keyof InputFlags, readonly [name: string, what: string]>>> = {
  like: ['--like <file>', 'a file as the model was trained on, from which the draft takes what files state'],
  axes: [
    '--axes <letters>',
    'the sides that depth, height and width of the tensor grow towards (nibabel and MONAI: RAS, SimpleITK: SPL), which no file says',
  ],
  validRange: [
    '--valid-range <unit=lowest,highest>',
    'what is plausible in the unit of the channels, which no file says',
  ],
  channels: ['--channels <names>', 'the channels of the tensor'],
  augmentations: ['--augmentations', ''],
  pixelFormat: ['--pixel-format', ''],
  pixelRange: ['--pixel-range', ''],
};

/**
 * How inputs are drafted: what cannot be known is asked for, all of it at once.
 *
 * @param graph after the metadata of the flags were written
 * @throws DH_CONFIG_INVALID naming the options that are missing, or that say nothing of such files
 */
export async function inputOptions(flags: InputFlags, graph: OnnxGraph): Promise<InputOptions> {
  const { input, ...others } = flags;
  const files = input ?? 'image';
  const family = FAMILIES[files];
  checkFlags(flags, files, family);
  if (family === IMAGES) {
    const given = input === undefined ? {} : { input: input as ImageFiles };
    const { image, notes } = await imageOptions({ ...others, ...given }, graph);
    return { drafted: { image }, notes };
  }
  const { like = '', axes = '', channels, validRange = [] } = flags;
  const drafted =
    family === VOLUMES
      ? { volume: await volumeExample(files as VolumeFiles, like, axes) }
      : { signal: await signalExample(files as SignalFiles, like, { validRange, ...(channels && { channels }) }) };
  return { drafted, notes: [] };
}

function checkFlags(flags: InputFlags, files: InputFiles, { needs, takes }: Family): void {
  const missing = needs.filter((name) => flags[name] === undefined);
  if (missing.length > 0) {
    const wanted = missing.map((name) => `${OPTIONS[name]?.[0]}, ${OPTIONS[name]?.[1]}`).join('; and ');
    throw new DeepHealthError('DH_CONFIG_INVALID', `--input ${files} needs ${wanted}.`);
  }
  const strange = (Object.keys(OPTIONS) as (keyof InputFlags)[]).filter(
    (name) => flags[name] !== undefined && !takes.includes(name),
  );
  if (strange.length === 0) return;
  const names = strange.map((name) => OPTIONS[name]?.[0].split(' ')[0]).join(', ');
  throw new DeepHealthError('DH_CONFIG_INVALID', `${names} says nothing of --input ${files}. Leave it out.`);
}

/** @throws DH_CONFIG_INVALID where files were named, and no input of the model takes them */
export function checkDrafted({ input, augmentations }: InputFlags, inputs: readonly InputSpec[]): void {
  const { kind, tensors } = FAMILIES[input ?? 'image'];
  if (inputs.some((one) => one.kind === kind)) return;
  if (input !== undefined) {
    throw new DeepHealthError('DH_CONFIG_INVALID', `The model has no input ${tensors}. Leave --input out.`);
  }
  if (augmentations !== undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The model has no image input [batch, 1 or 3, height, width] of FP32 that the augmentations could prepare. Leave --augmentations out.',
    );
  }
}

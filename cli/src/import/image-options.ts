import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type AugmentationNote,
  DeepHealthError,
  type ImageDraftOptions,
  type ImageFiles,
  importAugmentations,
  type OnnxGraph,
  PIXEL_FORMAT_KEY,
  PIXEL_RANGE_KEY,
  type PixelFormat,
  type PixelRange,
  readImageMetadata,
} from '@deephealth/sdk';

/** What the command line says of images. */
export interface ImageFlags {
  readonly pixelFormat?: PixelFormat;
  readonly pixelRange?: PixelRange;
  /** Files that images come in. */
  readonly input?: ImageFiles;
  /** File with a text of the ECVL Augmentation Language. */
  readonly augmentations?: string;
}

/** Entries of metadata_props that the flags ask to be written. */
export function metadataOf({
  pixelFormat,
  pixelRange,
}: Pick<ImageFlags, 'pixelFormat' | 'pixelRange'>): Record<string, string> {
  return {
    ...(pixelFormat === undefined ? {} : { [PIXEL_FORMAT_KEY]: pixelFormat }),
    ...(pixelRange === undefined ? {} : { [PIXEL_RANGE_KEY]: pixelRange }),
  };
}

/**
 * How images are prepared: by the imported augmentations, the flags and the metadata of the model.
 *
 * @param graph after the metadata of the flags were written
 */
export async function imageOptions(
  flags: ImageFlags,
  graph: OnnxGraph,
): Promise<{ readonly image: ImageDraftOptions; readonly notes: readonly AugmentationNote[] }> {
  const { input: files } = flags;
  if (files === 'dicom' && (flags.augmentations ?? flags.pixelFormat ?? flags.pixelRange) !== undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      '--augmentations, --pixel-format and --pixel-range are of 8-bit pixels, which DICOM images are not made of. Leave them out with --input dicom, and write the steps.',
    );
  }
  // Neither colours nor a range of 8 bits say anything of a DICOM image.
  const metadata = files === 'dicom' ? { files } : { ...readImageMetadata(graph.metadata), ...(files && { files }) };
  if (flags.augmentations === undefined) return { image: metadata, notes: [] };
  const { steps, notes } = importAugmentations(await readText(flags.augmentations));
  return { image: { ...metadata, steps }, notes };
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw new DeepHealthError(
      'DH_ECVL_FILE_INVALID',
      `The augmentations "${basename(path)}" cannot be read as text in UTF-8. Check the path.`,
      { cause },
    );
  }
}

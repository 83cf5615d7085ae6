import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type AugmentationNote,
  DeepHealthError,
  type ImageDraftOptions,
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
  /** File with a text of the ECVL Augmentation Language. */
  readonly augmentations?: string;
}

/** Entries of metadata_props that the flags ask to be written. */
export function metadataOf({ pixelFormat, pixelRange }: ImageFlags): Record<string, string> {
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
  const metadata = readImageMetadata(graph.metadata);
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

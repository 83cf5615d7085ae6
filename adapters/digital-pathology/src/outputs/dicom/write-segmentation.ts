import { basename } from 'node:path';
import {
  algorithmIdentification,
  codeItem,
  DICOM_CODES,
  type DicomElements,
  elementHead,
  modelText,
  newUid,
  RESEARCH_USE,
  segmentCodes,
  writeDicom,
} from '@deephealth/sdk';
import type { MapChannel, SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { channelsOf, thresholdOf } from '../channel-of.js';
import { outputRefusal } from '../output-failure.js';
import { type OutputOptions, writeOutputFile } from '../output-file.js';
import { utf8 } from './from-dicom-json.js';
import { occupiedTiles, type PixelValue, type SegmentTile, writeTiles } from './segmentation-tiles.js';
import {
  commonInstanceReference,
  type DicomSlide,
  derivedModules,
  frameOfReference,
  lossyCompression,
  makerOf,
  references,
  requireDicom,
  specimen,
} from './slide-modules.js';
import {
  levelForCells,
  pixelMatrix,
  pixelMeasures,
  planePosition,
  type SlidePlane,
  slidePlane,
} from './slide-plane.js';

export interface SegmentationOptions extends OutputOptions {
  /** `binary`: each class by its threshold. `fractional`: probabilities as 0 to 255. Default binary. */
  readonly form?: 'binary' | 'fractional';
  /** Probability from which on a pixel belongs to a class. Default that of the model. */
  readonly threshold?: number;
  /** Labels of the channels that become segments. Default all. */
  readonly channels?: readonly string[];
  /** Level of the slide to write on. Default the coarsest whose pixels are not larger than a cell. */
  readonly level?: number;
}

const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4';
const MOST_FRACTION = 255;
/** Pixel data that are not compressed have a length of 32 bits. */
const MOST_PIXEL_BYTES = 2 ** 32 - 2;

/**
 * A map as a DICOM Segmentation (PS3.3, A.51) in the study of the slide: a segment for each class, in tiles on a
 * level of the slide: its matrix, tiles, spacing and frame of reference are those of the level, so that viewers
 * lay one over the other. A pixel has the value of the cell that its centre lies in. Tiles without anything are
 * left out; each of the others says where it lies.
 *
 * @throws DH_REQUEST_MALFORMED for a slide that is not in DICOM, for a class without codes or threshold, and for
 * a level that is absent or too fine; DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeSegmentation(
  map: SlideMap,
  slide: Pick<Slide, 'geometry' | 'dicom'>,
  path: string,
  options: SegmentationOptions = {},
): Promise<void> {
  const file = basename(path);
  const source = requireDicom(slide, file);
  const isBinary = options.form !== 'fractional';
  const channels = channelsOf(map, options.channels, file);
  const segments = channels.map((channel) => ({
    channel,
    ...segmentCodes(map.channels[channel] as MapChannel, file),
  }));
  const level = options.level ?? levelForCells(source, map.grid);
  const plane = slidePlane(source, level, file);
  const toPixel = map.channels.map((channel, at) =>
    isBinary && channels.includes(at) ? aboveThreshold(thresholdOf(channel, options.threshold, file)) : fraction,
  );
  await writeOutputFile(path, options, async (sink) => {
    const tiles = await occupiedTiles(map, channels, plane, toPixel, options.signal);
    const pixels = tiles.length * plane.tile.width * plane.tile.height;
    const bytes = isBinary ? Math.ceil(pixels / 8) : pixels;
    if (bytes > MOST_PIXEL_BYTES) throw outputRefusal(file, 'it would be larger than 4 GiB; name a coarser level');
    await sink.write(
      writeDicom({
        ...derivedModules(source, map, SEGMENTATION_STORAGE, 'SEG'),
        ...frameOfReference(source),
        ...specimen(source),
        ...lossyCompression(source),
        ...pixelMatrix(plane),
        ...commonInstanceReference(source, [level, map.extraction.level], file),
        ...imageAttributes(plane, tiles.length, isBinary),
        '00620013': ['CS', channels.length === 1 ? 'NO' : 'UNDEFINED'],
        '00620002': ['SQ', segments.map((segment, at) => segmentItem(map, segment, at))],
        ...frameGroups(source, map, plane, channels, tiles, file),
      }),
    );
    await sink.write(elementHead('7fe00010', 'OB', bytes + (bytes % 2)));
    await writeTiles(sink, map, tiles, plane, toPixel, isBinary, options.signal);
  });
}

function aboveThreshold(threshold: number): PixelValue {
  return (probability) => (probability >= threshold ? 1 : 0);
}

function fraction(probability: number): number {
  return Number.isNaN(probability) ? 0 : Math.round(Math.min(1, Math.max(0, probability)) * MOST_FRACTION);
}

function imageAttributes({ tile }: SlidePlane, frames: number, isBinary: boolean): DicomElements {
  const bits = isBinary ? 1 : 8;
  return {
    '00080008': ['CS', 'DERIVED\\PRIMARY'],
    // Empty: the object has an orientation on the slide, and none in the patient.
    '00200020': ['CS', ''],
    '00209311': ['CS', 'TILED_SPARSE'],
    '00280002': ['US', [1]],
    '00280004': ['CS', 'MONOCHROME2'],
    '00280008': ['IS', String(frames)],
    '00280010': ['US', [tile.height]],
    '00280011': ['US', [tile.width]],
    '00280100': ['US', [bits]],
    '00280101': ['US', [bits]],
    '00280102': ['US', [bits - 1]],
    '00280103': ['US', [0]],
    '00620001': ['CS', isBinary ? 'BINARY' : 'FRACTIONAL'],
    ...(isBinary ? {} : { '00620010': ['CS', 'PROBABILITY'] as const, '0062000e': ['US', [MOST_FRACTION]] as const }),
    '00700080': ['CS', 'SEGMENTATION'],
    '00700081': ['LO', RESEARCH_USE],
    '00700084': ['PN', ''],
  };
}

function segmentItem(
  map: SlideMap,
  { channel, category, type }: { readonly channel: number } & ReturnType<typeof segmentCodes>,
  at: number,
): DicomElements {
  const maker = makerOf(map.provenance);
  return {
    '00620003': ['SQ', [codeItem(category, utf8)]],
    '00620004': ['US', [at + 1]],
    '00620005': ['LO', utf8((map.channels[channel] as MapChannel).label.slice(0, 64))],
    '00620007': ['SQ', [algorithmIdentification(maker, map.label, utf8)]],
    '00620008': ['CS', 'AUTOMATIC'],
    '00620009': ['LO', utf8(modelText(maker))],
    '0062000f': ['SQ', [codeItem(type, utf8)]],
  };
}

/** Multi-frame Functional Groups and Dimensions: by segment, row and column of tiles. */
function frameGroups(
  source: DicomSlide,
  map: SlideMap,
  plane: SlidePlane,
  channels: readonly number[],
  tiles: readonly SegmentTile[],
  file: string,
): DicomElements {
  const organization = newUid();
  const dimension = (pointer: number, group: number, label: string): DicomElements => ({
    '00209164': ['UI', organization],
    '00209165': ['AT', [pointer]],
    '00209167': ['AT', [group]],
    '00209421': ['LO', label],
  });
  const images = references(source, [map.extraction.level], file).map((image) => ({
    ...image,
    '0040a170': ['SQ', [codeItem(DICOM_CODES.sourceImage, utf8)]] as const,
  }));
  return {
    '00209221': ['SQ', [{ '00209164': ['UI', organization] }]],
    '00209222': [
      'SQ',
      [
        dimension(0x0062000b, 0x0062000a, 'Segment Number'),
        dimension(0x0048021f, 0x0048021a, 'Row Position'),
        dimension(0x0048021e, 0x0048021a, 'Column Position'),
      ],
    ],
    '52009229': [
      'SQ',
      [
        {
          '00089124': [
            'SQ',
            [{ '00082112': ['SQ', images], '00089215': ['SQ', [codeItem(DICOM_CODES.segmentation, utf8)]] }],
          ],
          '00289110': ['SQ', [pixelMeasures(plane)]],
        },
      ],
    ],
    '52009230': [
      'SQ',
      tiles.map(({ channel, row, column }): DicomElements => {
        const number = channels.indexOf(channel) + 1;
        return {
          '00209111': ['SQ', [{ '00209157': ['UL', [number, row + 1, column + 1]] }]],
          '0048021a': ['SQ', [planePosition(plane, row, column)]],
          '0062000a': ['SQ', [{ '0062000b': ['US', [number]] }]],
        };
      }),
    ],
  };
}

import { basename } from 'node:path';
import {
  algorithmIdentification,
  codeItem,
  type DicomElements,
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
import { holeFreePolygons } from '../regions/hole-free-polygons.js';
import { thresholdMask } from '../regions/threshold-mask.js';
import { utf8 } from './from-dicom-json.js';
import { MEASUREMENT_CODES } from './measurement-codes.js';
import {
  commonInstanceReference,
  type DicomSlide,
  derivedModules,
  frameOfReference,
  makerOf,
  references,
  requireDicom,
} from './slide-modules.js';

export interface AnnotationsOptions extends OutputOptions {
  /** Probability from which on a cell belongs to a class. Default that of the model. */
  readonly threshold?: number;
  /** Labels of the channels that become groups of annotations. Default all. */
  readonly channels?: readonly string[];
}

const BULK_ANNOTATIONS_STORAGE = '1.2.840.10008.5.1.4.1.1.91.1';

/**
 * The regions of a map as Microscopy Bulk Simple Annotations (PS3.3, A.87) in the study of the slide: a group of
 * polygons with their areas for each class, in pixels of the finest level.
 *
 * The object knows no holes: a region with holes is cut into parts that have none (see holeFreePolygons).
 *
 * @throws DH_REQUEST_MALFORMED for a slide that is not in DICOM, for a class without codes or threshold, and where
 * nothing was found, which this object cannot say; DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeAnnotations(
  map: SlideMap,
  slide: Pick<Slide, 'geometry' | 'dicom'>,
  path: string,
  options: AnnotationsOptions = {},
): Promise<void> {
  const file = basename(path);
  const source = requireDicom(slide, file);
  const classes = channelsOf(map, options.channels, file).map((channel) => ({
    channel,
    threshold: thresholdOf(map.channels[channel] as MapChannel, options.threshold, file),
    ...segmentCodes(map.channels[channel] as MapChannel, file),
  }));
  await writeOutputFile(path, options, async (sink) => {
    const groups: DicomElements[] = [];
    for (const one of classes) {
      const mask = await thresholdMask(map, one.channel, one.threshold, file, options.signal);
      const polygons = collectPolygons(mask, map, source);
      if (polygons.areas.length > 0) groups.push(groupItem(map, one, polygons, groups.length + 1));
    }
    if (groups.length === 0) {
      throw outputRefusal(file, 'no class reaches its threshold, and this object cannot say that. Write .sr.dcm');
    }
    await sink.write(writeDicom(annotationElements(source, map, groups, file)));
  });
}

function annotationElements(
  source: DicomSlide,
  map: SlideMap,
  groups: readonly DicomElements[],
  file: string,
): DicomElements {
  return {
    ...derivedModules(source, map, BULK_ANNOTATIONS_STORAGE, 'ANN'),
    ...frameOfReference(source),
    ...commonInstanceReference(source, [0], file),
    '00081140': ['SQ', references(source, [0], file)],
    // Empty: asked for where no body part is stated, and a slide has no side.
    '00200060': ['CS', ''],
    '00480301': ['CS', 'VOLUME'],
    '006a0001': ['CS', '2D'],
    '006a0002': ['SQ', groups],
    '00700080': ['CS', 'REGIONS'],
    '00700081': ['LO', RESEARCH_USE],
    '00700084': ['PN', ''],
  };
}

interface Polygons {
  /** x, y, x, y … of all, one after another. */
  readonly points: readonly number[];
  /** Where each begins among the numbers of `points`, counted from 1. */
  readonly starts: readonly number[];
  /** In square micrometres. */
  readonly areas: readonly number[];
}

function collectPolygons(
  mask: Uint8Array,
  { grid }: SlideMap,
  { geometry: { micronsPerPixel } }: DicomSlide,
): Polygons {
  const points: number[] = [];
  const starts: number[] = [];
  const areas: number[] = [];
  const cellArea = grid.cellWidth * micronsPerPixel.x * grid.cellHeight * micronsPerPixel.y;
  for (const { outer, cells } of holeFreePolygons(mask, grid)) {
    starts.push(points.length + 1);
    for (const value of outer) points.push(value);
    areas.push(cells * cellArea);
  }
  return { points, starts, areas };
}

function groupItem(
  map: SlideMap,
  { channel, category, type }: { readonly channel: number } & ReturnType<typeof segmentCodes>,
  { points, starts, areas }: Polygons,
  number: number,
): DicomElements {
  const maker = makerOf(map.provenance);
  // Places that 32 bits do not hold exactly are written in 64.
  const isExact = points.every((value) => Math.fround(value) === value);
  return {
    '0040a180': ['US', [number]],
    ...(isExact ? { '00660016': ['OF', points] as const } : { '00660022': ['OD', points] as const }),
    '00660040': ['OL', starts],
    '00660121': [
      'SQ',
      [
        {
          '004008ea': ['SQ', [codeItem(MEASUREMENT_CODES.squareMicrometre, utf8)]],
          '0040a043': ['SQ', [codeItem(MEASUREMENT_CODES.area, utf8)]],
          '00660132': ['SQ', [{ '00660125': ['OF', areas] }]],
        },
      ],
    ],
    '006a0003': ['UI', newUid()],
    '006a0005': ['LO', utf8((map.channels[channel] as MapChannel).label.slice(0, 64))],
    '006a0006': ['UT', utf8(`Regions by ${modelText(maker)}. ${RESEARCH_USE}.`)],
    '006a0007': ['CS', 'AUTOMATIC'],
    '006a0008': ['SQ', [algorithmIdentification(maker, map.label, utf8)]],
    '006a0009': ['SQ', [codeItem(category, utf8)]],
    '006a000a': ['SQ', [codeItem(type, utf8)]],
    '006a000c': ['UL', [starts.length]],
    '006a000d': ['CS', 'YES'],
    '00700023': ['CS', 'POLYGON'],
  };
}

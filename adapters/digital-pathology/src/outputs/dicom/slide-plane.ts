import type { DicomElements } from '@deephealth/sdk';
import type { MapGrid } from '../../map/slide-map.js';
import type { SlideLevel } from '../../slide/slide.js';
import { outputRefusal } from '../output-failure.js';
import { type DicomJson, jsonItem, jsonNumbers } from './from-dicom-json.js';
import { type DicomSlide, instanceOf } from './slide-modules.js';

/** A level of a slide in DICOM, as an object on it has to repeat it. */
export interface SlidePlane {
  readonly columns: number;
  readonly rows: number;
  readonly tile: { readonly width: number; readonly height: number };
  /** mm between rows and between columns. */
  readonly spacing: readonly [rows: number, columns: number];
  /** Image Orientation (Slide): direction of a row, then of a column. */
  readonly orientation: readonly number[];
  /** Offset of the corner of the Total Pixel Matrix in mm; 0 where the slide states none. */
  readonly origin: readonly [x: number, y: number];
  /** Slice Thickness in mm, where the slide states it; it is not made up, though DICOM asks for it. */
  readonly thickness?: number;
  /** Its pixels in those of level 0. */
  readonly grid: MapGrid;
}

/** How far a pixel may seem to be larger than a cell: extents of levels are rounded. */
const ROUNDING = 1e-3;

/** The coarsest level whose pixels are not larger than the cells of a map: nothing is lost, and files stay small. */
export function levelForCells({ geometry: { levels } }: DicomSlide, { cellWidth, cellHeight }: MapGrid): number {
  const [finest] = levels as readonly [SlideLevel];
  const fits = levels.map(
    ({ width, height }) =>
      finest.width / width <= cellWidth * (1 + ROUNDING) && finest.height / height <= cellHeight * (1 + ROUNDING),
  );
  return Math.max(0, fits.lastIndexOf(true));
}

/** @throws DH_REQUEST_MALFORMED for a level that the slide lacks, and for a slide without an orientation */
export function slidePlane(slide: DicomSlide, level: number, file: string): SlidePlane {
  const { tile, pixelSpacing } = instanceOf(slide, level, file);
  const { levels, micronsPerPixel } = slide.geometry;
  const [finest] = levels as readonly [SlideLevel];
  const { width, height } = levels[level] as SlideLevel;
  const metadata = slide.dicom.metadata as DicomJson;
  const orientation = jsonNumbers(metadata, '00480102');
  if (orientation?.length !== 6) {
    throw outputRefusal(file, 'the slide does not state its Image Orientation (Slide) (0048,0102)');
  }
  const measures = jsonItem(jsonItem(metadata, '52009229'), '00289110');
  // The depth of the whole, of a slide of one plane.
  const [thickness] = jsonNumbers(measures, '00180050') ?? jsonNumbers(metadata, '00480003') ?? [];
  const origin = jsonItem(metadata, '00480008');
  const [across, down] = [finest.width / width, finest.height / height];
  return {
    columns: width,
    rows: height,
    tile,
    spacing: pixelSpacing ?? [(micronsPerPixel.y * down) / 1000, (micronsPerPixel.x * across) / 1000],
    orientation,
    origin: [jsonNumbers(origin, '0040072A')?.[0] ?? 0, jsonNumbers(origin, '0040073A')?.[0] ?? 0],
    ...(thickness === undefined ? {} : { thickness }),
    grid: { columns: width, rows: height, x: 0, y: 0, cellWidth: across, cellHeight: down },
  };
}

/** A number as DS, which has at most 16 characters. */
export function decimal(value: number): string {
  return String(Number(value.toPrecision(10)));
}

/** Total Pixel Matrix and its place on the slide, as attributes of the whole object. */
export function pixelMatrix({ columns, rows, orientation, origin }: SlidePlane): DicomElements {
  return {
    '00480006': ['UL', [columns]],
    '00480007': ['UL', [rows]],
    '00480008': ['SQ', [{ '0040072a': ['DS', decimal(origin[0])], '0040073a': ['DS', decimal(origin[1])] }]],
    '00480102': ['DS', orientation.map(decimal).join('\\')],
    '00480303': ['UL', [1]],
  };
}

/** Pixel Measures of all frames. */
export function pixelMeasures({ spacing, thickness }: SlidePlane): DicomElements {
  return {
    ...(thickness === undefined ? {} : { '00180050': ['DS', decimal(thickness)] as const }),
    '00280030': ['DS', spacing.map(decimal).join('\\')],
  };
}

/** Plane Position (Slide) of the tile in some row and column of tiles (PS3.3, C.8.12.6.1). */
export function planePosition(plane: SlidePlane, tileRow: number, tileColumn: number): DicomElements {
  const [column, row] = [tileColumn * plane.tile.width, tileRow * plane.tile.height];
  const offset = (axis: 0 | 1) =>
    plane.origin[axis] +
    column * plane.spacing[1] * (plane.orientation[axis] as number) +
    row * plane.spacing[0] * (plane.orientation[3 + axis] as number);
  return {
    '0040072a': ['DS', decimal(offset(0))],
    '0040073a': ['DS', decimal(offset(1))],
    '0040074a': ['DS', '0'],
    // Counted from 1.
    '0048021e': ['SL', [column + 1]],
    '0048021f': ['SL', [row + 1]],
  };
}

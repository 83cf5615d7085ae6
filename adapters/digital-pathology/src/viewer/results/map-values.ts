import type { MapGrid } from '../../map/slide-map.js';

/** Values of a map as they are shown. */
export interface MapValues {
  readonly grid: MapGrid;
  /** By class, [rows, columns]: probabilities; NaN where nothing was examined. */
  readonly channels: readonly Float32Array[];
  /** Name of the file that they are from. */
  readonly file: string;
  /** They are cut off to hundredths, as CRS4 stores them. */
  readonly isRounded: boolean;
  /** The file tells what was not examined from what has the value 0. */
  readonly tellsExamined: boolean;
}

/** Cells of all classes: 512 MiB, and a third more for coarser levels. */
export const MOST_SHOWN_VALUES = 2 ** 27;

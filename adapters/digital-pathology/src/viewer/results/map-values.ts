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
  /** What was not examined is told from what has the value 0. */
  readonly tellsExamined: boolean;
  /** Nothing of the map is left out; else there are values beside these that nobody stored. */
  readonly isWhole: boolean;
}

/** Cells of all classes: 512 MiB, and a third more for coarser levels. */
export const MOST_SHOWN_VALUES = 2 ** 27;

import type { GridExtents } from './grid-extents.js';

/**
 * Which elements are neighbours, named by how many neighbours an element has: in an image 4 (sharing an
 * edge) or 8 (an edge or a corner), in a volume 6 (a face), 18 (a face or an edge) or 26 (a face, an edge
 * or a corner).
 */
export type Connectivity = 4 | 8 | 6 | 18 | 26;

export interface ComponentOptions {
  readonly connectivity: Connectivity;
  /**
   * False, the default: elements that are not 0 are foreground, whatever their values. True: neighbours
   * belong together only if their values are equal, as in a map of classes; 0 stays background.
   */
  readonly byValue?: boolean;
}

/**
 * How many axes one step may change: the "connectivity" of scipy's generate_binary_structure.
 * Throws RangeError for other numbers, and for 4 or 8 in a volume of several slices.
 */
export function stepOrder(kernel: string, connectivity: Connectivity, extents: GridExtents): 1 | 2 | 3 {
  const isVolume = (extents.depth ?? 1) > 1;
  if (isVolume && (connectivity === 4 || connectivity === 8)) {
    throw new RangeError(`${kernel}: a volume has connectivity 6, 18 or 26, not ${connectivity}`);
  }
  switch (connectivity) {
    case 4:
    case 6:
      return 1;
    case 8:
    case 18:
      return 2;
    case 26:
      return 3;
    default:
      throw new RangeError(`${kernel}: connectivity is 4, 8, 6, 18 or 26, got ${connectivity}`);
  }
}

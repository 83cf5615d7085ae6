/** Closed rings of corners, as traceContours finds them. */
export interface Contours {
  /** x and y of every corner, ring after ring. A ring does not repeat its first corner at its end. */
  readonly points: Int32Array;
  /** Where each ring begins, in corners, and at the end their number: one more element than rings. */
  readonly ringStarts: Uint32Array;
  /** For a hole the index of the outer ring around it; -1 for an outer ring. */
  readonly outerOf: Int32Array;
}

/** One component: its outer ring and its holes, each as x, y, x, y …: views of the contours' points. */
export interface ContourPolygon {
  readonly outer: Int32Array;
  readonly holes: readonly Int32Array[];
}

/** Contours as polygons with holes, in the order of their outer rings. */
export function contourPolygons(contours: Contours): ContourPolygon[] {
  const polygons: { outer: Int32Array; holes: Int32Array[] }[] = [];
  const polygonOf = new Map<number, { outer: Int32Array; holes: Int32Array[] }>();
  contours.outerOf.forEach((outer, ring) => {
    const from = contours.ringStarts[ring] as number;
    const to = contours.ringStarts[ring + 1] as number;
    const points = contours.points.subarray(2 * from, 2 * to);
    if (outer >= 0) {
      polygonOf.get(outer)?.holes.push(points);
      return;
    }
    const polygon = { outer: points, holes: [] };
    polygonOf.set(ring, polygon);
    polygons.push(polygon);
  });
  return polygons;
}

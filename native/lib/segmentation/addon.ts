/** The addon's functions of this group. Lengths and ranges are checked again behind each of them. */
export interface SegmentationAddon {
  connectedComponents(
    mask: Uint8Array,
    width: number,
    height: number,
    depth: number,
    order: number,
    isByValue: boolean,
    labels: Int32Array | Uint32Array,
  ): number;
  componentStatistics(
    labels: Int32Array | Uint32Array,
    width: number,
    height: number,
    depth: number,
    count: number,
    sizes: Float64Array,
    boxes: Uint32Array,
    sums: Float64Array,
  ): void;
  /** Points, ring starts and outer rings. */
  traceContours(
    mask: Uint8Array,
    width: number,
    height: number,
    isDiagonal: boolean,
  ): [Int32Array, Uint32Array, Int32Array];
  encodeRunLengths(mask: Uint8Array, width: number, height: number, isColumnMajor: boolean): Uint32Array;
  decodeRunLengths(counts: Uint32Array, width: number, height: number, isColumnMajor: boolean, mask: Uint8Array): void;
}

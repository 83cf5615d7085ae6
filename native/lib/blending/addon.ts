/** The addon's functions of this group. Lengths and ranges are checked again behind each of them. */
export interface BlendingAddon {
  accumulateTile(
    sums: Float64Array,
    weights: Float64Array,
    rows: number,
    channels: number,
    height: number,
    width: number,
    tile: Float32Array,
    slot: number,
    top: number,
    left: number,
    rowWeights: Float64Array,
    heightWeights: Float64Array,
    widthWeights: Float64Array,
    minimum: number,
  ): void;
  /** How many places have no weight. */
  finishRows(
    sums: Float64Array,
    weights: Float64Array,
    rows: number,
    channels: number,
    height: number,
    width: number,
    slot: number,
    count: number,
    output: Float32Array,
  ): number;
}

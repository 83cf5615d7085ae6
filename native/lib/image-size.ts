/** Extents of UINT8 pixels laid out [height, width, channels], row-major, without padding. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

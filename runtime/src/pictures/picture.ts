/** What a person looks at: 8 bits a sample, row by row, grey or RGB; of a volume one slice after the other. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** Grey levels of a volume, [depth, height, width], and where they lie: LPS millimetres, 12 numbers. */
export interface VolumePicture {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly affine: readonly number[];
  readonly data: Uint8Array;
}

/** A recording as files hold it: channels of several rates, and what was noted along the way. */
export interface Recording {
  readonly channels: readonly RecordedChannel[];
  readonly annotations: readonly Annotation[];
}

/** A channel of a recording, in its own unit and rate. */
export interface RecordedChannel {
  /** Label as recorded, blanks at its ends taken away. */
  readonly name: string;
  /** UCUM where the file's own unit is known, else as it is there. */
  readonly unit: string;
  readonly samplingRateHz: number;
  /** In `unit`: scaled in FP64, rounded once to FP32. NaN where the file says that there is none. */
  readonly samples: Float32Array;
}

/** An event of a recording, in seconds from its start. */
export interface Annotation {
  /** Seconds from the first sample. */
  readonly onsetS: number;
  /** Undefined where the file states none. */
  readonly durationS?: number;
  readonly text: string;
}

/** Samples that one file may hold in all; a day of 32 channels at 1 kHz is more, and sent in parts. */
export const MOST_SAMPLES = 2 ** 28;

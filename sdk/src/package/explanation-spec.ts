/**
 * How the region behind the score of a classification is found: parts of the prepared input are covered,
 * one after the other, and the map holds how far the score falls (Zeiler and Fergus 2014). Lists are in
 * the order of the axes of the prepared input: height, width of an image; depth, height, width of a
 * volume; samples of a signal.
 */
export interface ExplanationSpec {
  readonly method: 'occlusion';
  /** Image, volume or signal input that is covered. */
  readonly input: string;
  /** Extents of the cover, in samples of the prepared input. */
  readonly patch: readonly number[];
  /** Distance between its places, at most the patch: nothing stays uncovered. */
  readonly stride: readonly number[];
  /**
   * What the cover is made of, in values of the prepared tensor: the mean of each channel of the very
   * input, one number, or one for each channel.
   */
  readonly baseline: 'mean' | number | readonly number[];
  /**
   * Label of the class whose probability is explained. Default: the positive class of a binary output,
   * else the class of the highest probability.
   */
  readonly target?: string;
  /** Default `asked`: only for requests that name the output in `highlights`. */
  readonly when?: 'asked' | 'always';
  /** How the map is tested; see {@link DEFAULT_DELETION}. */
  readonly deletion?: Partial<DeletionSpec>;
}

/**
 * The deletion test (Petsiuk, Das and Saenko 2018): regions of the size of a stride are covered in the
 * order of the map, and in random orders of the same regions.
 */
export interface DeletionSpec {
  /** Points of each curve beyond the first; fewer where there are fewer regions. */
  readonly steps: number;
  readonly randomOrders: number;
  readonly seed: number;
}

/** With nine random orders, a map without meaning is better than all of them once in ten times. */
export const DEFAULT_DELETION: DeletionSpec = { steps: 10, randomOrders: 9, seed: 1 };

/** Runs that one explanation may take, those of its test included. */
export const MAX_EXPLANATION_RUNS = 2048;

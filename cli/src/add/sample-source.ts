import type { GoldenInput } from '@deephealth/sdk';
import type { Candidate } from './probe.js';
import type { Question } from './questions.js';

/** Samples of one kind of input, ready to be sent, and the ways in which the model may want them. */
export interface SampleSource {
  readonly kind: 'table' | 'image' | 'signal';
  readonly summary: string;
  /** One for each usable sample. */
  readonly inputs: readonly GoldenInput[];
  /** What people call each of them: "row 7", or the name of a file. */
  readonly names: readonly string[];
  /** Path of each, where a sample is a file. */
  readonly paths?: readonly string[];
  /** The truth of each. */
  readonly labels?: readonly string[];
  /** Name of the column or folder that the labels are from. */
  readonly labelName: string;
  /** Rows that were left out, since a value of them is missing. */
  readonly skippedCount: number;
  /** At least one. */
  readonly candidates: readonly Candidate[];
  /** How a setting is asked for that the samples do not settle. */
  readonly settings: Readonly<Record<string, SettingQuestion>>;
  /** Values of settings that samples may speak for and cannot prove, so that a person has to say them. */
  readonly neverShown?: Readonly<Record<string, string>>;
}

export type SettingQuestion = Pick<Question, 'ask' | 'why'>;

/** Samples that are run to find out how a model is prepared, and that its agreement is measured on. */
export const MOST_SAMPLES = 600;

/** Places of at most so many samples, spread evenly over all of them. */
export function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: most }, (_, index) => Math.floor((index * count) / most));
}

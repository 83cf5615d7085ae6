import type { Estimate, Manifest } from '@deephealth/sdk';
import type { PlatformName } from '../ttmip/stage-record.js';
import type { Addition } from './addition.js';
import type { Answers, Question } from './questions.js';

/** How much stands behind something that was inferred, from most to least. */
export type Certainty =
  /** The graph, the header or a file says it. */
  | 'stated'
  /** A person has said it. */
  | 'answered'
  /** The labelled samples tell it from everything else that was tried. */
  | 'shown'
  /** Nothing speaks against it; harmless if it is wrong, since it then refuses or warns. */
  | 'assumed';

/** One thing that nobody had to be asked for. */
export interface Inference {
  readonly field: string;
  readonly value: string;
  readonly certainty: Certainty;
  readonly why: string;
}

/** Whether a platform can be served, and why. */
export interface PlannedPlatform {
  readonly platform: PlatformName;
  readonly isApplicable: boolean;
  readonly why: string;
}

/** One way to prepare the input and to read the output that was tried on the labelled samples. */
export interface TriedCandidate {
  readonly settings: Readonly<Record<string, string>>;
  /** Mean negative log-likelihood of the labels, or mean squared error in the unit of the output. */
  readonly meanLoss: number | null;
  /** Why it gave no number. */
  readonly refused?: string;
}

/** How well the model agrees with the labels of the samples that it was added with. */
export interface Agreement {
  readonly sampleCount: number;
  readonly skippedCount: number;
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** Cut with the largest sum of sensitivity and specificity on these very samples; binary only. */
  readonly youdenThreshold?: number;
}

/** What would be written, what it rests on, and what is still to be asked. */
export interface AddPlan {
  readonly name: string;
  readonly version: string;
  readonly task: 'classification' | 'regression' | 'unknown';
  readonly input: { readonly kind: string; readonly summary: string };
  readonly output: { readonly tensor: string; readonly summary: string };
  readonly inferences: readonly Inference[];
  readonly tried: readonly TriedCandidate[];
  readonly agreement?: Agreement;
  readonly platforms: readonly PlannedPlatform[];
  /** Open ones and optional ones; what was answered is among the inferences. */
  readonly questions: readonly Question[];
}

/** A plan with what it takes to write it; complete once no required question is open. */
export interface PreparedPlan extends AddPlan {
  readonly answers: Answers;
  readonly addition?: Addition & { readonly manifest: Manifest };
}

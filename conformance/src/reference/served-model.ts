import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import { BROKEN_PACKAGES, BROKEN_VERSION } from '../models/broken.js';
import type { WrittenModel } from '../models/write-models.js';
import { ReferenceSequences } from './reference-sequences.js';

/** Of a model version. */
export type State = Extract<runtimeV1.ModelSummary__Output['state'], string>;

export interface Refusal {
  /** Reason of the error catalogue without the DH_ prefix. */
  readonly reason: string;
  readonly message: string;
}

export interface ServedModel extends WrittenModel {
  state: State;
  /** Why it is quarantined. */
  refusal?: Refusal | undefined;
  /** A package that is broken from the start stays so. */
  readonly isBroken: boolean;
  readonly running: Set<Promise<unknown>>;
  /** Settles when the last run that waits is done. */
  lane: Promise<void>;
  readonly sequences: ReferenceSequences;
}

/** Before anything was verified. */
export function toServed(model: WrittenModel): ServedModel {
  return {
    ...model,
    state: 'MODEL_STATE_READY',
    isBroken: false,
    running: new Set(),
    lane: Promise.resolve(),
    sequences: new ReferenceSequences(),
  };
}

/** @param like a sound model, for what nobody asks a broken one */
export function brokenModels(like: ServedModel): ServedModel[] {
  return BROKEN_PACKAGES.map(({ name, title, reasons: [reason] }) => ({
    ...toServed({ ...like, model: { ...like.model, name, version: BROKEN_VERSION, title }, packageSha256: '' }),
    isBroken: true,
    refusal: { reason, message: `The package was refused: ${title}.` },
  }));
}

export function refused({ reason, message }: Refusal): DeepHealthError {
  return new DeepHealthError(`DH_${reason}` as ErrorCode, message);
}

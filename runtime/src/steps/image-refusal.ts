import { DeepHealthError, type ErrorCode, type ImageInputSpec } from '@deephealth/sdk';
import { DicomRefusal } from '../decoders/dicom-refusal.js';
import type { ImageInput } from '../host/model-input.js';

/** DH_MEDIA_UNREADABLE: the file, of which `what` says why its pixels are not read. */
export function unreadable(spec: ImageInputSpec, input: ImageInput, what: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_MEDIA_UNREADABLE',
    `Input "${spec.name}", sent as ${input.mediaType}: the file ${what}.`,
    { details: { input: spec.name, expected: input.mediaType }, cause },
  );
}

/** A file that can be read and is not what the manifest asks for. */
export function unfit(spec: ImageInputSpec, code: ErrorCode, what: string, expected: string): DeepHealthError {
  return new DeepHealthError(code, `Input "${spec.name}": ${what}.`, { details: { input: spec.name, expected } });
}

/** What a decoder threw, as the error of the input. */
export function fromDecoder(spec: ImageInputSpec, input: ImageInput, thrown: unknown): unknown {
  return thrown instanceof DicomRefusal ? unreadable(spec, input, thrown.message, thrown.cause) : thrown;
}

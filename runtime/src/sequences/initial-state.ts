import { ELEMENT_SIZE_BYTES, elementCount, type Manifest, type TensorSpec } from '@deephealth/sdk';
import { manifestInvalid } from '../steps/manifest-invalid.js';
import type { SequenceState } from './sequence-state.js';

/**
 * What a sequence starts from: zeros of the declared type and shape of each state input, with 1 for
 * every extent that may vary. Empty for a model that keeps no state.
 * Throws DH_MANIFEST_INVALID for a state input that is not declared, or that holds texts.
 */
export function initialState(manifest: Manifest): SequenceState {
  return Object.fromEntries(
    stateInputs(manifest).map((spec) => {
      const shape = initialShape(spec);
      return [spec.name, { dataType: spec.dataType, shape, data: new Uint8Array(sizeBytes(spec)) }];
    }),
  );
}

/** Bytes of {@link initialState}, without allocating them. */
export function initialStateSizeBytes(manifest: Manifest): number {
  return stateInputs(manifest).reduce((sum, spec) => sum + sizeBytes(spec), 0);
}

/** Declarations of the state inputs, in the order of `/sequence/state`. */
export function stateInputs(manifest: Manifest): TensorSpec[] {
  return (manifest.sequence?.state ?? []).map(({ input }, index) => {
    const field = `/sequence/state/${index}/input`;
    const spec = manifest.tensors.inputs.find(({ name }) => name === input);
    if (spec === undefined) throw manifestInvalid(field, `names "${input}", which is not in /tensors/inputs.`);
    if (spec.dataType === 'BYTES') throw manifestInvalid(field, `names "${input}", which is BYTES. State is numbers.`);
    return spec;
  });
}

function initialShape(spec: TensorSpec): number[] {
  return spec.shape.map((extent) => (extent === -1 ? 1 : extent));
}

function sizeBytes(spec: TensorSpec): number {
  return elementCount(initialShape(spec)) * (ELEMENT_SIZE_BYTES[spec.dataType] ?? 0);
}

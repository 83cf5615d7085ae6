import type { InputSpec, Manifest, TensorSpec } from '@deephealth/sdk';
import { checkDistribution } from '../distribution/check-distribution.js';
import { checkImageSteps } from './check-image-steps.js';
import { checkSequenceSteps, sequenceDataType } from './check-sequence-steps.js';
import { checkSignalSteps } from './check-signal-steps.js';
import { checkTableSteps } from './check-table-steps.js';
import { checkVolumeSteps } from './check-volume-steps.js';
import { manifestInvalid } from './manifest-invalid.js';
import { checkProducedShape, type ProducedExtent } from './produced-shape.js';

/**
 * Checks, without any input, that the steps of `spec` can run and give the tensor that it feeds.
 * Throws DH_MANIFEST_INVALID naming the JSON pointer of the first field that does not fit.
 *
 * @param pointer JSON pointer of `spec` in model.json, for example "/inputs/0"; without it
 * the pointers in messages start at the input itself
 */
export function checkSteps(spec: InputSpec, tensorSpec: TensorSpec, pointer = ''): void {
  if (spec.kind === 'tensor') return;
  const dataType = spec.kind === 'sequence' ? sequenceDataType(spec) : 'FP32';
  checkProducedShape(producedShape(spec, pointer), tensorSpec, pointer, dataType);
}

/** Shape that the steps give, checked on the way; no maximum where only the input decides an extent. */
export function producedShape(spec: Exclude<InputSpec, { kind: 'tensor' }>, pointer: string): ProducedExtent[] {
  switch (spec.kind) {
    case 'table':
      return checkTableSteps(spec, pointer);
    case 'signal':
      return checkSignalSteps(spec, pointer);
    case 'image':
      return checkImageSteps(spec, pointer);
    case 'volume':
      return checkVolumeSteps(spec, pointer);
    case 'sequence':
      return checkSequenceSteps(spec);
  }
}

/** {@link checkSteps} for every input of a manifest. */
export function checkInputs(manifest: Manifest): void {
  manifest.inputs.forEach((spec, index) => {
    const tensorSpec = manifest.tensors.inputs.find((tensor) => tensor.name === spec.feeds);
    if (tensorSpec === undefined) {
      throw manifestInvalid(`/inputs/${index}/feeds`, `names "${spec.feeds}", which is not in /tensors/inputs.`);
    }
    checkSteps(spec, tensorSpec, `/inputs/${index}`);
    checkDistribution(spec, tensorSpec, `/inputs/${index}`);
  });
}

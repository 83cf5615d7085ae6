import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError, type Manifest, type TensorSpec } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { assertClassifiable } from './classification-output.js';
import { type SharedMemoryRegions, usableRegions } from './shared-memory/shared-memory-regions.js';
import { type OutputWish, outputWish } from './tensor-parameters.js';
import { visibleOutputs } from './visible-tensors.js';

/** An output that the caller gets, and in which form. */
export interface RequestedOutput extends OutputWish {
  readonly spec: TensorSpec;
}

/**
 * Outputs in the order asked for; all of the model if none is named. Throws DH_OUTPUT_UNKNOWN,
 * DH_OUTPUT_DUPLICATE, and what {@link outputWish} and shared memory throw.
 */
export function requestedOutputs(
  manifest: Manifest,
  { outputs }: inferenceV2.ModelInferRequest__Output,
  sharedMemory: SharedMemoryRegions | undefined,
): RequestedOutput[] {
  const specs = visibleOutputs(manifest);
  if (outputs.length === 0) return specs.map((spec) => ({ spec, region: undefined, classes: undefined }));
  const seen = new Set<string>();
  return outputs.map(({ name, parameters }) => {
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined) {
      throw new DeepHealthError(
        'DH_OUTPUT_UNKNOWN',
        `unexpected inference output '${shorten(name)}' for model '${manifest.name}'`,
        { details: { output: shorten(name), expected: specs.map((known) => known.name).join(', ') } },
      );
    }
    if (seen.has(name)) {
      throw new DeepHealthError('DH_OUTPUT_DUPLICATE', `output '${name}' already exists in request`, {
        details: { output: name },
      });
    }
    seen.add(name);
    const { region, classes } = outputWish(parameters, sharedMemory);
    // What cannot be written to is refused before anything is computed.
    if (region !== undefined) usableRegions(sharedMemory).region(region.region).assertHolds(region);
    if (classes !== undefined) assertClassifiable(spec);
    return { spec, region, classes };
  });
}

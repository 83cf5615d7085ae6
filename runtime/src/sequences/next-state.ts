import { DEFAULT_MAX_EXTENT, type Manifest, type RawTensor, type TensorSpec } from '@deephealth/sdk';
import { outputInvalid } from '../findings/output-invalid.js';
import { checkOutputTensor } from '../findings/output-values.js';
import { stateInputs } from './initial-state.js';
import type { SequenceState } from './sequence-state.js';

/**
 * The state that the next item starts from, out of what an item gave by the names of the state
 * inputs. Each tensor must be one that its input takes: type, rank, extents, size, finite values
 * unless the input allows others, and the input's range. Other names are left out.
 *
 * The bytes are copied: what a host sends is often a piece of a larger message, and would keep all
 * of that in memory as long as the sequence is open.
 *
 * Throws DH_MODEL_OUTPUT_INVALID naming the state output.
 */
export function nextState(manifest: Manifest, given: SequenceState): SequenceState {
  return Object.fromEntries(
    stateInputs(manifest).map((spec, index) => {
      const output = manifest.sequence?.state[index]?.output ?? spec.name;
      const tensor = Object.hasOwn(given, spec.name) ? given[spec.name] : undefined;
      if (tensor === undefined) throw outputInvalid(output, 'the model did not give it.');
      checkFits(output, spec, tensor);
      // Named after the output, which is what the model's author can mend.
      checkOutputTensor({ ...spec, name: output }, tensor);
      return [spec.name, { dataType: tensor.dataType, shape: [...tensor.shape], data: new Uint8Array(tensor.data) }];
    }),
  );
}

/** An output may be declared wider than the input that takes it, and an input has no empty extents. */
function checkFits(output: string, spec: TensorSpec, { shape }: RawTensor): void {
  const maxExtent = spec.maxExtent ?? DEFAULT_MAX_EXTENT;
  const fits =
    shape.length === spec.shape.length &&
    spec.shape.every((declared, axis) => {
      const extent = shape[axis] as number;
      return declared === -1 ? extent >= 1 && extent <= maxExtent : extent === declared;
    });
  if (fits) return;
  const expected = `[${spec.shape.join(', ')}]`;
  const received = `[${shape.join(', ')}]`;
  throw outputInvalid(
    output,
    `the shape ${received} does not fit the state input "${spec.name}", which takes ${expected} (-1: 1 to ${maxExtent}).`,
    { expected, received },
  );
}

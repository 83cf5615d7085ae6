import { DeepHealthError, type OperationStepSpec, type RawTensor, type TensorSpec } from '@deephealth/sdk';

/** What an edge holds in a run. */
export interface EdgeTensor {
  readonly edge: string;
  readonly tensor: RawTensor;
}

/** What the run was given. */
export interface RunInputs {
  readonly specs: readonly TensorSpec[];
  readonly tensors: Readonly<Record<string, RawTensor>>;
}

/**
 * Checks the extents that only a run tells: those that a step needs equal, and that there is a row to
 * aggregate. Throws DH_TENSOR_SHAPE_MISMATCH if the inputs of the run do not go together, and
 * DH_MODEL_OUTPUT_INVALID if they do and a graph gave another number than that of its rows.
 */
export function checkRunExtents(step: OperationStepSpec, reads: readonly EdgeTensor[], inputs: RunInputs): void {
  const [first, ...others] = reads as [EdgeTensor, ...EdgeTensor[]];
  if (step.operation === 'aggregate_rows' && first.tensor.shape[0] === 0) {
    throw new DeepHealthError('DH_MODEL_OUTPUT_INVALID', `"${first.edge}" has no row to aggregate.`, {
      details: { edge: first.edge },
    });
  }
  for (const other of others) {
    if (goTogether(step, first.tensor.shape, other.tensor.shape)) continue;
    const [expected, received] = [first, other].map(({ tensor }) => `[${tensor.shape.join(', ')}]`) as [string, string];
    throw new DeepHealthError(
      isOfInputs(reads, inputs) ? 'DH_TENSOR_SHAPE_MISMATCH' : 'DH_MODEL_OUTPUT_INVALID',
      `"${other.edge}" has the shape ${received}, which does not go with ${expected} of "${first.edge}". Both must have the same rows.`,
      { details: { edge: other.edge, expected, received } },
    );
  }
}

function goTogether(step: OperationStepSpec, left: readonly number[], right: readonly number[]): boolean {
  if (step.operation === 'select_rows') return left[0] === right[0];
  const freeAxis = step.operation === 'concat' ? step.axis : -1;
  return left.every((extent, axis) => axis === freeAxis || extent === right[axis]);
}

/** True if the caller can mend it: the inputs are what differs, or have different numbers of rows. */
function isOfInputs(reads: readonly EdgeTensor[], { specs, tensors }: RunInputs): boolean {
  if (reads.every(({ edge }) => specs.some(({ name }) => name === edge))) return true;
  const varying = specs.filter(({ shape }) => shape[0] === -1);
  return new Set(varying.map(({ name }) => tensors[name]?.shape[0])).size > 1;
}

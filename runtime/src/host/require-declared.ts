import { DeepHealthError, type TensorSpec } from '@deephealth/sdk';

/** Throws DH_MODEL_OUTPUT_INVALID unless what a graph gave is what its manifest declares. */
export function requireDeclared(spec: TensorSpec, isOfType: boolean, shape: readonly number[]): void {
  if (!isOfType) {
    throw new DeepHealthError(
      'DH_MODEL_OUTPUT_INVALID',
      `Output "${spec.name}" of the graph is not the ${spec.dataType} tensor that the manifest declares.`,
      { details: { output: spec.name, expected: spec.dataType } },
    );
  }
  const fits =
    shape.length === spec.shape.length && spec.shape.every((extent, axis) => extent === -1 || extent === shape[axis]);
  if (fits) return;
  throw new DeepHealthError(
    'DH_MODEL_OUTPUT_INVALID',
    `Output "${spec.name}" has the shape [${shape.join(', ')}], not the declared [${spec.shape.join(', ')}].`,
    { details: { output: spec.name, expected: `[${spec.shape.join(', ')}]`, received: `[${shape.join(', ')}]` } },
  );
}

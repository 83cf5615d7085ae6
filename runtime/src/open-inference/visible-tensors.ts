import type { Manifest, TensorSpec } from '@deephealth/sdk';

/**
 * Input tensors that a caller sends. The state of a sequence is the server's: as with Triton's
 * implicit state, its tensors are no part of the model's interface.
 */
export function visibleInputs({ tensors, sequence }: Manifest): readonly TensorSpec[] {
  if (sequence === undefined) return tensors.inputs;
  const state = new Set(sequence.state.map(({ input }) => input));
  return tensors.inputs.filter(({ name }) => !state.has(name));
}

/** Output tensors that a caller may ask for; a state output only if the manifest also reports it. */
export function visibleOutputs({ tensors, sequence, outputs }: Manifest): readonly TensorSpec[] {
  if (sequence === undefined) return tensors.outputs;
  const reported = new Set(outputs.map(({ from }) => from));
  const state = new Set(sequence.state.map(({ output }) => output));
  return tensors.outputs.filter(({ name }) => !state.has(name) || reported.has(name));
}

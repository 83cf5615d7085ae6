import {
  type ClassificationOutputSpec,
  type InputSpec,
  MAX_EXPLANATION_RUNS,
  type Manifest,
  type TensorSpec,
} from '@deephealth/sdk';
import { producedShape } from '../steps/check-steps.js';
import { manifestInvalid } from '../steps/manifest-invalid.js';
import { axesOf, coveredLayout } from './covered-layout.js';
import { explanationRuns } from './occlusion.js';

/** Steps behind which one place of the input is several of the tensor, or none: what they do, as a clause. */
const WITHOUT_WAY_BACK: Readonly<Partial<Record<string, string>>> = {
  window_signal: 'makes rows of windows, each scored by itself, so that no one score is that of the signal',
  frame_signal: 'puts a sample into several frames, so that a cover of one frame leaves it in the others',
  volume_to_slices: 'makes rows of slices, each scored by itself, so that no one score is that of the volume',
};

/**
 * Checks, without running the model, that an explanation can be made, finds its way back to its input, and
 * takes a bearable number of runs. Throws DH_MANIFEST_INVALID naming the JSON pointer of the field at fault.
 *
 * @param pointer of the output
 */
export function checkExplanation(manifest: Manifest, { explanation }: ClassificationOutputSpec, pointer: string): void {
  if (explanation === undefined) return;
  const field = `${pointer}/explanation`;
  const at = manifest.inputs.findIndex(({ name }) => name === explanation.input);
  const input = manifest.inputs[at] as Exclude<InputSpec, { kind: 'tensor' }>;
  const axes = axesOf(input);
  if (explanation.patch.length !== axes) {
    const what = `has ${explanation.patch.length} extents, but a prepared ${input.kind} has ${axes} axes`;
    throw manifestInvalid(`${field}/patch`, `${what}. Give one for each.`);
  }
  for (const [index, { op }] of input.steps.entries()) {
    const reason = WITHOUT_WAY_BACK[op];
    if (reason === undefined) continue;
    throw manifestInvalid(
      `/inputs/${at}/steps/${index}`,
      `(${op}) ${reason}: a highlight finds no way back through it. Remove the explanation of "${explanation.input}".`,
    );
  }
  const shape = largestShape(manifest, input, `/inputs/${at}`);
  const layout = coveredLayout(input, shape);
  const extents = layout.extents.slice(3 - axes);
  if (extents.some((extent) => !Number.isFinite(extent))) {
    throw manifestInvalid(
      `${field}/input`,
      `names "${input.name}", whose prepared extents only the input decides, so that the runs have no bound. Resize or crop it to fixed ones.`,
    );
  }
  if (extents.every((extent, axis) => (explanation.patch[axis] as number) >= extent)) {
    throw manifestInvalid(`${field}/patch`, `covers all of [${extents.join(', ')}] at once. Make it smaller.`);
  }
  const { baseline } = explanation;
  if (Array.isArray(baseline) && baseline.length !== layout.channels) {
    throw manifestInvalid(
      `${field}/baseline`,
      `has ${baseline.length} values for ${layout.channels} channels. Give one for each, or one number.`,
    );
  }
  const runs = explanationRuns(explanation, extents);
  if (runs > MAX_EXPLANATION_RUNS) {
    throw manifestInvalid(
      `${field}/stride`,
      `takes ${runs} runs of the model for [${extents.join(', ')}] with the deletion test, and at most ${MAX_EXPLANATION_RUNS} are allowed. Enlarge it.`,
    );
  }
}

/** Largest extents of the prepared tensor; infinite where nothing bounds one. */
function largestShape(manifest: Manifest, input: Exclude<InputSpec, { kind: 'tensor' }>, pointer: string): number[] {
  const tensor = manifest.tensors.inputs.find(({ name }) => name === input.feeds) as TensorSpec;
  const produced = producedShape(input, pointer);
  return tensor.shape.map((declared, axis) =>
    declared === -1 ? (produced[axis]?.maximum ?? Number.POSITIVE_INFINITY) : declared,
  );
}

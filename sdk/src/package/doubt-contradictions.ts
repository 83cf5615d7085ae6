import type { ClassificationOutputSpec, DistributionSpec, Manifest } from './manifest.js';

type Say = (field: string, sentence: string) => void;

const EXPLAINED_KINDS: readonly string[] = ['image', 'volume', 'signal'];

/** Calibrations, explanations and distributions that name what is not there, or that cannot be. */
export function doubtContradictions(manifest: Manifest, say: Say): void {
  manifest.inputs.forEach(({ distribution }, index) => {
    if (distribution !== undefined) checkDistribution(manifest, distribution, `/inputs/${index}/distribution`, say);
  });
  manifest.outputs.forEach((output, index) => {
    if (output.kind !== 'classification') return;
    checkCalibration(output, `/outputs/${index}/calibration`, say);
    checkExplanation(manifest, output, `/outputs/${index}/explanation`, say);
  });
}

function checkDistribution(manifest: Manifest, { limits, onOutside }: DistributionSpec, field: string, say: Say): void {
  limits.forEach(({ range }, index) => {
    if (range[0] > range[1])
      say(`${field}/limits/${index}/range`, 'has its lowest value above its highest. Swap them.');
  });
  if (onOutside === 'abstain' && !manifest.outputs.some(({ kind }) => kind === 'classification')) {
    say(`${field}/onOutside`, 'is abstain, but no output is a classification that could. Use warn or refuse.');
  }
}

function checkCalibration(
  { calibration, activation = 'none' }: ClassificationOutputSpec,
  field: string,
  say: Say,
): void {
  if (calibration === undefined || activation !== 'none') return;
  say(
    field,
    'divides values before an activation, but the tensor holds probabilities already (activation none). Export the model without its last softmax or sigmoid, and declare that as the activation.',
  );
}

function checkExplanation(
  manifest: Manifest,
  { explanation, classes }: ClassificationOutputSpec,
  field: string,
  say: Say,
): void {
  if (explanation === undefined) return;
  const { input, target, patch, stride } = explanation;
  if (!manifest.inputs.some(({ name, kind }) => name === input && EXPLAINED_KINDS.includes(kind))) {
    say(`${field}/input`, `names "${input}", which is no image, volume or signal in /inputs.`);
  }
  if (target !== undefined && !classes.some(({ label }) => label === target)) {
    say(`${field}/target`, `names "${target}", which is not among the classes.`);
  }
  if (patch.length !== stride.length) {
    say(`${field}/stride`, `has ${stride.length} extents, and the patch has ${patch.length}. Give one for each axis.`);
    return;
  }
  stride.forEach((step, axis) => {
    if (step > (patch[axis] as number)) {
      say(`${field}/stride/${axis}`, 'is larger than the patch, so that parts would never be covered. Lower it.');
    }
  });
  if (manifest.sequence !== undefined) {
    say(field, 'has no place in a model that keeps state: covered copies of an input have no state of their own.');
  }
}

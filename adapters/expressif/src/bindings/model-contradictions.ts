import type {
  ClassificationOutputSpec,
  Manifest,
  MaskOutputSpec,
  OutputSpec,
  ReportBindingProblem,
} from '@deephealth/sdk';
import type { ModelDegrees, ModelPremise, ModelRelation, ModelValue } from './expressif-binding.js';
import { namesOf } from './variable-contradictions.js';

/** Whether what a variable takes of the model is what the manifest says that the model gives, unit included. */
export function fitsManifest(
  premise: ModelPremise,
  unit: string,
  manifest: Manifest,
  report: ReportBindingProblem,
): void {
  const here: ReportBindingProblem = (steps, sentence) => report(['model', ...steps], sentence);
  const output = manifest.outputs.find(({ name }) => name === premise.output);
  if (output === undefined) {
    here(['output'], `The manifest has no output of this name. ${namesOf(manifest.outputs.map(({ name }) => name))}`);
    return;
  }
  if (premise.as === 'value') {
    fitsValue(premise, unit, output, manifest, here);
    return;
  }
  if (unit !== '1') report(['unit'], 'Degrees have the unit "1".');
  if (premise.as === 'degrees') {
    if (output.kind === 'classification') fitsDegrees(premise, output, here);
    else here(['output'], 'Degrees of terms come from a classification, and this output is none.');
  } else if (output.kind === 'mask') fitsRelation(premise, output, manifest, here);
  else here(['output'], 'Relations are between classes of a mask, and this output is none.');
}

function fitsValue(
  { label, unit: stated, scale, offset }: ModelValue,
  unit: string,
  output: OutputSpec,
  manifest: Manifest,
  report: ReportBindingProblem,
): void {
  const units = unitsOf(output, manifest);
  if (units === undefined) {
    report(['output'], 'A number comes from a classification, a regression or a mask, and this output is none.');
    return;
  }
  const given = units.get(label);
  if (given === undefined) {
    report(['label'], `The output has no class or value of this name. ${namesOf([...units.keys()])}`);
  } else if (given !== stated) report(['unit'], `The model gives it in "${given}".`);
  else if (given !== unit && scale === undefined && offset === undefined) {
    report(['unit'], `The variable is in "${unit}", the model in "${given}". Say how by "scale" and "offset".`);
  }
  if (scale === 0) report(['scale'], 'Times 0, every value of the model is the same.');
}

/** Units of what an output gives a number of, by label; undefined where it gives none. */
function unitsOf(output: OutputSpec, { inputs }: Manifest): Map<string, string> | undefined {
  switch (output.kind) {
    case 'classification':
      return new Map(output.classes.map(({ label }) => [label, '1']));
    case 'regression':
      return new Map(output.values.map(({ label, unit }) => [label, unit]));
    case 'mask': {
      const isVolume = inputs.find(({ name }) => name === output.input)?.kind === 'volume';
      return new Map(output.classes.map(({ label }) => [label, isVolume ? 'mm3' : 'mm2']));
    }
    default:
      return undefined;
  }
}

function fitsDegrees(
  { terms, transform }: ModelDegrees,
  { classes, mode }: ClassificationOutputSpec,
  report: ReportBindingProblem,
): void {
  const labels = classes.map(({ label }) => label);
  for (const [term, standsFor] of Object.entries(terms)) {
    standsFor.forEach((label, index) => {
      if (!labels.includes(label))
        report(['terms', term, index], `The output has no class of this name. ${namesOf(labels)}`);
    });
    if (mode === 'multilabel' && standsFor.length > 1) {
      report(['terms', term], 'Classes that may hold together have no probability of one or the other. Name one.');
    }
  }
  if (typeof transform === 'object') {
    const isAscending = transform.piecewise.every(([x], i, all) => i === 0 || x > (all[i - 1]?.[0] as number));
    if (!isAscending) report(['transform', 'piecewise'], 'The first numbers of its points must ascend.');
    if (transform.piecewise[0]?.[0] !== 0 || transform.piecewise.at(-1)?.[0] !== 1) {
      report(['transform', 'piecewise'], 'It must begin at 0 and end at 1: no probability may be left to a guess.');
    }
  } else if (mode === 'multilabel' && transform !== 'probability') {
    report(['transform'], 'Possibilities are made of probabilities that sum to 1, and those of this output do not.');
  }
}

function fitsRelation(
  { subject, reference, relation }: ModelRelation,
  output: MaskOutputSpec,
  { inputs }: Manifest,
  report: ReportBindingProblem,
): void {
  const labels = output.classes.map(({ label }) => label);
  for (const [field, label] of Object.entries({ subject, reference })) {
    if (!labels.includes(label)) report([field], `The output has no class of this name. ${namesOf(labels)}`);
  }
  if (subject === reference) report(['reference'], 'A class does not lie to itself.');
  const isVolume = inputs.find(({ name }) => name === output.input)?.kind === 'volume';
  if ('direction' in relation && relation.direction.startsWith('image-') === isVolume) {
    report(
      ['relation', 'direction'],
      isVolume
        ? 'Directions of a volume are those of the body.'
        : 'Directions of an image are those of the image: "image-left", "image-above" and so on.',
    );
  }
  if ('nearMm' in relation && relation.nearMm[0] >= relation.nearMm[1]) {
    report(['relation', 'nearMm'], 'The second distance must be greater than the first.');
  }
}

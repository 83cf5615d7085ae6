import type { ClassificationOutputSpec, RegressionOutputSpec } from '@deephealth/sdk';
import { labelOf } from './digital-pathology.js';
import { type BindingMaterial, jsonFile, type PlannedBinding } from './planned-binding.js';

const PLATFORM = 'expressif';
const RULES = 'bindings/from-model.fll';

/**
 * Threshold rules with the model's number as their one premise: a rule base to begin with, into which people put the
 * findings that they want beside it.
 */
export function planExpressif(material: BindingMaterial): PlannedBinding {
  const [output] = material.manifest.outputs;
  if (output?.kind === 'classification') return ofClasses(material, output);
  if (output?.kind === 'regression') return ofNumber(material, output);
  return {
    platform: PLATFORM,
    isApplicable: false,
    why: `Rules read numbers, and the model gives a ${output?.kind}.`,
    files: {},
  };
}

function ofClasses({ manifest, title, inquiry }: BindingMaterial, output: ClassificationOutputSpec): PlannedBinding {
  const isBinary = output.classes.length === 2;
  const shown = isBinary ? output.classes.slice(1) : output.classes;
  const names = shown.map((_, index) => `model_class_${isBinary ? 1 : index}`);
  const inputs = shown.map(({ label, threshold = 0.5 }, index) =>
    [
      `InputVariable: ${names[index]}`,
      `  description: Probability of ${plain(label)}, from the model ${manifest.name}.`,
      '  range: 0 1',
      // What lies between the two is less than what FP32 tells apart at any useful threshold.
      `  term: below Rectangle 0 ${below(threshold)}`,
      `  term: reached Rectangle ${threshold} 1`,
    ].join('\n'),
  );
  const outputs = shown.map((_, index) =>
    outputVariable(names[index] as string, '0 1', ['no Constant 0', 'yes Constant 1']),
  );
  const rules = names.flatMap((name) => [
    `  rule: if ${name} is reached then ${name}_reached is yes`,
    `  rule: if ${name} is below then ${name}_reached is no`,
  ]);
  inquiry.infer(
    'rules',
    'threshold rules',
    'assumed',
    'Each class is held against its threshold; people add findings of their own.',
  );
  const text = ruleBase(
    manifest.name,
    'Whether the probability of a class reaches its threshold.',
    inputs,
    outputs,
    rules,
  );
  const variables = Object.fromEntries(
    shown.map(({ label }, index) => [
      names[index],
      {
        unit: '1',
        title: `Probability of ${label}`.slice(0, 128),
        model: { as: 'value', output: output.name, label, unit: '1' },
      },
    ]),
  );
  const results = Object.fromEntries(
    shown.map(({ label }, index) => [
      `${names[index]}_reached`,
      { unit: '1', title: `${label} reached`.slice(0, 128) },
    ]),
  );
  return bound(manifest.name, title, text, variables, results);
}

function ofNumber({ manifest, title, valueRange }: BindingMaterial, output: RegressionOutputSpec): PlannedBinding {
  const [value] = output.values;
  const [low, high] = valueRange ?? [0, 1];
  const unit = value?.unit ?? '1';
  const inputs = [
    [
      'InputVariable: model_value',
      `  description: ${plain(value?.label ?? '')}, from the model ${manifest.name}.`,
      `  range: ${low} ${high}`,
      `  term: low Ramp ${high} ${low}`,
      `  term: high Ramp ${low} ${high}`,
    ].join('\n'),
  ];
  const outputs = [outputVariable('level', '0 1', ['low Constant 0', 'high Constant 1'])];
  const rules = [
    '  rule: if model_value is low then level is low',
    '  rule: if model_value is high then level is high',
  ];
  const text = ruleBase(manifest.name, 'Where the value of the model lies in its range.', inputs, outputs, rules);
  const variables = {
    model_value: { unit, model: { as: 'value', output: output.name, label: value?.label, unit } },
  };
  return bound(manifest.name, title, text, variables, { level: { unit: '1', title: 'Place in the range' } });
}

const below = (threshold: number) => Number(Math.max(threshold - 1e-9, 0).toPrecision(12));
/** Texts of rules stand in one line and after a colon. */
const plain = (text: string) => text.replace(/[\r\n:#]/g, ' ');

function outputVariable(name: string, range: string, terms: readonly string[]): string {
  const variable = name === 'level' ? name : `${name}_reached`;
  return [
    `OutputVariable: ${variable}`,
    `  range: ${range}`,
    '  defuzzifier: WeightedAverage TakagiSugeno',
    ...terms.map((term) => `  term: ${term}`),
  ].join('\n');
}

function ruleBase(
  name: string,
  what: string,
  inputs: readonly string[],
  outputs: readonly string[],
  rules: readonly string[],
): string {
  return `${[
    `# ${what} Written from the manifest of the model; nothing in it is medical knowledge. Research use only.`,
    `Engine: ${labelOf(name)}`,
    ...inputs,
    ...outputs,
    ['RuleBlock: model', '  conjunction: Minimum', ...rules].join('\n'),
  ].join('\n\n')}\n`;
}

function bound(name: string, title: string, text: string, variables: object, outputs: object): PlannedBinding {
  const label = labelOf(name);
  const binding = { label, title: `${title}: threshold rules`.slice(0, 200), rules: RULES, variables, outputs };
  return {
    ...{
      platform: PLATFORM,
      isApplicable: true,
      why: `A rule base "${label}" of threshold rules on the number of the model.`,
    },
    files: { [RULES]: text, 'bindings/expressif.json': jsonFile({ schemaVersion: 1, ruleBases: [binding] }) },
  };
}

import type { SuiteModel } from '../models/suite-model.js';
import type { SuiteGraph } from '../oracle/suite-graph.js';
import { namedPicture } from '../tensors/named-picture.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { EDITED_RULES, ENGINE_RULES, type EngineLabel } from './engine-rules.js';
import type { BoundVariable, ExpressifBinding } from './expressif-binding.js';
import { largeRules } from './large-rules.js';
import {
  CLASSES,
  FINDING,
  MASK,
  MEASURES,
  PICTURE_BASES,
  PICTURE_RELATIONS,
  SCORE_BASES,
  type SuiteRuleBase,
  TABLE_BASES,
  VOLUME_BASES,
  VOLUME_RELATIONS,
} from './model-rules.js';
import { type OracleRules, readRules } from './oracle/read-rules.js';

/** Names of the models of the profile, by what they are for. */
export const RULE_MODELS = {
  /** Rules that read no model. */
  engine: 'conformance-rules',
  /** Ten thousand of them. */
  large: 'conformance-rules-large',
  scores: 'conformance-rules-scores',
  table: 'conformance-rules-table',
  picture: 'conformance-rules-picture',
  volume: 'conformance-rules-volume',
  pictureRelations: 'conformance-relations-picture',
  volumeRelations: 'conformance-relations-volume',
} as const;
export type RuleModel = (typeof RULE_MODELS)[keyof typeof RULE_MODELS];

/** Only a target that declares the capability `relations` is given them. */
export const RELATION_MODELS: readonly string[] = [RULE_MODELS.pictureRelations, RULE_MODELS.volumeRelations];

/** What a label of a mask stands for. */
export const PARTS = { organ: 1, lesion: 2 } as const;

/** What is not a bare number from 0 to 1 in rule bases that read no model. */
const UNITS: Readonly<Partial<Record<EngineLabel, Readonly<Record<string, BoundVariable>>>>> = {
  triage: {
    lactate: { unit: 'mmol/L' },
    map: { unit: 'mm[Hg]' },
    ward: { unit: '1', numbers: { home: 0, floor: 1, intensive: 2 } },
    awake: { unit: '1', numbers: { false: 0, true: 1 } },
  },
  dated: { a: { unit: '1', maxAgeS: 3600 }, b: { unit: '1' } },
};

function ofCallers(
  label: string,
  text: string,
  variables: Readonly<Record<string, BoundVariable>> = {},
): SuiteRuleBase {
  const names = [...text.matchAll(/^InputVariable: (\S+)$/gm)].map(([, name = '']) => name);
  const inputs = names.map((name): [string, BoundVariable] => [name, variables[name] ?? { unit: '1' }]);
  const outputs = label === 'triage' ? { outputs: { risk: { unit: '%' }, fluids: { unit: 'mL' } } } : {};
  return {
    text,
    bound: {
      label,
      title: `Rules of the suite: ${label}`,
      rules: `rules/${label}.fll`,
      variables: Object.fromEntries(inputs),
      ...outputs,
    },
  };
}

/** The rule bases of each model, made when they are first asked for. */
const BASES: Readonly<Record<RuleModel, () => readonly SuiteRuleBase[]>> = {
  [RULE_MODELS.engine]: () => {
    const extended = ofCallers('extended', ENGINE_RULES.bounds.replace('Engine: bounds', 'Engine: extended'));
    return [
      ...Object.entries(ENGINE_RULES).map(([label, text]) => ofCallers(label, text, UNITS[label as EngineLabel])),
      { ...extended, bound: { ...extended.bound, outOfRange: 'extend' } },
    ];
  },
  [RULE_MODELS.large]: () => [ofCallers('large', largeRules()), ofCallers('edited', EDITED_RULES)],
  [RULE_MODELS.scores]: () => SCORE_BASES,
  [RULE_MODELS.table]: () => TABLE_BASES,
  [RULE_MODELS.picture]: () => PICTURE_BASES,
  [RULE_MODELS.volume]: () => VOLUME_BASES,
  [RULE_MODELS.pictureRelations]: () => PICTURE_RELATIONS,
  [RULE_MODELS.volumeRelations]: () => VOLUME_RELATIONS,
};

function identity(shape: readonly number[]): SuiteGraph {
  return {
    inputs: [{ name: 'x', dataType: 'FP32', shape }],
    outputs: [{ name: 'y', dataType: 'FP32', shape }],
    constants: {},
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
  };
}

function model(name: RuleModel, title: string, one: Pick<SuiteModel, 'graph' | 'golden' | 'manifest'>): SuiteModel {
  const bases = BASES[name]();
  const binding: ExpressifBinding = { schemaVersion: 1, ruleBases: bases.map(({ bound }) => bound) };
  return {
    ...{ name, version: '1', title, numericClass: 'exact', ...one },
    files: {
      'bindings/expressif.json': `${JSON.stringify(binding, null, 2)}\n`,
      ...Object.fromEntries(bases.map(({ bound, text }) => [bound.rules, text])),
    },
  };
}

/** Three classes of the very probabilities that are sent, so that a case can say what the rules read. */
const scores = {
  graph: identity([-1, CLASSES.length]),
  golden: [{ x: 'list(0.5,0.25,0.25)-1x3.fp32' }],
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [
      {
        ...{ name: FINDING, kind: 'classification', from: 'y', mode: 'multiclass' },
        ...{ classes: CLASSES.map((label) => ({ label })), abstainBelow: 0.4375 },
      },
    ],
  },
} as const satisfies Pick<SuiteModel, 'graph' | 'golden' | 'manifest'>;

const table: Pick<SuiteModel, 'graph' | 'golden' | 'manifest'> = {
  graph: {
    inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 3] }],
    outputs: [{ name: 'measured', dataType: 'FP32', shape: [-1, 2] }],
    constants: { w: namedTensor('list(2,0.001953125,1,0.00390625,4,0.125)-3x2.fp32') },
    nodes: [{ op: 'MatMul', inputs: ['features', 'w'], output: 'measured' }],
  },
  golden: [
    {
      patient: {
        table: {
          glucose: { number: 112, unit: 'mg/dL' },
          weight: { number: 64, unit: 'kg' },
          sex: { category: 'male' },
        },
      },
    },
  ],
  manifest: {
    inputs: [
      {
        ...{ name: 'patient', kind: 'table', description: 'Values of one patient.', feeds: 'features' },
        columns: [
          { name: 'glucose', type: 'number', unit: 'mg/dL', validRange: [0, 600] },
          {
            name: 'weight',
            type: 'number',
            unit: 'kg',
            validRange: [1, 400],
            trainingRange: [20, 150],
            missing: { impute: 70 },
          },
          { name: 'sex', type: 'category', categories: ['female', 'male'] },
        ],
        steps: [
          {
            op: 'table_to_features',
            features: [{ column: 'glucose' }, { column: 'weight' }, { column: 'sex', equals: 'male' }],
          },
        ],
      },
    ],
    outputs: [
      {
        ...{ name: MEASURES, kind: 'regression', from: 'measured' },
        values: [
          { label: 'dose', unit: 'mg' },
          { label: 'ratio', unit: '1' },
        ],
      },
    ],
  },
};

const mask = (input: string) => ({
  ...{ name: MASK, kind: 'mask' as const, from: 'y', input, mode: 'labels' as const },
  classes: Object.entries(PARTS).map(([label, value]) => ({ label, value })),
});

const picture: Pick<SuiteModel, 'graph' | 'golden' | 'manifest'> = {
  graph: identity([1, 1, -1, -1]),
  golden: [
    {
      picture: {
        image: { mediaType: 'image/png', base64: namedPicture('list(0,1,1,0,2,0)-2x3.png').toString('base64') },
      },
    },
  ],
  manifest: {
    inputs: [
      {
        ...{ name: 'picture', kind: 'image', feeds: 'x', mediaTypes: ['image/png'], maxPixels: 4096 },
        steps: [
          { op: 'decode_image', colour: 'gray' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
        ],
      },
    ],
    outputs: [mask('picture')],
  },
};

const volume: Pick<SuiteModel, 'graph' | 'golden' | 'manifest'> = {
  graph: identity([1, 1, -1, -1, -1]),
  golden: [
    {
      scan: {
        volume: {
          voxels: { dataType: 'INT16', shape: [1, 2, 3], values: [0, 1, 1, 0, 2, 0] },
          grid: {
            spacingMm: [3, 1, 0.5],
            origin: [0, 0, 0],
            direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
            convention: 'LPS',
          },
          unit: '1',
        },
      },
    },
  ],
  manifest: {
    inputs: [
      {
        ...{
          name: 'scan',
          kind: 'volume',
          feeds: 'x',
          mediaTypes: ['application/x-nifti'],
          maxVoxels: 4096,
          unit: '1',
        },
        ...{ validRange: [0, 2], spacingMm: { minimum: [0.25, 0.25, 0.25], maximum: [5, 5, 5] } },
        steps: [
          { op: 'orient_volume', axes: 'RAS' },
          { op: 'volume_to_tensor', layout: 'NCDHW' },
        ],
      },
    ],
    outputs: [mask('scan')],
  },
};

/** What rule bases are asked about. */
export function expressifModels(): SuiteModel[] {
  return [
    model(RULE_MODELS.engine, 'Probabilities of three classes, beside rules that read no model', scores),
    model(RULE_MODELS.large, 'Probabilities of three classes, beside ten thousand rules', scores),
    model(RULE_MODELS.scores, 'Probabilities of three classes, which rules read', scores),
    model(RULE_MODELS.table, 'Two numbers of values of a patient, which rules read', table),
    model(RULE_MODELS.picture, 'Two parts of a picture, of which rules read the area', picture),
    model(RULE_MODELS.volume, 'Two parts of a volume, of which rules read the extent', volume),
    model(RULE_MODELS.pictureRelations, 'Two parts of a picture, of which rules read how they lie', picture),
    model(RULE_MODELS.volumeRelations, 'Two parts of a volume, of which rules read how they lie', volume),
  ];
}

/** A rule base with the model that it stands beside. */
export interface PlacedRuleBase extends SuiteRuleBase {
  /** `<model>/<version>/<label>`. */
  readonly id: string;
  readonly model: RuleModel;
}

/** Every rule base, in the order of the models. */
export function placedBases(): readonly PlacedRuleBase[] {
  placed ??= Object.values(RULE_MODELS).flatMap((name) =>
    BASES[name]().map((one) => ({ ...one, id: `${name}/1/${one.bound.label}`, model: name })),
  );
  return placed;
}
let placed: readonly PlacedRuleBase[] | undefined;

/**
 * The rule base of a label.
 *
 * @param model where several have one of it
 * @throws RangeError where there is none
 */
export function ruleBase(label: string, model?: RuleModel): PlacedRuleBase {
  const found = placedBases().find((one) => one.bound.label === label && (model === undefined || one.model === model));
  if (found === undefined) throw new RangeError(`the suite has no rule base "${label}"`);
  return found;
}

/** What the rules of a base are to the oracle. */
export function oracleRules({ text }: PlacedRuleBase): OracleRules {
  const known = READ.get(text) ?? readRules(text);
  READ.set(text, known);
  return known;
}
const READ = new Map<string, OracleRules>();

import { DeepHealthError } from '../../errors/deephealth-error.js';
import { parseManifest } from '../parse-manifest.js';

// Manifests of pipelines for tests, as plain objects that can be changed before they are read.

/** A manifest, or a part of one, before it is read. */
export type Json = Record<string, unknown>;

/** A digest of one digit. */
export const digest = (digit: string) => digit.repeat(64);
export const fp32 = (name: string, shape: number[], more: Json = {}) => ({ name, dataType: 'FP32', shape, ...more });
export const model = (name: string, inputs: Json[], outputs: Json[]) => ({
  name,
  onnx: { file: `models/${name}.onnx`, sha256: digest('a') },
  tensors: { inputs, outputs },
});
/** A step that runs the model of its name. */
export const run = (name: string, inputs: Json, outputs: Json) => ({
  name,
  operation: 'model',
  model: name,
  inputs,
  outputs,
});

/** A manifest whose inputs and outputs are plain tensors. */
export function manifestOf(inputs: Json[], outputs: Json[], models: Json[], steps: Json[]): Json {
  return {
    schemaVersion: 1,
    name: 'chain',
    version: '1',
    title: 'Chain',
    intendedUse: 'Tests.',
    limitations: ['Answers no medical question.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    pipeline: { models, steps },
    tensors: { inputs, outputs },
    inputs: inputs.map(({ name }) => ({ name, kind: 'tensor', feeds: name })),
    outputs: outputs.map(({ name }) => ({ name, kind: 'tensor', from: name })),
  };
}

/** Three models one after the other. */
export const chain = manifestOf(
  [fp32('features', [-1, 3], { nonFinite: 'allow' })],
  [fp32('probability', [-1, 2])],
  [
    model('imputer', [fp32('x', [-1, 3], { nonFinite: 'allow' })], [fp32('y', [-1, 3])]),
    model('scaler', [fp32('x', [-1, 3])], [fp32('y', [-1, 3])]),
    model('classifier', [fp32('x', [-1, 3])], [fp32('p', [-1, 2]), fp32('hidden', [-1, 8])]),
  ],
  [
    run('imputer', { x: 'features' }, { y: 'imputed' }),
    run('scaler', { x: 'imputed' }, { y: 'scaled' }),
    run('classifier', { x: 'scaled' }, { p: 'probability' }),
  ],
);

/** Rows that one model keeps and another one judges, for one answer. */
export const patches = manifestOf(
  [fp32('patches', [-1, 3, 8, 8], { maxExtent: 500 })],
  [fp32('patient', [1, 2]), { name: 'is_tissue', dataType: 'BOOL', shape: [-1, 1] }],
  [
    model('tissue', [fp32('image', [-1, 3, 8, 8])], [fp32('score', [-1, 2])]),
    model('tumour', [fp32('image', [-1, 3, 8, 8], { maxExtent: 500 })], [fp32('p', [-1, 2])]),
  ],
  [
    // Listed backwards: the order has no meaning.
    { name: 'patient', operation: 'aggregate_rows', input: 'p', statistic: { quantile: 0.9 }, output: 'patient' },
    run('tumour', { image: 'tissue_patches' }, { p: 'p' }),
    {
      name: 'keep',
      operation: 'select_rows',
      input: 'patches',
      mask: 'is_tissue',
      onEmpty: 'refuse',
      output: 'tissue_patches',
    },
    { name: 'mask', operation: 'threshold', input: 'tissue', threshold: 0.5, comparison: 'above', output: 'is_tissue' },
    { name: 'column', operation: 'select_columns', input: 'score', columns: [1], output: 'tissue' },
    run('tissue', { image: 'patches' }, { score: 'score' }),
  ],
);

const member = (name: string, outputShape = [-1, 4]) => model(name, [fp32('x', [-1, 3])], [fp32('p', outputShape)]);
/** Three members whose outputs one step joins. */
export function ensemble(step: Json, output: Json = fp32('result', [-1, 4]), shapes: number[][] = []): Json {
  const names = ['a', 'b', 'c'];
  return manifestOf(
    [fp32('x', [-1, 3])],
    [output],
    names.map((name, index) => member(name, shapes[index])),
    [
      ...names.map((name) => run(name, { x: 'x' }, { p: `p_${name}` })),
      { name: 'join', inputs: ['p_a', 'p_b', 'p_c'], output: 'result', ...step },
    ],
  );
}

/** One step on an FP32 or other input. */
export function single(step: Json, input: Json, output: Json): Json {
  const twin = model('twin', [{ ...input, name: 'x' }], [{ ...input, name: 'y' }]);
  return manifestOf(
    [{ ...input, name: 'in' }],
    [{ ...output, name: 'out' }],
    [twin],
    [run('twin', { x: 'in' }, { y: 'same' }), { name: 'only', input: 'same', output: 'out', ...step }],
  );
}

export const parse = (manifest: Json) => parseManifest(new TextEncoder().encode(JSON.stringify(manifest)));

/** A copy with the value at the JSON pointer replaced, or taken away if it is undefined. */
export function changed(base: Json, pointer: string, value: unknown): Json {
  const copy = structuredClone(base);
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() as string;
  const parent = keys.reduce<Json>((node, key) => node[key] as Json, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

/** The refusal of a manifest; throws if it is taken. */
export function refusal(manifest: Json): DeepHealthError {
  try {
    parse(manifest);
  } catch (error) {
    if (error instanceof DeepHealthError) return error;
    throw error;
  }
  throw new Error('the manifest was accepted');
}

/** Sound ones that have every operation but those of texts and windows. */
export const PIPELINE_MANIFESTS: readonly Json[] = [
  chain,
  patches,
  ensemble({ operation: 'weighted_mean', weights: [0.2, 0.3, 0.5] }),
  ensemble({ operation: 'vote' }),
  ensemble({ operation: 'concat', axis: 1 }, fp32('result', [-1, 12])),
  single({ operation: 'softmax' }, fp32('', [-1, 4]), fp32('', [-1, 4])),
];

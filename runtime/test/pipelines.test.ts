import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import type { Manifest, PipelineStepSpec, TensorSpec } from '@deephealth/sdk';
import {
  buildOnnxModel,
  type MlpOptions,
  mlpModel,
  mlpReference,
  seededValues,
  type TestPackageOptions,
  writeTestSums,
} from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, tensorInput } from './test-server.js';

const fp32 = (name: string, shape: number[], more: Partial<TensorSpec> = {}): TensorSpec => ({
  name,
  dataType: 'FP32',
  shape,
  ...more,
});
const run = (name: string, model: string, inputs: Record<string, string>, outputs: Record<string, string>) =>
  ({ name, operation: 'model', model, inputs, outputs }) as const;
const mlp = (name: string, options: MlpOptions) => ({
  name,
  graph: mlpModel(options),
  tensors: {
    inputs: [fp32('features', [-1, options.features])],
    outputs: [fp32('probabilities', [-1, options.classes])],
  },
});
/** A graph of one FP32 input `x` and output `y` with as many rows. */
function rowGraph(
  columns: [input: number, output: number],
  nodes: Parameters<typeof buildOnnxModel>[0]['nodes'],
  constants: Record<string, { shape: number[]; values: number[] }>,
): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', columns[0]] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', columns[1]] }],
    nodes,
    initializers: Object.entries(constants).map(([name, constant]) => ({ name, dataType: 'FP32', ...constant })),
  });
}
const classes = (...labels: string[]) => labels.map((label) => ({ label }));

// Imputer, scaler, classifier.
const MEANS = [60, 130, 1];
const DEVIATIONS = [8, 32, 0.5];
const riskMlp: MlpOptions = { features: 3, hidden: 6, classes: 2, seed: 5 };
const riskOf = (row: readonly number[]) =>
  mlpReference(
    riskMlp,
    MEANS.map((mean, i) => {
      const value = row[i] as number;
      return Number.isNaN(value) ? 0 : (value - mean) / (DEVIATIONS[i] as number);
    }),
  );
const three = { shape: [3], values: MEANS };
const chain: TestPackageOptions = {
  name: 'chain',
  tensors: {
    inputs: [fp32('features', [-1, 3], { nonFinite: 'allow' })],
    outputs: [fp32('probability', [-1, 2], { range: [0, 1] })],
  },
  pipeline: {
    models: [
      {
        name: 'imputer',
        graph: rowGraph(
          [3, 3],
          [
            { op: 'IsNaN', inputs: ['x'], outputs: ['missing'] },
            { op: 'Where', inputs: ['missing', 'means', 'x'], outputs: ['y'] },
          ],
          { means: three },
        ),
        tensors: { inputs: [fp32('x', [-1, 3], { nonFinite: 'allow' })], outputs: [fp32('y', [-1, 3])] },
      },
      {
        name: 'scaler',
        graph: rowGraph(
          [3, 3],
          [
            { op: 'Sub', inputs: ['x', 'means'], outputs: ['centred'] },
            { op: 'Div', inputs: ['centred', 'deviations'], outputs: ['y'] },
          ],
          { means: three, deviations: { shape: [3], values: DEVIATIONS } },
        ),
        tensors: { inputs: [fp32('x', [-1, 3])], outputs: [fp32('y', [-1, 3])] },
      },
      mlp('classifier', riskMlp),
    ],
    steps: [
      run('impute', 'imputer', { x: 'features' }, { y: 'imputed' }),
      run('scale', 'scaler', { x: 'imputed' }, { y: 'scaled' }),
      run('classify', 'classifier', { features: 'scaled' }, { probabilities: 'probability' }),
    ],
  },
  manifest: {
    outputs: [
      { name: 'risk', kind: 'classification', from: 'probability', mode: 'binary', classes: classes('low', 'high') },
    ],
  },
  golden: [
    {
      id: 'missing',
      inputs: { features: { dataType: 'FP32', shape: [1, 3], values: [72, 'NaN', 0.25] } },
      expected: {
        probability: { dataType: 'FP32', shape: [1, 2], values: riskOf([72, Number.NaN, 0.25]), scale: 1 },
      },
    },
  ],
};

// Three members, their weighted mean and their vote.
const MEMBERS = [11, 12, 13].map((seed): MlpOptions => ({ features: 4, hidden: 5, classes: 3, seed }));
const WEIGHTS = [0.5, 0.3, 0.2];
const membersOf = (row: readonly number[]) => MEMBERS.map((options) => mlpReference(options, row));
const weightedOf = (row: readonly number[]) =>
  [0, 1, 2].map((c) => membersOf(row).reduce((sum, p, m) => sum + (WEIGHTS[m] as number) * (p[c] as number), 0));
const votesOf = (row: readonly number[]) =>
  [0, 1, 2].map((c) => membersOf(row).filter((p) => p.indexOf(Math.max(...p)) === c).length / 3);
const EDGES = MEMBERS.map((_, index) => `p${index}`);
const ensembleRow = seededValues(4, 77, 3);
const ensemble: TestPackageOptions = {
  name: 'ensemble',
  tensors: { inputs: [fp32('x', [-1, 4])], outputs: [fp32('mean', [-1, 3]), fp32('votes', [-1, 3])] },
  pipeline: {
    models: MEMBERS.map((options, index) => mlp(`member-${index}`, options)),
    steps: [
      ...EDGES.map((edge, index) => run(`run-${index}`, `member-${index}`, { features: 'x' }, { probabilities: edge })),
      { name: 'average', operation: 'weighted_mean', inputs: EDGES, weights: WEIGHTS, output: 'mean' },
      { name: 'count', operation: 'vote', inputs: EDGES, output: 'votes' },
    ],
  },
  manifest: {
    outputs: [
      { name: 'mean', kind: 'classification', from: 'mean', mode: 'multiclass', classes: classes('a', 'b', 'c') },
      { name: 'votes', kind: 'classification', from: 'votes', mode: 'multiclass', classes: classes('a', 'b', 'c') },
    ],
  },
  golden: [
    {
      id: 'one',
      inputs: { x: { dataType: 'FP32', shape: [1, 4], values: ensembleRow } },
      expected: {
        mean: { dataType: 'FP32', shape: [1, 3], values: weightedOf(ensembleRow), scale: 1 },
        votes: { dataType: 'FP32', shape: [1, 3], values: votesOf(ensembleRow), scale: 1 },
      },
    },
  ],
};

// Patches of a patient: those with tissue are looked at, and their probabilities averaged.
const patchMlp: MlpOptions = { features: 4, hidden: 5, classes: 2, seed: 21 };
const hasTissue = (patch: readonly number[]) => patch.reduce((sum, value) => sum + value, 0) > 0;
function patientOf(patches: readonly (readonly number[])[]): number[] {
  const seen = patches.filter(hasTissue).map((patch) => mlpReference(patchMlp, patch));
  return [0, 1].map((c) => seen.reduce((sum, p) => sum + (p[c] as number), 0) / seen.length);
}
const rowsOf = (values: readonly number[]) =>
  Array.from({ length: values.length / 4 }, (_, row) => values.slice(4 * row, 4 * row + 4));
const slide = seededValues(28, 9, 2);
const patches: TestPackageOptions = {
  name: 'patches',
  tensors: {
    inputs: [fp32('patches', [-1, 4], { maxExtent: 1000 })],
    outputs: [fp32('patient', [1, 2]), { name: 'is_tissue', dataType: 'BOOL', shape: [-1, 1] }],
  },
  pipeline: {
    models: [
      {
        name: 'tissue',
        graph: rowGraph(
          [4, 1],
          [
            { op: 'MatMul', inputs: ['x', 'ones'], outputs: ['sum'] },
            { op: 'Sigmoid', inputs: ['sum'], outputs: ['y'] },
          ],
          { ones: { shape: [4, 1], values: [1, 1, 1, 1] } },
        ),
        tensors: { inputs: [fp32('x', [-1, 4])], outputs: [fp32('y', [-1, 1])] },
      },
      mlp('tumour', patchMlp),
    ],
    steps: [
      run('find tissue', 'tissue', { x: 'patches' }, { y: 'tissue' }),
      {
        name: 'mask',
        operation: 'threshold',
        input: 'tissue',
        threshold: 0.5,
        comparison: 'above',
        output: 'is_tissue',
      },
      {
        name: 'keep',
        operation: 'select_rows',
        input: 'patches',
        mask: 'is_tissue',
        onEmpty: 'refuse',
        output: 'kept',
      },
      run('look', 'tumour', { features: 'kept' }, { probabilities: 'p' }),
      { name: 'patient', operation: 'aggregate_rows', input: 'p', statistic: 'mean', output: 'patient' },
    ],
  },
  manifest: {
    outputs: [
      { name: 'tumour', kind: 'classification', from: 'patient', mode: 'binary', classes: classes('no', 'yes') },
      { name: 'mask', kind: 'tensor', from: 'is_tissue' },
    ],
  },
  golden: [
    {
      id: 'slide',
      inputs: { patches: { dataType: 'FP32', shape: [7, 4], values: slide } },
      expected: {
        patient: { dataType: 'FP32', shape: [1, 2], values: patientOf(rowsOf(slide)), scale: 1 },
        is_tissue: { dataType: 'BOOL', shape: [7, 1], values: rowsOf(slide).map(hasTissue) },
      },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([chain, ensemble, patches]);
});
afterAll(() => test.stop());

const predict = (modelName: string, input: runtimeV1.NamedInput, outputs: string[] = []) =>
  test.client.predict({ modelName, inputs: [input], outputs });
function probabilitiesOf(response: runtimeV1.PredictResponse__Output, name: string): number[] {
  const finding = response.findings.find((candidate) => candidate.name === name);
  return finding?.classification?.classes.map(({ probability }) => Number(probability)) ?? [];
}
function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index] as number, 5);
  });
}
const folderOf = (name: string) => join(test.store, name, '1');
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(folderOf(name), 'model.json'), 'utf8')) as Manifest & { pipeline: object };

describe('a pipeline', () => {
  it('is ready like any model, for its own golden cases', async () => {
    for (const name of ['chain', 'ensemble', 'patches']) {
      const [listed] = await test.client.listModels(name);
      expect(listed).toMatchObject({ name, state: 'MODEL_STATE_READY' });
    }
  });

  it('gives what its models give one after the other', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const row = seededValues(3, seed, 2).map((value, i) => Math.fround((MEANS[i] as number) * (1 + value / 4)));
      const response = await predict('chain', tensorInput('features', row));
      expectClose(probabilitiesOf(response, 'risk'), riskOf(row));
    }
    const missing = await predict('chain', tensorInput('features', [70, Number.NaN, 1]));
    const mean = await predict('chain', tensorInput('features', [70, 130, 1]));
    expect(probabilitiesOf(missing, 'risk')).toEqual(probabilitiesOf(mean, 'risk'));
  });

  it('gives a weighted mean and the votes of its members', async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const row = seededValues(4, seed, 4);
      const response = await predict('ensemble', tensorInput('x', row));
      expectClose(probabilitiesOf(response, 'mean'), weightedOf(row));
      expectClose(probabilitiesOf(response, 'votes'), votesOf(row));
      seen.add([...votesOf(row)].sort().join());
    }
    // Members that never disagree would prove nothing.
    expect(seen.size).toBeGreaterThan(1);
  });

  it('looks only at the patches that the mask keeps, and answers for the patient', async () => {
    for (const [seed, count] of [
      [3, 1],
      [4, 2],
      [5, 9],
      [6, 40],
    ] as const) {
      const values = seededValues(4 * count, seed, 2);
      const rows = rowsOf(values);
      if (!rows.some(hasTissue)) values.splice(0, 4, 1, 1, 1, 1);
      const response = await predict('patches', tensorInput('patches', values, [count, 4]));
      expectClose(probabilitiesOf(response, 'tumour'), patientOf(rowsOf(values)));
      const mask = response.findings.find(({ name }) => name === 'mask')?.tensor;
      expect([...(mask?.data ?? [])]).toEqual(rowsOf(values).map((patch) => (hasTissue(patch) ? 1 : 0)));
    }
  });

  it('refuses a patient of whom no patch is left, and goes on with the next', async () => {
    const empty = tensorInput('patches', Array(12).fill(-1), [3, 4]);
    const error = await refusalOf(predict('patches', empty));
    expect(error.code).toBe('DH_SELECTION_EMPTY');
    expect(error.message).toContain('Step "keep"');
    const response = await predict('patches', tensorInput('patches', slide, [7, 4]));
    expectClose(probabilitiesOf(response, 'tumour'), patientOf(rowsOf(slide)));
  });

  it('answers each patient from that patient alone, however many ask at once', async () => {
    const patients = Array.from({ length: 12 }, (_, i) => [1, 1, 1, 1, ...seededValues(12, 40 + i, 2)]);
    const responses = await Promise.all(
      patients.map((values) => predict('patches', tensorInput('patches', values, [4, 4]))),
    );
    responses.forEach((response, index) => {
      expectClose(probabilitiesOf(response, 'tumour'), patientOf(rowsOf(patients[index] as number[])));
      expect(response.provenance?.batchSize).toBe(1);
    });
  });

  it('[DH-R-019] tells in its provenance every step that ran, with the digest of its graph', async () => {
    const { provenance } = await predict('patches', tensorInput('patches', slide, [7, 4]));
    const [tissue, tumour] = ['tissue', 'tumour'].map((name) =>
      createHash('sha256')
        .update(readFileSync(join(folderOf('patches'), 'models', `${name}.onnx`)))
        .digest('hex'),
    );
    expect(provenance?.steps.map(({ name, operation, onnxSha256 }) => [name, operation, onnxSha256])).toEqual([
      ['find tissue', 'model', tissue],
      ['mask', 'threshold', ''],
      ['keep', 'select_rows', ''],
      ['look', 'model', tumour],
      ['patient', 'aggregate_rows', ''],
    ]);
    expect(provenance?.onnxSha256).toBe(createHash('sha256').update(`${tissue}\n${tumour}\n`).digest('hex'));
    expect(provenance).toMatchObject({
      engine: expect.stringMatching(/^onnxruntime(-node)?\/1\.30\.0$/),
      executionProvider: 'cpu',
    });
    const times = provenance?.steps.map(({ durationUs }) => Number(durationUs)) ?? [];
    const inference = Number(provenance?.timings?.inferenceUs);
    expect(times.reduce((sum, time) => sum + time, 0)).toBeLessThanOrEqual(inference + times.length);
  });

  it('runs only the steps that the wanted outputs depend on', async () => {
    const { provenance } = await predict('patches', tensorInput('patches', Array(8).fill(-1), [2, 4]), ['mask']);
    expect(provenance?.steps.map(({ name }) => name)).toEqual(['find tissue', 'mask']);
  });
});

type Edit = (manifest: { pipeline: { models: { tensors: Manifest['tensors'] }[]; steps: PipelineStepSpec[] } }) => void;

describe('a pipeline that is not what it was', () => {
  /** Verifies the ensemble with a changed manifest, then with the old one. */
  async function stateAfter(edit: Edit): Promise<{ code: string | undefined; message: string | undefined }> {
    const file = join(folderOf('ensemble'), 'model.json');
    const sound = readFileSync(file);
    const manifest = manifestOf('ensemble') as unknown as Parameters<Edit>[0];
    edit(manifest);
    writeFileSync(file, JSON.stringify(manifest));
    writeTestSums(folderOf('ensemble'));
    const { model } = await test.client.verifyModel('ensemble', '1');
    writeFileSync(file, sound);
    writeTestSums(folderOf('ensemble'));
    expect((await test.client.verifyModel('ensemble', '1')).model?.state).toBe('MODEL_STATE_READY');
    expect(model?.state).toBe('MODEL_STATE_QUARANTINED');
    return { code: model?.stateReason?.reason, message: model?.stateReason?.message };
  }

  it('is refused for one changed bit in any of its graphs', async () => {
    const file = join(folderOf('ensemble'), 'models', 'member-2.onnx');
    const sound = readFileSync(file);
    const bytes = Buffer.from(sound);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(file, bytes);
    const { model } = await test.client.verifyModel('ensemble', '1');
    expect(model).toMatchObject({ state: 'MODEL_STATE_QUARANTINED', stateReason: { reason: 'FILE_DIGEST_MISMATCH' } });
    expect(model?.stateReason?.message).toContain('models/member-2.onnx');
    writeFileSync(file, sound);
    expect((await test.client.verifyModel('ensemble', '1')).model?.state).toBe('MODEL_STATE_READY');
  });

  it('is refused for other weights, by its golden case', async () => {
    const edit: Edit = ({ pipeline }) => {
      Object.assign(pipeline.steps[3] as object, { weights: [0.3, 0.5, 0.2] });
    };
    expect(await stateAfter(edit)).toMatchObject({ code: 'GOLDEN_MISMATCH' });
  });

  it('is refused for a member that declares another tensor than its graph has', async () => {
    const edit: Edit = ({ pipeline }) => {
      const [output] = pipeline.models[1]?.tensors.outputs ?? [];
      Object.assign(output as object, { name: 'scores' });
      Object.assign(pipeline.steps[1] as object, { outputs: { scores: 'p1' } });
    };
    const { code, message } = await stateAfter(edit);
    expect(code).toBe('MANIFEST_GRAPH_MISMATCH');
    expect(message).toContain('"scores"');
  });

  it('is refused for steps that do not fit each other, before any graph is read', async () => {
    const edit: Edit = ({ pipeline }) => {
      pipeline.steps.reverse();
      Object.assign(pipeline.steps[0] as object, { inputs: ['p0', 'p1', 'x'] });
    };
    const { code, message } = await stateAfter(edit);
    expect(code).toBe('MANIFEST_INVALID');
    expect(message).toContain('/pipeline/steps/0/inputs/2');
  });
});

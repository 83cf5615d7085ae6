import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseManifest } from '../package/parse-manifest.js';
import { externalDataModel, identityModel } from './sound-models.js';
import { buildTestPackage, type TestPackageOptions, writeTestSums } from './test-package.js';

function schemaOf(name: string): object {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object;
}
const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(schemaOf('model')).addSchema(schemaOf('golden'));

const tensors: TestPackageOptions['tensors'] = {
  inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
  outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
};
const row = { dataType: 'FP32', shape: [1, 4], values: [1, 2, 3, 4] } as const;
const identity: TestPackageOptions = {
  model: identityModel(),
  tensors,
  golden: [
    { id: 'one', profile: 'strict', inputs: { x: row }, expected: { y: row } },
    { id: 'two', inputs: { x: row }, expected: { y: { ...row, scale: 1 } } },
  ],
};

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'deephealth-test-package-'));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

describe('buildTestPackage', () => {
  it('writes a package whose files fit the schemas', () => {
    const { folder, manifest } = buildTestPackage(store, { ...identity, name: 'copy', version: '2.1' });
    expect(folder).toBe(join(store, 'copy', '2.1'));
    const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
    expect(read('model.json')).toEqual(manifest);
    expect(ajv.validate('urn:deephealth:schema:model:1', read('model.json')), ajv.errorsText()).toBe(true);
    for (const path of ['golden/one.json', 'golden/two.json']) {
      expect(ajv.validate('urn:deephealth:schema:golden:1', read(path)), ajv.errorsText()).toBe(true);
    }
  });

  it('lists every file in byte order with the digest that coreutils computes', () => {
    const { folder } = buildTestPackage(store, {
      ...identity,
      files: { 'bindings/a.json': '{}', Z: '', a: '' },
    });
    const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8');
    const paths = sums
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(66));
    expect(paths).toEqual([
      'MODEL_CARD.md',
      'Z',
      'a',
      'bindings/a.json',
      'golden/one.json',
      'golden/two.json',
      'model.json',
      'model.onnx',
    ]);
    expect(execFileSync('sha256sum', paths, { cwd: folder, encoding: 'utf8' })).toBe(sums);
  });

  it('gives the same digest for the same options, and another one after a change', () => {
    const first = buildTestPackage(store, identity);
    const second = buildTestPackage(join(store, 'again'), identity);
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(second.digest).toBe(first.digest);
    writeFileSync(join(first.folder, 'MODEL_CARD.md'), 'changed');
    expect(writeTestSums(first.folder)).not.toBe(first.digest);
  });

  it('lists external data in the manifest with size and digest', () => {
    const { model, data } = externalDataModel({ location: 'weights.bin' });
    const { manifest, folder } = buildTestPackage(store, {
      ...identity,
      model,
      externalData: { 'weights.bin': data },
    });
    expect(manifest.onnx?.externalData).toMatchObject([{ file: 'weights.bin', sizeBytes: 48 }]);
    expect(readFileSync(join(folder, 'weights.bin'))).toEqual(Buffer.from(data));
  });

  it('writes the graphs of a pipeline with their digests', () => {
    const { golden } = identity;
    const { model, data } = externalDataModel({ location: 'w.bin' });
    const outputs = tensors.outputs.map((tensor) => ({ ...tensor, shape: [-1, 3] }));
    const pipeline = {
      models: [
        { name: 'copy', graph: identityModel(), tensors },
        { name: 'project', graph: model, tensors: { ...tensors, outputs }, externalData: { 'models/w.bin': data } },
      ],
      steps: [
        { name: 'one', operation: 'model', model: 'copy', inputs: { x: 'x' }, outputs: { y: 'copied' } },
        { name: 'two', operation: 'model', model: 'project', inputs: { x: 'copied' }, outputs: { y: 'y' } },
      ] as const,
    };
    const { folder } = buildTestPackage(store, { tensors: { ...tensors, outputs }, golden, pipeline });
    const bytes = readFileSync(join(folder, 'model.json'));
    expect(parseManifest(bytes)).toMatchObject({
      pipeline: {
        models: [
          { name: 'copy', onnx: { file: 'models/copy.onnx' } },
          { name: 'project', onnx: { externalData: [{ file: 'models/w.bin', sizeBytes: 48 }] } },
        ],
        steps: pipeline.steps,
      },
    });
    expect(existsSync(join(folder, 'model.onnx'))).toBe(false);
    expect(readFileSync(join(folder, 'models/copy.onnx'))).toEqual(Buffer.from(identityModel()));
    expect(readFileSync(join(folder, 'models/w.bin'))).toEqual(Buffer.from(data));
  });

  it('writes no graph for a model that another server runs', () => {
    const { golden } = identity;
    const manifest = { remote: { protocol: 'open-inference', model: 'far' } } as const;
    const { folder } = buildTestPackage(store, { tensors, golden, manifest });
    expect(parseManifest(readFileSync(join(folder, 'model.json'))).remote).toEqual(manifest.remote);
    expect(existsSync(join(folder, 'model.onnx'))).toBe(false);
  });

  it('takes other fields of the manifest as they are given', () => {
    const { manifest } = buildTestPackage(store, {
      ...identity,
      manifest: { resources: { runTimeoutMs: 500 } },
    });
    expect(manifest.resources).toEqual({ runTimeoutMs: 500 });
  });

  it('writes inputs of other kinds as they are given', () => {
    const golden = [{ id: 'table', inputs: { x: { table: { age: { number: 3 } } } }, expected: { y: row } }];
    const { folder } = buildTestPackage(store, { ...identity, golden });
    const written = JSON.parse(readFileSync(join(folder, 'golden/table.json'), 'utf8')) as {
      inputs: unknown;
    };
    expect(written.inputs).toEqual({ x: { table: { age: { number: 3 } } } });
  });
});

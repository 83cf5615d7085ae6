import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest, OnnxFiles, PipelineStepSpec, TensorSpec } from '../package/manifest.js';
import type { DataTypeName } from '../tensor/data-type.js';

/** A tensor in a golden case, row-major. */
export interface TestTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  /** In an expected tensor, NaN and infinities are written as texts, as the schema has them. */
  readonly values: readonly (number | boolean | string)[];
}

export interface TestGoldenCase {
  readonly id: string;
  /** Case of the same sequence that runs before this one. */
  readonly follows?: string;
  readonly profile?: 'strict' | 'standard' | 'reduced';
  /** A tensor, or any other input form of golden.schema.json such as `{ table: … }`. */
  readonly inputs: Readonly<Record<string, TestTensor | Readonly<Record<string, unknown>>>>;
  readonly expected: Readonly<Record<string, TestTensor & { readonly scale?: number | readonly number[] }>>;
  readonly findings?: Readonly<Record<string, unknown>>;
}

/** A graph of a pipeline; the package gets it as `models/<name>.onnx`. */
export interface TestPipelineModel {
  readonly name: string;
  readonly graph: Uint8Array;
  readonly tensors: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] };
  /** By their path in the package. */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
}

export interface TestPackageOptions {
  /** Default "test-model". */
  readonly name?: string;
  /** Default "1". */
  readonly version?: string;
  /** Left out for a pipeline, and for a model that another server runs. */
  readonly model?: Uint8Array;
  /** Several graphs as one model, instead of `model`. */
  readonly pipeline?: {
    readonly models: readonly TestPipelineModel[];
    readonly steps: readonly PipelineStepSpec[];
  };
  /** Inputs and outputs of the graph or pipeline; each one becomes a plain tensor of the manifest. */
  readonly tensors: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] };
  /** Written as given; nothing is computed. A package without golden cases is never served. */
  readonly golden: readonly TestGoldenCase[];
  /** Replaces fields of the manifest that would be written otherwise. */
  readonly manifest?: Partial<Manifest>;
  /** Files of external data of `model`: listed in the manifest with size and digest. */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
  /** Other files by their path in the package: bindings, a wrong file, … */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export interface TestPackage {
  /** Path of the version folder. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** SHA-256 of SHA256SUMS, in lower-case hex. */
  readonly digest: string;
}

/**
 * Writes a whole package to `<store>/<name>/<version>/`: model.json, the graphs, external data,
 * golden cases, MODEL_CARD.md and SHA256SUMS. The same options give the same bytes.
 */
export function buildTestPackage(store: string, options: TestPackageOptions): TestPackage {
  const manifest = testManifest(options);
  const folder = join(store, manifest.name, manifest.version);
  const files: Record<string, string | Uint8Array> = {
    'model.json': `${JSON.stringify(manifest, null, 2)}\n`,
    ...graphFiles(options, manifest),
    'MODEL_CARD.md': `# ${manifest.title}\n\nA model for tests of this software. It answers no medical question.\n`,
    ...options.externalData,
    ...Object.fromEntries(options.golden.map((golden) => [`golden/${golden.id}.json`, goldenFile(golden)])),
    ...options.files,
  };
  const isNew = !existsSync(folder);
  for (const parent of new Set(Object.keys(files).map((path) => dirname(join(folder, path))))) {
    mkdirSync(parent, { recursive: true });
  }
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  // What lies there from before is listed too; else nothing need be read again.
  const digest = isNew ? writeSums(folder, Object.keys(files), (path) => files[path] ?? '') : writeTestSums(folder);
  return { folder, manifest, digest };
}

/**
 * Writes SHA256SUMS for the files that lie in the folder now, for tests that change a package
 * and want it to be sound again. Gives the package digest.
 */
export function writeTestSums(folder: string): string {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
  return writeSums(folder, paths, (path) => readFileSync(join(folder, path)));
}

function writeSums(folder: string, paths: readonly string[], content: (path: string) => string | Uint8Array): string {
  const sums = paths
    .filter((path) => path !== 'SHA256SUMS' && path !== 'SHA256SUMS.sig')
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
    .map((path) => `${sha256(content(path))}  ${path}\n`)
    .join('');
  writeFileSync(join(folder, 'SHA256SUMS'), sums);
  return sha256(sums);
}

function testManifest(options: TestPackageOptions): Manifest {
  const { name = 'test-model', version = '1', model, pipeline, tensors } = options;
  return {
    schemaVersion: 1,
    name,
    version,
    title: 'Test model',
    intendedUse: 'Tests of this software.',
    limitations: ['It answers no medical question.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    ...(model === undefined ? {} : { onnx: onnxFiles('model.onnx', model, options.externalData) }),
    ...(pipeline === undefined ? {} : { pipeline: { models: pipeline.models.map(modelSpec), steps: pipeline.steps } }),
    tensors,
    inputs: tensors.inputs.map((tensor) => ({ name: tensor.name, kind: 'tensor', feeds: tensor.name })),
    outputs: tensors.outputs.map((tensor) => ({ name: tensor.name, kind: 'tensor', from: tensor.name })),
    ...options.manifest,
  };
}

function modelSpec({ name, graph, tensors, externalData }: TestPipelineModel) {
  return { name, onnx: onnxFiles(graphPath(name), graph, externalData), tensors };
}

function graphPath(modelName: string): string {
  return `models/${modelName}.onnx`;
}

function onnxFiles(file: string, graph: Uint8Array, data: Readonly<Record<string, Uint8Array>> = {}): OnnxFiles {
  const externalData = Object.entries(data).map(([path, content]) => ({
    file: path,
    sizeBytes: content.length,
    sha256: sha256(content),
  }));
  return { file, sha256: sha256(graph), ...(externalData.length === 0 ? {} : { externalData }) };
}

function graphFiles({ model, pipeline }: TestPackageOptions, { onnx }: Manifest): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  if (model !== undefined && onnx !== undefined) files[onnx.file] = model;
  for (const { name, graph, externalData } of pipeline?.models ?? []) {
    Object.assign(files, { [graphPath(name)]: graph }, externalData);
  }
  return files;
}

function goldenFile({ id, follows, profile, inputs, expected, findings }: TestGoldenCase): string {
  const golden = {
    schemaVersion: 1,
    id,
    description: `Test case ${id}.`,
    source: 'Written down in the test.',
    ...(follows === undefined ? {} : { follows }),
    ...(profile === undefined ? {} : { profile }),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, 'dataType' in input ? { tensor: input } : input]),
    ),
    expected: { tensors: expected, ...(findings === undefined ? {} : { findings }) },
  };
  return `${JSON.stringify(golden, null, 2)}\n`;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

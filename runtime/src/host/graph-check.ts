import {
  DeepHealthError,
  diagnoseGraph,
  type Manifest,
  type ModelPackage,
  type OnnxFiles,
  type OnnxGraph,
  type PackagedGraph,
  readOnnxGraph,
  type TensorSpec,
} from '@deephealth/sdk';
import { isRunnable } from './engine-types.js';

/**
 * Reads every graph before the engine does, and holds it against the manifest.
 * Throws the first error of the diagnosis, or DH_MANIFEST_GRAPH_MISMATCH.
 */
export function checkGraphs({ manifest, graphs, fileSizes }: ModelPackage): void {
  for (const { onnx, tensors } of graphsOf(manifest)) {
    checkGraph(graphs.get(onnx.file) as PackagedGraph, tensors, fileSizes);
  }
}

/** Every graph that a manifest names, with the tensors that it declares for it. */
function graphsOf(manifest: Manifest): { onnx: OnnxFiles; tensors: Manifest['tensors'] }[] {
  if (manifest.pipeline !== undefined) return [...manifest.pipeline.models];
  return manifest.onnx === undefined ? [] : [{ onnx: manifest.onnx, tensors: manifest.tensors }];
}

function checkGraph(
  { file, onnx, externalData }: PackagedGraph,
  tensors: Manifest['tensors'],
  fileSizes: ModelPackage['fileSizes'],
): void {
  const graph = readOnnxGraph(onnx);
  const listed = new Set(externalData.map((data) => data.file));
  const externalFiles = { onnxFile: file, sizes: fileSizes, listed };
  const error = diagnoseGraph(graph, { externalFiles }).find((finding) => finding.severity === 'error');
  if (error !== undefined) {
    throw new DeepHealthError(error.code, `${file}: ${error.message} ${error.fix}`, {
      details: { subject: error.subject },
    });
  }
  compareValues('inputs', tensors.inputs, graph.inputs);
  compareValues('outputs', tensors.outputs, graph.outputs);
}

function compareValues(list: 'inputs' | 'outputs', specs: readonly TensorSpec[], values: OnnxGraph['inputs']): void {
  const mismatch = (name: string, what: string, expected: string, received: string): DeepHealthError =>
    new DeepHealthError(
      'DH_MANIFEST_GRAPH_MISMATCH',
      `Manifest field "/tensors/${list}": "${name}" ${what}; the graph says ${expected}, the manifest ${received}.`,
      { details: { tensor: name, expected, received } },
    );
  for (const { name } of values) {
    // A graph may have outputs that the manifest does not use, but every input needs a value.
    const isUnused = !specs.some((spec) => spec.name === name);
    if (list === 'inputs' && isUnused) throw mismatch(name, 'is missing', `"${name}"`, 'nothing');
  }
  for (const spec of specs) {
    const value = values.find((candidate) => candidate.name === spec.name);
    if (value === undefined) {
      const names = values.map((v) => `"${v.name}"`).join(', ') || 'nothing';
      throw mismatch(spec.name, 'is not in the graph', names, `"${spec.name}"`);
    }
    if (value.dataType !== spec.dataType) {
      throw mismatch(spec.name, 'has another type', String(value.dataType), spec.dataType);
    }
    if (!isRunnable(spec.dataType)) {
      throw new DeepHealthError(
        'DH_GRAPH_UNSUPPORTED',
        `Tensor "${spec.name}" is ${spec.dataType}, which this runtime cannot carry to the engine. Export it as FP32 or FP16.`,
      );
    }
    const { shape } = value;
    if (shape !== undefined && !fits(shape, spec)) {
      const graphShape = shape.map((extent) => extent ?? '?').join(', ');
      throw mismatch(spec.name, 'has another shape', `[${graphShape}]`, `[${spec.shape.join(', ')}]`);
    }
  }
}

/** The same rank, and every extent that the graph fixes is the one declared. */
function fits(shape: NonNullable<OnnxGraph['inputs'][number]['shape']>, spec: TensorSpec): boolean {
  return (
    shape.length === spec.shape.length &&
    shape.every((extent, axis) => typeof extent !== 'number' || extent === spec.shape[axis])
  );
}

import { isFloatingPoint, type Manifest } from '@deephealth/sdk';
import { buildOnnxModel, buildTestPackage, type TestGoldenCase, type TestTensor } from '@deephealth/sdk/testing';
import { evaluate } from '../oracle/evaluate.js';
import type { SuiteGraph, SuiteTensor } from '../oracle/suite-graph.js';
import { type Element, fromRaw, type Value } from '../oracle/value.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { SUITE_MODELS } from './catalogue.js';
import type { SuiteModel } from './suite-model.js';

export interface WrittenModel {
  readonly model: SuiteModel;
  /** SHA-256 of the package, as results carry it. */
  readonly packageSha256: string;
  readonly onnxSha256: string;
  readonly manifest: Manifest;
}

/** Writes models of the suite, all by default, as a package below `store`, for a target to serve. The same bytes each time. */
export function writeModels(store: string, models: readonly SuiteModel[] = SUITE_MODELS): WrittenModel[] {
  return models.map((model) => writeModel(store, model));
}

function writeModel(store: string, model: SuiteModel): WrittenModel {
  const { graph } = model;
  const { manifest, digest } = buildTestPackage(store, {
    name: model.name,
    version: model.version,
    model: model.onnx ?? onnxOf(graph),
    tensors: { inputs: graph.inputs, outputs: graph.outputs },
    golden: model.golden.map((inputs, index) => goldenCase(model, `case-${index + 1}`, inputs)),
    manifest: {
      title: model.title,
      intendedUse: 'Conformance tests of runtimes and adapters.',
      ...model.manifest,
    },
  });
  return { model, packageSha256: digest, onnxSha256: manifest.onnx?.sha256 ?? '', manifest };
}

function onnxOf(graph: SuiteGraph): Uint8Array {
  const declared = ({ name, dataType, shape }: SuiteTensor) => ({
    name,
    dataType,
    shape: shape.map((extent, axis) => (extent < 0 ? `n${axis}` : extent)),
  });
  return buildOnnxModel({
    producer: { name: 'deephealth-conformance', version: '1' },
    inputs: graph.inputs.map(declared),
    outputs: graph.outputs.map(declared),
    nodes: graph.nodes.map(({ op, inputs, output, attributes = {} }) => ({
      op,
      // Since operator set 13, the axes are an input of ReduceSum.
      inputs: op === 'ReduceSum' ? [...inputs, 'axes'] : inputs,
      outputs: [output],
      name: `${op.toLowerCase()}_${output}`,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [
          name,
          typeof value === 'number' ? { int: value } : { ints: value },
        ]),
      ),
    })),
    initializers: [
      ...Object.entries(graph.constants).map(([name, tensor]) => ({
        name,
        dataType: tensor.dataType,
        shape: tensor.shape,
        values: fromRaw(tensor).elements as (number | bigint | boolean)[],
      })),
      ...(graph.nodes.some(({ op }) => op === 'ReduceSum')
        ? [{ name: 'axes', dataType: 'INT64' as const, shape: [1], values: [-1n] }]
        : []),
    ],
  });
}

function goldenCase(model: SuiteModel, id: string, names: Readonly<Record<string, string>>): TestGoldenCase {
  const inputs = Object.fromEntries(Object.entries(names).map(([input, name]) => [input, namedTensor(name)]));
  const outputs = evaluate(model.graph, inputs);
  return {
    id,
    profile: 'standard',
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, written(fromRaw(tensor))])),
    expected: Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [
        name,
        { ...written(value), ...(isFloatingPoint(value.dataType) && { scale: scaleOf(value) }) },
      ]),
    ),
  };
}

function scaleOf({ elements, scales }: Value): number[] {
  return scales.map((scale, index) => Math.max(scale, Math.abs(elements[index] as number)));
}

function written({ dataType, shape, elements }: Value): TestTensor {
  return { dataType, shape, values: elements.map(toJson) };
}

function toJson(element: Element): number | boolean | string {
  if (typeof element === 'bigint') return Number.isSafeInteger(Number(element)) ? Number(element) : String(element);
  if (element instanceof Uint8Array) return Buffer.from(element).toString();
  return element;
}

import type { runtimeV1 } from '@deephealth/proto';
import {
  type GoldenInput,
  isFloatingPoint,
  type Manifest,
  type RawTensor,
  toContractTensor,
  toNamedInputs,
} from '@deephealth/sdk';
import { buildOnnxModel, buildTestPackage, type TestGoldenCase, type TestTensor } from '@deephealth/sdk/testing';
import { OIP_MODELS } from '../oip/oip-models.js';
import { evaluate } from '../oracle/evaluate.js';
import { asReceived, prepareInputs } from '../oracle/prepare-inputs.js';
import type { SuiteGraph, SuiteTensor } from '../oracle/suite-graph.js';
import { type Element, fromRaw, toRaw, type Value } from '../oracle/value.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { writeBroken } from './broken.js';
import { SUITE_MODELS } from './catalogue.js';
import { initialState, nextState, STATEFUL_MODELS } from './stateful.js';
import type { SuiteModel } from './suite-model.js';

export interface WrittenModel {
  readonly model: SuiteModel;
  /** Where its package lies. */
  readonly folder: string;
  /** SHA-256 of the package, as results carry it. */
  readonly packageSha256: string;
  readonly onnxSha256: string;
  readonly manifest: Manifest;
}

/** Every model of the suite. */
const ALL_MODELS: readonly SuiteModel[] = [
  ...SUITE_MODELS,
  ...OIP_MODELS.filter(({ name }) => SUITE_MODELS.every((known) => known.name !== name)),
  ...STATEFUL_MODELS,
];

/** Throws RangeError for a name that no model of the suite has. */
export function writtenModel(name: string): SuiteModel {
  const model = ALL_MODELS.find((candidate) => candidate.name === name);
  if (model === undefined) throw new RangeError(`the suite has no model "${name}"`);
  return model;
}

/**
 * Writes models of the suite as packages below `store`, for a target to serve; if all of them, then beside
 * them broken packages that it must refuse, which are not among what is given back. The same bytes each time.
 */
export function writeModels(store: string, models?: readonly SuiteModel[]): WrittenModel[] {
  if (models === undefined) writeBroken(store);
  return (models ?? ALL_MODELS).map((model) => writeModel(store, model));
}

function writeModel(store: string, model: SuiteModel): WrittenModel {
  const { graph } = model;
  const { manifest, digest, folder } = buildTestPackage(store, {
    name: model.name,
    version: model.version,
    model: model.onnx ?? onnxOf(graph),
    tensors: { inputs: graph.inputs, outputs: graph.outputs },
    golden: goldenCases(model),
    ...(model.files !== undefined && { files: model.files }),
    manifest: {
      title: model.title,
      intendedUse: 'Conformance tests of runtimes and adapters.',
      ...model.manifest,
    },
  });
  return { model, folder, packageSha256: digest, onnxSha256: manifest.onnx?.sha256 ?? '', manifest };
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

/** Those of a model that keeps state are one sequence. */
function goldenCases(model: SuiteModel): TestGoldenCase[] {
  let state = initialState(model);
  return model.golden.map((given, index) => {
    const outputs = evaluate(model.graph, { ...state, ...goldenTensors(model, given) });
    const isFollowing = model.state !== undefined && index > 0;
    if (model.state !== undefined) {
      state = nextState(model, Object.fromEntries(Object.entries(outputs).map(([name, one]) => [name, toRaw(one)])));
    }
    const shown = Object.entries(outputs).filter(([name]) => !model.state?.some(({ output }) => output === name));
    return {
      ...goldenCase(model, `case-${index + 1}`, given, shown),
      ...(isFollowing && { follows: `case-${index}` }),
    };
  });
}

function goldenCase(
  model: SuiteModel,
  id: string,
  given: SuiteModel['golden'][number],
  outputs: readonly (readonly [string, Value])[],
): TestGoldenCase {
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, input]): [string, GoldenInput] => [
      name,
      typeof input === 'string' ? { tensor: written(fromRaw(namedTensor(input))) } : input,
    ]),
  );
  return {
    id,
    profile: 'standard',
    inputs: inputs as TestGoldenCase['inputs'],
    expected: Object.fromEntries(
      outputs.map(([name, value]) => [
        name,
        {
          ...written(model.refused === 'GOLDEN_MISMATCH' ? doubled(value) : value),
          ...(isFloatingPoint(value.dataType) && { scale: scaleOf(value) }),
        },
      ]),
    ),
  };
}

/** What the steps of the manifest make of the inputs of a golden case. */
function goldenTensors(
  { manifest }: SuiteModel,
  given: SuiteModel['golden'][number],
): Readonly<Record<string, RawTensor>> {
  const { inputs: specs } = manifest ?? {};
  if (specs === undefined) {
    return Object.fromEntries(Object.entries(given).map(([name, input]) => [name, namedTensor(input as string)]));
  }
  const inputs = Object.entries(given).map(([name, input]): runtimeV1.NamedInput => {
    if (typeof input === 'string') return { name, tensor: toContractTensor(namedTensor(input)) };
    return toNamedInputs({ [name]: input })[0] as runtimeV1.NamedInput;
  });
  return prepareInputs(specs, asReceived({ inputs }).inputs).tensors;
}

/** Values that are not those of the graph. */
function doubled(value: Value): Value {
  return { ...value, elements: value.elements.map((element) => (typeof element === 'number' ? element * 2 : element)) };
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

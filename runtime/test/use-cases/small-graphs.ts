import type { runtimeV1 } from '@deephealth/proto';
import type { TensorSpec } from '@deephealth/sdk';
import { buildOnnxModel, type InitializerDeclaration, type NodeDeclaration } from '@deephealth/sdk/testing';

/** An FP32 tensor of a manifest. */
export const fp32 = (name: string, shape: readonly number[], more: Partial<TensorSpec> = {}): TensorSpec => ({
  name,
  dataType: 'FP32',
  shape,
  ...more,
});

/** Constants by their names: row-major values and a shape. */
export type Constants = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
>;

export const fp32Constants = (constants: Constants): InitializerDeclaration[] =>
  Object.entries(constants).map(([name, constant]) => ({ name, dataType: 'FP32', ...constant }));

/** A graph from FP32 `x` to FP32 `y` whose extents all may vary. */
export function graphOf(
  axes: { readonly x: number; readonly y: number },
  nodes: readonly NodeDeclaration[],
  constants: Constants = {},
): Uint8Array {
  const declare = (name: 'x' | 'y') => ({
    name,
    dataType: 'FP32' as const,
    shape: Array.from({ length: axes[name] }, (_, i) => `${name}${i}`),
  });
  return buildOnnxModel({
    inputs: [declare('x')],
    outputs: [declare('y')],
    nodes,
    initializers: fp32Constants(constants),
  });
}

/** A finding of a response, by the name of its output. */
export function findingOf(response: runtimeV1.PredictResponse__Output, name: string): runtimeV1.Finding__Output {
  const finding = response.findings.find((candidate) => candidate.name === name);
  if (finding === undefined) throw new Error(`the response holds no finding "${name}"`);
  return finding;
}

/** Probabilities of a classification, by label. */
export function probabilitiesOf(response: runtimeV1.PredictResponse__Output, name: string): Record<string, number> {
  const { classification } = findingOf(response, name);
  return Object.fromEntries((classification?.classes ?? []).map(({ label, probability }) => [label, probability]));
}

/** FP32 values of a map. */
export function mapOf(response: runtimeV1.PredictResponse__Output, name: string): number[] {
  const data = findingOf(response, name).map?.values?.data;
  if (data === undefined) throw new Error(`finding "${name}" is no map`);
  return Array.from({ length: data.byteLength / 4 }, (_, i) => data.readFloatLE(i * 4));
}

/** Labels of a mask of at most 255 classes. */
export function labelsOf(response: runtimeV1.PredictResponse__Output, name: string): number[] {
  const labels = findingOf(response, name).mask?.labels;
  if (labels?.dataType !== 'DATA_TYPE_UINT8') throw new Error(`finding "${name}" is no mask of bytes`);
  return [...labels.data];
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export function softmax(values: readonly number[]): number[] {
  const powers = values.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

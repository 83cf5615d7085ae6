import { buildOnnxModel, type TestPackageOptions } from '@deephealth/sdk/testing';

/** `y = x + offset` for FP32 [batch, 4]: an answer tells which version gave it. */
export function offsetModel(offset: number): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'offset'], outputs: ['y'] }],
    initializers: [{ name: 'offset', dataType: 'FP32', shape: [1], values: [offset] }],
  });
}

export interface OffsetPackageOptions {
  /** Default "offset". */
  readonly name?: string;
  /** Default "1". */
  readonly version?: string;
  /** Default: the number of the version. */
  readonly offset?: number;
  /** Its golden case is wrong, so that it is refused. */
  readonly isBroken?: boolean;
}

/** A package of {@link offsetModel}. */
export function offsetPackage(options: OffsetPackageOptions = {}): TestPackageOptions {
  const { name = 'offset', version = '1', offset = Number.parseInt(version, 10), isBroken = false } = options;
  const row = (values: readonly number[]) => ({ dataType: 'FP32' as const, shape: [1, 4], values });
  const tensor = { dataType: 'FP32' as const, shape: [-1, 4] };
  return {
    name,
    version,
    model: offsetModel(offset),
    tensors: { inputs: [{ name: 'x', ...tensor }], outputs: [{ name: 'y', ...tensor }] },
    golden: [
      {
        id: 'ramp',
        inputs: { x: row([1, -2, 3, 0.5]) },
        expected: { y: row([1, -2, 3, 0.5].map((value) => value + offset + (isBroken ? 1 : 0))) },
      },
    ],
  };
}

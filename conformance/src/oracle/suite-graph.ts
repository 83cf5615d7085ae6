import type { DataTypeName, RawTensor } from '@deephealth/sdk';
import type { Attributes } from './operators.js';

/** A graph of the suite, of which both the ONNX file and the oracle's answers are made. */
export interface SuiteGraph {
  readonly inputs: readonly SuiteTensor[];
  readonly outputs: readonly SuiteTensor[];
  readonly constants: Readonly<Record<string, RawTensor>>;
  readonly nodes: readonly SuiteNode[];
}

export interface SuiteTensor {
  readonly name: string;
  readonly dataType: DataTypeName;
  /** -1 for an extent that may vary. */
  readonly shape: readonly number[];
  /** NaN and infinities are taken too. */
  readonly nonFinite?: 'allow';
}

export interface SuiteNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Attributes;
}

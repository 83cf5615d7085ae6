import type { GoldenInput, Manifest } from '@deephealth/sdk';
import type { NumericClass } from '../compare/compare-numbers.js';
import type { SuiteGraph } from '../oracle/suite-graph.js';

/** A model of the suite: small, seeded, the same bytes on every machine. It answers no medical question. */
export interface SuiteModel {
  readonly name: string;
  readonly version: string;
  /** What it is for, in one sentence. */
  readonly title: string;
  readonly graph: SuiteGraph;
  /** The ONNX file, where the graph only says what comes of it. */
  readonly onnx?: Uint8Array;
  /** About how long a run takes on one core, in ms; 0 if it is not said. */
  readonly runMs?: number;
  /** How exact its outputs must be. */
  readonly numericClass: NumericClass;
  /** Inputs of its golden cases: names of tensors, or other kinds of values in the notation of golden cases. */
  readonly golden: readonly Readonly<Record<string, string | GoldenInput>>[];
  /** Reason with which a target must refuse the package, which has this fault; it is never served. */
  readonly refused?: 'GOLDEN_MISMATCH';
  /** Tensors that the server hands on from one item of a sequence to the next; no caller sends or sees them. */
  readonly state?: readonly { readonly input: string; readonly output: string }[];
  /** Other files of the package by their path, such as what binds it to a platform. */
  readonly files?: Readonly<Record<string, string>>;
  /** Replaces fields of the manifest: inputs and outputs that are more than tensors. */
  readonly manifest?: Partial<Manifest>;
}

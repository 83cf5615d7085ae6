import type { DataTypeName } from '../tensor/data-type.js';

/** What the header and the structure of an ONNX file say, without its weights. */
export interface OnnxGraph {
  readonly irVersion: number;
  /** Empty if the file does not say. */
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsets: readonly OperatorSet[];
  readonly graphName: string;
  /** What a run needs; initialisers that the file lists as inputs are not among them. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Tensors between the nodes of which the file states the type. */
  readonly values: readonly GraphValue[];
  readonly initializers: readonly GraphInitializer[];
  readonly nodes: readonly GraphNode[];
  /** Operators that the file itself defines. */
  readonly functions: readonly GraphFunction[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Elements of all floating-point constants: initialisers and constant nodes, subgraphs included. */
  readonly parameterCount: number;
}

/** Version of the operators of one domain; '' is the default domain, also known as ai.onnx. */
export interface OperatorSet {
  readonly domain: string;
  readonly version: number;
}

/** An input or output of the graph. */
export interface GraphValue {
  readonly name: string;
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'unknown';
  /** Only for a tensor whose element type the contract can carry. */
  readonly dataType?: DataTypeName;
  /** The standard's name of a tensor's element type, for messages. */
  readonly elementType?: string;
  /** A text is a named varying extent, undefined an unnamed one. Absent if not even the rank is stated. */
  readonly shape?: readonly (number | string | undefined)[];
}

/** A constant tensor; a sparse one counts only the elements that it stores. */
export interface GraphInitializer {
  readonly name: string;
  readonly dataType?: DataTypeName;
  readonly elementType: string;
  readonly shape: readonly number[];
  readonly elementCount: number;
  /** Elements of a short whole-number or Boolean (0 and 1) tensor, such as a shape; absent for weights. */
  readonly integers?: readonly number[];
  /** Elements of an FP32 tensor of at most one number per axis, such as the scales of Resize. */
  readonly floats?: readonly number[];
  /** Where the elements lie if not in the file. */
  readonly external?: ExternalDataPlace;
}

export interface ExternalDataPlace {
  /** As the file states it: not checked, never to be opened before {@link diagnoseGraph} has passed it. */
  readonly location: string;
  /** Bytes from the start of the file; 0 if not stated. */
  readonly offset: number;
  /** Bytes; undefined means to the end of the file. */
  readonly length: number | undefined;
}

/** A node of an ONNX graph. */
export interface GraphNode {
  readonly opType: string;
  /** '' for the default domain. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Short whole-number attributes by name: one number, a list, or a small tensor. */
  readonly integers: ReadonlyMap<string, readonly number[]>;
  /** Short floating-point attributes by name: one number or a list. */
  readonly floats: ReadonlyMap<string, readonly number[]>;
  /** Short text attributes by name, such as the equation of Einsum. */
  readonly strings: ReadonlyMap<string, string>;
  /** Tensors that the node itself holds, such as the value of a Constant. */
  readonly tensors: readonly GraphInitializer[];
  /** Bodies of If, Loop and Scan. */
  readonly subgraphs: readonly OnnxSubgraph[];
}

export interface OnnxSubgraph {
  readonly name: string;
  /** What the operator around it hands in; other names come from the graphs around. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly initializers: readonly GraphInitializer[];
  readonly nodes: readonly GraphNode[];
}

/** A function that a graph defines itself. */
export interface GraphFunction {
  readonly domain: string;
  readonly name: string;
  readonly opsets: readonly OperatorSet[];
  readonly nodes: readonly GraphNode[];
}

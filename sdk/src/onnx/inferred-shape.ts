import type { GraphNode } from './onnx-graph.js';

/** One extent: a number, the name of a varying one, or undefined where it is not known. */
export type InferredExtent = number | string | undefined;

export type InferredShape = readonly InferredExtent[];

/** What a rule may ask about the node whose shapes it infers. */
export interface ShapeQuestion {
  readonly node: GraphNode;
  /** Version of the operator's set. */
  readonly opset: number;
  /** Shape of the input at a place; undefined if it is not known or left out. */
  shape(place: number): InferredShape | undefined;
  /** Whole numbers of a constant input, such as a target shape. */
  integers(place: number): readonly number[] | undefined;
  /** Numbers of a constant input, such as scales. */
  floats(place: number): readonly number[] | undefined;
}

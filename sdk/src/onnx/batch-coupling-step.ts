import { elementsOf, type Layout } from './batch-coupling-layout.js';
import type { GraphNode } from './onnx-graph.js';

/** One operator of the graph with what is known of its inputs; an optional input that is left out is undefined. */
export interface NodeStep {
  readonly node: GraphNode;
  /** Version of the operator set that the operator is from. */
  readonly opset: number;
  readonly inputs: readonly (Layout | undefined)[];
}

/** Layouts of the outputs, and the reason if the operator makes one item depend on another. */
export interface Outcome {
  readonly outputs: readonly Layout[];
  /** What the operator does, as the end of a sentence that starts with its name. */
  readonly reason?: string;
}

/** How one operator treats the items of a batch. */
export interface OperatorRule {
  readonly follow: (step: NodeStep) => Outcome;
  /** Inputs that may hold items; default the first. The others are settings, which all items share. */
  readonly data?: readonly number[] | 'all';
  /** Inputs that may be computed from the number of items, such as the shape of Reshape. */
  readonly sizes?: readonly number[];
  /** True if the reason also counts where no input holds items. */
  readonly always?: boolean;
}

/** The items stay apart. */
export function keeps(...outputs: readonly Layout[]): Outcome {
  return { outputs };
}

/**
 * One item may depend on another. With outputs, the scan goes on as if it did not; without, it is
 * silent about what follows from this.
 */
export function couples(reason: string, ...outputs: readonly Layout[]): Outcome {
  return { reason, outputs };
}

/** A whole-number attribute. */
export function integerOf({ node }: NodeStep, name: string, otherwise: number): number {
  return node.integers.get(name)?.[0] ?? otherwise;
}

/** True if an optional input is given. */
export function isGiven({ node }: NodeStep, input: number): boolean {
  return (node.inputs[input] ?? '') !== '';
}

/** Elements of a constant input if all are known numbers. */
export function constantOf({ inputs }: NodeStep, input: number): readonly number[] | undefined {
  return numbersOnly(elementsOf(inputs[input]));
}

function numbersOnly(elements: ReturnType<typeof elementsOf>): readonly number[] | undefined {
  return elements?.every((element) => typeof element === 'number') ? (elements as readonly number[]) : undefined;
}

/** What a setting says that older operator sets keep in an attribute and newer ones in an input. */
export type Setting = 'absent' | 'unknown' | readonly number[];

export function settingOf(step: NodeStep, name: string, input: number): Setting {
  if (isGiven(step, input)) return constantOf(step, input) ?? 'unknown';
  return step.node.integers.get(name) ?? 'absent';
}

/** The axis counted from the front; undefined if that takes a rank that is not known. */
export function fromFront(axis: number, rank: number | undefined): number | undefined {
  if (axis >= 0) return axis;
  return rank === undefined ? undefined : axis + rank;
}

/** All axes counted from the front; undefined if one of them cannot be. */
export function allFromFront(axes: readonly number[], rank: number | undefined): number[] | undefined {
  const counted = axes.map((axis) => fromFront(axis, rank));
  return counted.every((axis) => axis !== undefined) ? counted : undefined;
}

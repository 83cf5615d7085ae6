import { ITEMS, someExtent } from './batch-coupling-extent.js';
import { itemsOfUnknownRank, type Layout, shared } from './batch-coupling-layout.js';
import type { GraphInitializer, GraphNode, GraphValue } from './onnx-graph.js';

/** Values by name; a body sees those of the graphs around it too. */
export class Scope {
  private readonly values = new Map<string, Layout>();

  constructor(private readonly around?: Scope) {}

  get(name: string): Layout | undefined {
    return this.values.get(name) ?? this.around?.get(name);
  }

  set(name: string, layout: Layout): void {
    this.values.set(name, layout);
  }
}

/** True if the graph leaves the first extent of an input or output open. */
export function isBatchValue({ kind, shape }: GraphValue): boolean {
  return kind === 'tensor' && shape !== undefined && shape.length > 0 && typeof shape[0] !== 'number';
}

/** Items on the first axis, if its extent varies or nothing is said about it. */
export function inputLayout(input: GraphValue): Layout {
  const { kind, shape } = input;
  if (kind !== 'tensor' || shape === undefined) return itemsOfUnknownRank(0);
  const extents = shape.map((extent) => (typeof extent === 'number' ? extent : someExtent()));
  return isBatchValue(input) ? { kind: 'items', shape: [ITEMS, ...extents.slice(1)], axis: 0 } : shared(extents);
}

/** A constant with its elements if it is a scalar or a short list of numbers. */
export function constantLayout({ shape, integers, floats, external }: GraphInitializer): Layout {
  const count = shape.reduce((total, extent) => total * extent, 1);
  const listed = external === undefined ? (integers ?? floats ?? (count === 0 ? [] : undefined)) : undefined;
  const isKnown = shape.length <= 1 && listed?.length === count;
  return isKnown ? { kind: 'shared', shape, elements: listed } : { kind: 'shared', shape };
}

/** The value of a Constant node, which is a tensor, a number, a list, or a text. */
export function constantNodeLayout({ tensors, integers, floats, strings }: GraphNode): Layout {
  const [tensor] = tensors;
  if (tensor !== undefined) return constantLayout(tensor);
  const scalar = integers.get('value_int') ?? floats.get('value_float');
  if (scalar !== undefined) return { kind: 'shared', shape: [], elements: scalar };
  const list = integers.get('value_ints') ?? floats.get('value_floats');
  if (list !== undefined) return { kind: 'shared', shape: [list.length], elements: list };
  return shared(strings.has('value_string') ? [] : undefined);
}

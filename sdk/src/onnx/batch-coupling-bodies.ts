import { isSameExtent, type Shape, someExtent } from './batch-coupling-extent.js';
import { type Layout, MIXED, shapeOf, shared } from './batch-coupling-layout.js';
import { couples, type NodeStep, type Outcome } from './batch-coupling-step.js';
import type { OnnxSubgraph } from './onnx-graph.js';

/** Follows the nodes of a body with what is handed to it; gives what is known of its outputs. */
export type FollowBody = (body: OnnxSubgraph, inputs: readonly Layout[]) => readonly Layout[];

/** If: fine where the condition is the same for every batch and the branches agree. */
export function followIf({ node, inputs: [condition = MIXED] }: NodeStep, follow: FollowBody): Outcome {
  if (condition.kind === 'items') return couples('decides for the whole batch by the values of its items');
  if (condition.kind === 'counts') return couples('decides by the number of items in the batch');
  const branches = node.subgraphs.map((body) => follow(body, []));
  const outputs = node.outputs.map((_, index) => join(branches.map((branch) => branch[index] ?? MIXED)));
  return outputs.every((output) => output !== undefined)
    ? { outputs }
    : couples('holds the items on one axis in one branch and on another in the other');
}

/** What holds for all of them; undefined if they hold the items differently. */
function join(layouts: readonly Layout[]): Layout | undefined {
  const [first = MIXED, ...others] = layouts;
  if (layouts.some(({ kind }) => kind === 'mixed')) return MIXED;
  if (!others.every((other) => holdsAlike(first, other))) return undefined;
  const shape = others.reduce<Shape>((known, other) => commonShape(known, shapeOf(other)), shapeOf(first));
  return first.kind === 'items' ? { ...first, shape } : { kind: first.kind === 'counts' ? 'counts' : 'shared', shape };
}

function holdsAlike(left: Layout, right: Layout): boolean {
  if (left.kind === 'items') return right.kind === 'items' && left.axis === right.axis;
  return left.kind === right.kind;
}

function commonShape(left: Shape, right: Shape): Shape {
  if (left === undefined || left.length !== right?.length) return undefined;
  return left.map((extent, axis) => (isSameExtent(extent, right[axis]) ? extent : someExtent()));
}

/** Loop: fine where every batch repeats as often, and the state holds the items alike before and after. */
export function followLoop({ node, inputs }: NodeStep, follow: FollowBody): Outcome {
  const [trips, condition, ...initial] = inputs;
  if (trips?.kind === 'items' || condition?.kind === 'items') return couples(DATA_DECIDE);
  if (trips?.kind === 'counts' || condition?.kind === 'counts') return couples('repeats as often as there are items');
  const [body] = node.subgraphs;
  if (body === undefined) return couples('has no body');
  const before = initial.map((state) => withoutElements(state ?? MIXED));
  const [goesOn = MIXED, ...results] = follow(body, [shared([]), shared([]), ...before]);
  if (goesOn.kind === 'items' || goesOn.kind === 'counts') return couples(DATA_DECIDE);
  if (goesOn.kind === 'mixed') return { outputs: node.outputs.map(() => MIXED) };
  const after = results.slice(0, before.length);
  if (!before.every((state, index) => isStable(state, after[index] ?? MIXED))) {
    return couples('has a state that holds the items differently after a round, or may do so');
  }
  return { outputs: [...after, ...results.slice(before.length).map(stacked)] };
}

const DATA_DECIDE = 'repeats as often as the values of the items say';

/** A counter has another value in each round. */
function withoutElements(layout: Layout): Layout {
  return layout.kind === 'shared' || layout.kind === 'counts' ? { kind: layout.kind, shape: layout.shape } : layout;
}

/** What the scan took for granted of a state before the first round holds before each round. */
function isStable(before: Layout, after: Layout): boolean {
  if (after.kind === 'mixed') return true;
  const shape = shapeOf(before);
  const isSameShape =
    shape === undefined ||
    commonShape(shape, shapeOf(after))?.every((extent, axis) => isSameExtent(extent, shape[axis]));
  return holdsAlike(before, after) && isSameShape === true;
}

/** One round after the other on a new first axis. */
function stacked(layout: Layout): Layout {
  const shape = shapeOf(layout);
  const more: Shape = shape && [someExtent(), ...shape];
  if (layout.kind === 'items') return { ...layout, shape: more, axis: layout.axis + 1 };
  return layout.kind === 'mixed' ? MIXED : { kind: layout.kind, shape: more };
}

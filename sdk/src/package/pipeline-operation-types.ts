import { describeEdge, type EdgeExtent, type EdgeType, mayBeEqual } from './pipeline-edge.js';
import { type OperationStepSpec, WEIGHT_SUM_TOLERANCE } from './pipeline-spec.js';

/** An edge that a step reads. */
export interface ReadEdge {
  /** JSON pointer below the step. */
  readonly field: string;
  readonly edge: string;
  readonly type: EdgeType;
}

/** Says what is wrong with a field below the step; the sentence follows the field. */
type Say = (field: string, sentence: string) => void;

/**
 * What a step writes, from what it reads; undefined if it cannot compute that, which `say` has then
 * been told.
 */
export function operationType(step: OperationStepSpec, reads: readonly ReadEdge[], say: Say): EdgeType | undefined {
  const problems: (readonly [field: string, sentence: string])[] = [];
  const note: Say = (field, sentence) => problems.push([field, sentence]);
  const type = typeOf(step, reads, note);
  for (const [field, sentence] of problems) say(field, sentence);
  return problems.length === 0 ? type : undefined;
}

function typeOf(step: OperationStepSpec, reads: readonly ReadEdge[], say: Say): EdgeType {
  const [first, second] = reads as [ReadEdge, ReadEdge | undefined];
  switch (step.operation) {
    case 'weighted_mean':
      checkWeights(step.weights, reads.length, say);
      return meanType(step.operation, reads, say);
    case 'mean':
      return meanType(step.operation, reads, say);
    case 'vote':
      reads.forEach((read) => {
        checkClasses(step.operation, read, say);
      });
      return meanType(step.operation, reads, say);
    case 'concat':
      return concatType(step.axis, reads, say);
    case 'threshold':
      checkNumbers(step.operation, first, say);
      if (!Number.isFinite(Math.fround(step.threshold))) say('/threshold', 'is too large for FP32.');
      return { ...first.type, dataType: 'BOOL' };
    case 'select_rows':
      return selectedRowsType(first, second as ReadEdge, say);
    case 'select_columns':
      return selectedColumnsType(step.columns, first, say);
    case 'aggregate_rows':
      checkNumbers(step.operation, first, say);
      checkRows(first, say);
      return withExtent(first.type, 0, { isVarying: false, maximum: 1 });
    case 'softmax':
      checkNumbers(step.operation, first, say);
      checkClasses(step.operation, first, say);
      return first.type;
    case 'sigmoid':
      checkNumbers(step.operation, first, say);
      return first.type;
  }
}

function meanType(operation: string, reads: readonly ReadEdge[], say: Say): EdgeType {
  const [{ type: type0, edge: edge0 }] = reads as [ReadEdge];
  for (const read of reads) {
    checkNumbers(operation, read, say);
    const { extents } = read.type;
    if (
      extents.length === type0.extents.length &&
      type0.extents.every((e, i) => mayBeEqual(e, extents[i] as EdgeExtent))
    ) {
      continue;
    }
    say(
      read.field,
      `names "${read.edge}", which is ${describeEdge(read.type)}, but "${edge0}" is ${describeEdge(type0)}. Give both the same shape.`,
    );
  }
  const extents = type0.extents.map((extent, axis) => ({
    ...extent,
    // Where all are equal in a run, none is longer than the shortest may be.
    maximum: Math.min(...reads.map(({ type }) => type.extents[axis]?.maximum ?? extent.maximum)),
  }));
  return { ...type0, extents };
}

function concatType(axis: number, reads: readonly ReadEdge[], say: Say): EdgeType {
  const [{ type: type0, edge: edge0 }] = reads as [ReadEdge];
  if (axis >= type0.extents.length)
    say('/axis', `is ${axis}, but "${edge0}" is ${describeEdge(type0)}. Count axes from 0.`);
  for (const read of reads) {
    checkMovable(read, say);
    const { dataType, extents } = read.type;
    const fits =
      dataType === type0.dataType &&
      extents.length === type0.extents.length &&
      extents.every((extent, i) => i === axis || mayBeEqual(extent, type0.extents[i] as EdgeExtent));
    if (fits) continue;
    say(
      read.field,
      `names "${read.edge}", which is ${describeEdge(read.type)} and cannot follow "${edge0}" with ${describeEdge(type0)} along axis ${axis}. Only this extent may differ.`,
    );
  }
  const joined = {
    isVarying: reads.some(({ type }) => type.extents[axis]?.isVarying),
    maximum: reads.reduce((sum, { type }) => sum + (type.extents[axis]?.maximum ?? 0), 0),
  };
  return { ...withExtent(type0, axis, joined), mayBeNonFinite: reads.some(({ type }) => type.mayBeNonFinite) };
}

function selectedRowsType(input: ReadEdge, mask: ReadEdge, say: Say): EdgeType {
  checkMovable(input, say);
  checkRows(input, say);
  const [rows, ...others] = mask.type.extents;
  const isMask =
    mask.type.dataType === 'BOOL' && rows !== undefined && others.every((e) => !e.isVarying && e.maximum === 1);
  const inputRows = input.type.extents[0];
  if (!isMask) {
    say(
      mask.field,
      `names "${mask.edge}", which is ${describeEdge(mask.type)}. A mask is BOOL with one value a row: write one with "threshold".`,
    );
  } else if (inputRows !== undefined && !mayBeEqual(inputRows, rows)) {
    say(
      mask.field,
      `names "${mask.edge}", which is ${describeEdge(mask.type)}, but "${input.edge}" is ${describeEdge(input.type)}. Give both the same number of rows.`,
    );
  }
  const maximum = Math.min(inputRows?.maximum ?? 0, rows?.maximum ?? 0);
  return withExtent(input.type, 0, { isVarying: true, maximum });
}

function selectedColumnsType(columns: readonly number[], input: ReadEdge, say: Say): EdgeType {
  checkMovable(input, say);
  const last = input.type.extents.at(-1);
  if (last === undefined || last.isVarying) {
    say(
      input.field,
      `names "${input.edge}", which is ${describeEdge(input.type)}; columns need a last axis of fixed extent.`,
    );
  } else {
    columns.forEach((column, index) => {
      if (column < last.maximum) return;
      say(`/columns/${index}`, `is ${column}, but "${input.edge}" has ${last.maximum} columns. Count them from 0.`);
    });
  }
  return withExtent(input.type, input.type.extents.length - 1, { isVarying: false, maximum: columns.length });
}

function checkWeights(weights: readonly number[], inputs: number, say: Say): void {
  if (weights.length !== inputs) {
    say('/weights', `has ${weights.length} weights for ${inputs} inputs. Give one for each.`);
    return;
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) <= WEIGHT_SUM_TOLERANCE) return;
  say('/weights', `sums to ${sum}. Divide the weights by their sum.`);
}

/** Arithmetic is defined for finite FP32 alone. */
function checkNumbers(operation: string, { field, edge, type }: ReadEdge, say: Say): void {
  if (type.dataType !== 'FP32') {
    say(
      field,
      `names "${edge}", which is ${type.dataType}, but "${operation}" computes with FP32. Add a cast to the graph.`,
    );
  } else if (type.mayBeNonFinite) {
    say(
      field,
      `names "${edge}", which may hold NaN (nonFinite "allow"), and "${operation}" takes finite values. Let a model replace them first.`,
    );
  }
}

function checkClasses(operation: string, { field, edge, type }: ReadEdge, say: Say): void {
  const last = type.extents.at(-1);
  if (last !== undefined && !last.isVarying && last.maximum >= 2) return;
  say(
    field,
    `names "${edge}", which is ${describeEdge(type)}; "${operation}" needs a last axis of at least 2 classes, of fixed extent.`,
  );
}

function checkRows({ field, edge, type }: ReadEdge, say: Say): void {
  if (type.extents.length === 0) say(field, `names "${edge}", which is a scalar and has no rows.`);
}

function checkMovable({ field, edge, type }: ReadEdge, say: Say): void {
  if (type.dataType !== 'BYTES') return;
  say(field, `names "${edge}", which is BYTES; only models take these.`);
}

function withExtent(type: EdgeType, axis: number, extent: EdgeExtent): EdgeType {
  return { ...type, extents: type.extents.map((other, index) => (index === axis ? extent : other)) };
}

import type { Engine } from '../engine/create-engine.js';
import type { OutputEvaluation } from '../engine/evaluation.js';
import type { InputValues } from '../engine/input-value.js';
import type { InputVariable, KnowledgeBase } from '../knowledge-base.js';
import { VariableAxis } from '../lint/variable-axis.js';

/** What an output is at one place: a number, with whether rules gave it, or none. */
export type Cell = { readonly value: number; readonly isDefault: boolean } | undefined;

export type ResponseGrid = {
  readonly output: string;
  readonly x: { readonly name: string; readonly values: readonly number[] };
  /** One value where the grid is a line. */
  readonly y: { readonly name: string; readonly values: readonly number[] } | undefined;
  /** Row after row, from the first value of y. */
  readonly cells: readonly Cell[];
  /** What the other inputs are held at. */
  readonly held: Readonly<Record<string, number>>;
};

export type GridRequest = {
  readonly output: string;
  readonly x: string;
  /** A line over x alone without it. */
  readonly y?: string | undefined;
};

/**
 * An output over one input or two. Other inputs keep what they are given as; one without a value is held in the middle of
 * its range, which the result states.
 *
 * @param steps of each axis; the middle of each is evaluated for two inputs, the ends of each for one
 */
export function computeGrid(
  engine: Engine,
  { output, x, y }: GridRequest,
  given: InputValues,
  steps: number,
): ResponseGrid {
  const { inputs } = engine.knowledgeBase;
  const axisOf = (name: string): VariableAxis => {
    const input = inputs.find((one) => one.name === name);
    if (input === undefined) throw new RangeError('a grid is over inputs of the rule base');
    return new VariableAxis(input);
  };
  const { values, held } = heldValues(engine.knowledgeBase, given, [x, y ?? x]);
  const alongX = placesOn(axisOf(x), steps, y !== undefined);
  const alongY = y === undefined ? [undefined] : placesOn(axisOf(y), steps, true);
  const cells = alongY.flatMap((second) =>
    alongX.map((first): Cell => {
      const point = { ...values, [x]: first, ...(y !== undefined && { [y]: second }) };
      return cellOf(engine.evaluate(point).outputs.get(output));
    }),
  );
  return {
    output,
    x: { name: x, values: alongX },
    y: y === undefined ? undefined : { name: y, values: alongY as number[] },
    cells,
    held,
  };
}

function cellOf(output: OutputEvaluation | undefined): Cell {
  if (output?.status !== 'determinate') return undefined;
  return { value: output.value, isDefault: output.source !== 'rules' };
}

function placesOn({ low, high, corners }: VariableAxis, steps: number, isMiddle: boolean): number[] {
  const width = (high - low) / steps;
  if (isMiddle) return Array.from({ length: steps }, (_, k) => low + (k + 0.5) * width);
  const even = Array.from({ length: steps + 1 }, (_, k) => (k === steps ? high : low + k * width));
  // Where terms have their corners, a line may bend or break.
  return [...new Set([...even, ...corners])].sort((a, b) => a - b);
}

function heldValues({ inputs }: KnowledgeBase, given: InputValues, chosen: readonly string[]) {
  const held: Record<string, number> = {};
  const values: Record<string, InputValues[string]> = {};
  for (const input of inputs) {
    if (chosen.includes(input.name)) continue;
    const value = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
    values[input.name] = value ?? middleOf(input);
    const number = values[input.name];
    if (typeof number === 'number') held[input.name] = number;
  }
  return { values, held };
}

function middleOf(input: InputVariable): number {
  const { low, high } = new VariableAxis(input);
  return (low + high) / 2;
}

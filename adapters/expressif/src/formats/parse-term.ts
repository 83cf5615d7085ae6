import { isShape, shapes } from '../fuzzy/shapes.js';
import type { Term, TermDefinition } from '../knowledge-base.js';
import { malformed, type Position } from '../rule-errors.js';
import { parseNumber } from './parse-number.js';

/** Reads `name Shape parameters [height]`. @throws DH_RULES_MALFORMED */
export function parseTerm(text: string, at: Position): Term {
  const match = /^(\S+)\s+(\S+)\s*(.*)$/.exec(text);
  if (match === null) throw malformed('expected a term: its name, its shape and its parameters', at);
  const [, name, shape, rest] = match as unknown as [string, string, string, string];
  return { name, definition: toDefinition(shape, rest, at) };
}

function toDefinition(shape: string, rest: string, at: Position): TermDefinition {
  if (shape === 'Function') return { kind: 'function', formula: toFormula(rest, at) };
  const numbers = rest === '' ? [] : rest.split(/\s+/).map((word) => parseNumber(word, at));
  if (numbers.some(Number.isNaN)) throw malformed('a parameter of a term is not a number (nan)', at);
  if (shape === 'Constant') {
    if (numbers.length !== 1) throw malformed(`Constant takes one value, got ${numbers.length}`, at);
    return { kind: 'constant', value: numbers[0] as number };
  }
  if (shape === 'Linear') return { kind: 'linear', coefficients: numbers };
  if (shape === 'Discrete') return toDiscrete(numbers, at);
  if (!isShape(shape)) {
    const known = [...Object.keys(shapes), 'Discrete', 'Constant', 'Linear', 'Function'];
    throw malformed(`"${shape}" is no shape; there are ${known.join(', ')}`, at);
  }
  const { parameters } = shapes[shape];
  const given = numbers.slice(0, parameters.length);
  if (given.length < parameters.length || numbers.length > parameters.length + 1) {
    throw malformed(`${shape} takes ${parameters.join(', ')} and may take a height; got ${numbers.length} numbers`, at);
  }
  return { kind: 'shape', shape, parameters: given, height: toHeight(numbers[parameters.length], at) };
}

function toDiscrete(numbers: readonly number[], at: Position): TermDefinition {
  const pairs = Math.floor(numbers.length / 2);
  if (pairs === 0) throw malformed('Discrete takes at least one pair of x and degree', at);
  const points = Array.from(
    { length: pairs },
    (_, i) => [numbers[2 * i] as number, numbers[2 * i + 1] as number] as const,
  );
  for (const [i, [x]] of points.entries()) {
    const before = points[i - 1]?.[0];
    if (before !== undefined && before > x) {
      throw malformed(`the points of Discrete stand in ascending order; ${x} comes after ${before}`, at);
    }
  }
  const odd = numbers.length % 2 === 1 ? numbers.at(-1) : undefined;
  return { kind: 'discrete', points, height: toHeight(odd, at) };
}

function toHeight(height: number | undefined, at: Position): number {
  if (height === undefined) return 1;
  if (!(height >= 0 && height <= 1)) throw malformed(`a height is 0 to 1, got ${height}`, at);
  return height;
}

function toFormula(text: string, at: Position): string {
  if (text === '') throw malformed('Function takes a formula', at);
  return text;
}

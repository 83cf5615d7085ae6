import { isShape } from '../fuzzy/shapes.js';
import type { TermDefinition } from '../knowledge-base.js';
import { inconsistent, malformed, type Position } from '../rule-errors.js';
import type { FclDialectEvidence } from './fcl-dialect.js';
import { type FclFunction, readFclFunction } from './fcl-function.js';
import type { FclCursor, FclToken } from './fcl-tokens.js';
import { parseTerm } from './parse-term.js';
import { type Corner, termOfCorners } from './term-corners.js';
import { writeNumber } from './write-number.js';

export type FclTerm = Position & {
  readonly name: string;
  readonly definition: TermDefinition;
  /** Of a function of jFuzzyLogic. */
  readonly function?: FclFunction | undefined;
};

type CurveReader = (numbers: readonly number[], at: Position) => TermDefinition;

const shape = (name: string, parameters: readonly number[]): TermDefinition => ({
  kind: 'shape',
  shape: name as Extract<TermDefinition, { kind: 'shape' }>['shape'],
  parameters,
  height: 1,
});

/** jFuzzyLogic's curves: how many numbers each takes, and the term of ours that is the same function. */
const CURVES: Readonly<Record<string, readonly [count: number, read: CurveReader]>> = {
  TRIAN: [3, (numbers, at) => shape('Triangle', ascending(numbers, at))],
  TRAPE: [4, (numbers, at) => shape('Trapezoid', ascending(numbers, at))],
  GAUSS: [2, ([mean, deviation], at) => shape('Gaussian', [mean as number, positive(deviation, at)])],
  GAUSS2: [
    4,
    ([left, leftDeviation, right, rightDeviation], at) => {
      ascending([left as number, right as number], at);
      const deviations = [positive(leftDeviation, at), positive(rightDeviation, at)] as const;
      return shape('GaussianProduct', [left as number, deviations[0], right as number, deviations[1]]);
    },
  ],
  GBELL: [3, ([width, slope, mean], at) => shape('Bell', [mean as number, positive(width, at), slope as number])],
  SIGM: [2, ([gain, middle]) => shape('Sigmoid', [middle as number, gain as number])],
  COSINE: [2, ([half, middle], at) => shape('Cosine', [middle as number, 2 * positive(half, at)])],
  DSIGM: [4, differenceOfSigmoids],
};

/** Reads `TERM name := definition ;`. @throws DH_RULES_MALFORMED */
export function readFclTerm(cursor: FclCursor, evidence: FclDialectEvidence): FclTerm {
  const name = cursor.word('the name of a term');
  cursor.expect(':=');
  const start = cursor.peek;
  const read = readDefinition(cursor, name, start, evidence);
  cursor.expect(';');
  return { name: name.text, ...read, line: name.line, column: name.column };
}

type Read = Pick<FclTerm, 'definition' | 'function'>;

function readDefinition(cursor: FclCursor, name: FclToken, start: FclToken, evidence: FclDialectEvidence): Read {
  if (cursor.sees('(')) return { definition: termOfCorners(readPoints(cursor, evidence)) };
  if (start.kind !== 'word' || /^(inf|nan)$/.test(start.text)) {
    return { definition: { kind: 'constant', value: cursor.number('a membership function') } };
  }
  const word = cursor.take().text;
  // Exactly as fuzzylite writes them; jFuzzyLogic's words are others, but for FUNCTION.
  if (isShape(word) || ['Function', 'Constant', 'Linear', 'Discrete'].includes(word)) {
    evidence.add('fuzzylite', `"${word}"`, start);
    return { definition: readFuzzyliteTerm(cursor, name, word) };
  }
  const upper = word.toUpperCase();
  if (upper === 'FUNCTION') {
    evidence.add('jfuzzylogic', `"${word}"`, start);
    const read = readFclFunction(cursor);
    return { definition: { kind: 'function', formula: read.formula }, function: read };
  }
  if (upper === 'SINGLETONS') throw malformed('SINGLETONS are not read: write a term for each', start);
  const curve = Object.hasOwn(CURVES, upper) ? CURVES[upper] : undefined;
  if (curve === undefined) {
    throw malformed(`"${word.slice(0, 40)}" is no membership function; there are points, a number, ${KNOWN}`, start);
  }
  evidence.add('jfuzzylogic', `"${word}"`, start);
  const [count, read] = curve;
  return {
    definition: read(
      Array.from({ length: count }, () => finite(cursor)),
      start,
    ),
  };
}

const KNOWN = [...Object.keys(CURVES), 'FUNCTION'].join(', ');

function readFuzzyliteTerm(cursor: FclCursor, name: FclToken, word: string): TermDefinition {
  const words: string[] = [];
  while (!cursor.sees(';') && cursor.peek.kind !== 'end') {
    words.push(word === 'Function' ? cursor.take().text : writeNumber(cursor.number()));
  }
  return parseTerm(`${name.text} ${word} ${words.join(' ')}`, name).definition;
}

function readPoints(cursor: FclCursor, evidence: FclDialectEvidence): readonly Corner[] {
  const points: Corner[] = [];
  while (cursor.accept('(')) {
    const at = cursor.peek;
    const x = finite(cursor);
    cursor.expect(',');
    const degreeAt = cursor.peek;
    const degree = cursor.number();
    if (!(degree >= 0 && degree <= 1)) throw malformed(`a degree is 0 to 1, got ${degree}`, degreeAt);
    cursor.expect(')');
    const before = points.at(-1)?.[0];
    if (before !== undefined && before > x) {
      throw malformed(`the points of a term stand in ascending order; ${x} comes after ${before}`, at);
    }
    points.push([x, degree]);
  }
  // A height after the points.
  if (!cursor.sees(';')) {
    evidence.add('fuzzylite', 'a height after points', cursor.peek);
    const at = cursor.peek;
    const height = cursor.number();
    if (!(height >= 0 && height <= 1)) throw malformed(`a height is 0 to 1, got ${height}`, at);
    return points.map(([x, degree]) => [x, degree * height]);
  }
  return points;
}

function finite(cursor: FclCursor): number {
  const at = cursor.peek;
  const value = cursor.number();
  if (!Number.isFinite(value)) throw malformed(`expected a finite number, got "${at.text}"`, at);
  return value;
}

function ascending(numbers: readonly number[], at: Position): readonly number[] {
  if (numbers.some((one, i) => one > (numbers[i + 1] ?? Number.POSITIVE_INFINITY))) {
    throw malformed(`expected numbers in ascending order, got ${numbers.join(' ')}`, at);
  }
  return numbers;
}

function positive(value: number | undefined, at: Position): number {
  if (value === undefined || !(value > 0)) throw malformed(`expected a number above 0, got ${value}`, at);
  return value;
}

/** jFuzzyLogic cuts the difference off below 0, our term takes its amount: they are one where it never is below. */
function differenceOfSigmoids([a1, c1, a2, c2]: readonly number[]): TermDefinition {
  const [rising, left, falling, right] = [a1, c1, a2, c2] as [number, number, number, number];
  if (rising !== falling || (rising > 0 ? left > right : left < right)) {
    throw inconsistent('A term by DSIGM is below 0 somewhere, where jFuzzyLogic cuts it off and nothing here does');
  }
  return shape('SigmoidDifference', [left, rising, falling, right]);
}

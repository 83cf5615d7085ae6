import type { Term, TermDefinition } from '../knowledge-base.js';
import { inconsistent, malformed } from '../rule-errors.js';
import { FmlElement } from './fml-element.js';
import { termNames } from './fml-names.js';
import type { FormatNotes } from './format-notes.js';
import { type Corner, cornersOf, termOfCorners } from './term-corners.js';
import type { XmlElement } from './xml-tree.js';

type Shape = Extract<TermDefinition, { kind: 'shape' }>['shape'];
type ShapeReader = (numbers: readonly number[], at: XmlElement) => TermDefinition;

const shape = (name: Shape, parameters: readonly number[]): TermDefinition => ({
  kind: 'shape',
  shape: name,
  parameters,
  height: 1,
});

const below: ShapeReader = (numbers, at) => {
  const [a, b] = numbers as readonly [number, number];
  if (!(a < b)) throw malformed(`param1 lies below param2 in ${at.name}, got ${a} and ${b}`, at);
  return shape('Ramp', numbers);
};

/** The shapes with numbers: how many each has, and what it is here. */
const SHAPES: Readonly<Record<string, readonly [count: number, read: ShapeReader]>> = {
  rightLinearShape: [2, below],
  leftLinearShape: [2, (numbers, at) => shape('Ramp', [...rampOf(below(numbers, at))].reverse())],
  triangularShape: [3, (numbers, at) => shape('Triangle', ascending(numbers, at))],
  trapezoidShape: [4, (numbers, at) => shape('Trapezoid', ascending(numbers, at))],
  rectangularShape: [2, (numbers, at) => shape('Rectangle', ascending(numbers, at))],
  singletonShape: [1, ([value]) => shape('Rectangle', [value as number, value as number])],
  gaussianShape: [2, (numbers, at) => shape('Gaussian', deviating(numbers, at))],
  rightGaussianShape: [
    2,
    (numbers, at) => shape('GaussianProduct', [...deviating(numbers, at), Number.POSITIVE_INFINITY, 1]),
  ],
  leftGaussianShape: [
    2,
    (numbers, at) => shape('GaussianProduct', [Number.NEGATIVE_INFINITY, 1, ...deviating(numbers, at)]),
  ],
  zShape: [2, (numbers, at) => shape('ZShape', rampOf(below(numbers, at)))],
  sShape: [2, (numbers, at) => shape('SShape', rampOf(below(numbers, at)))],
};

const rampOf = (term: TermDefinition): readonly number[] => (term.kind === 'shape' ? term.parameters : []);

export type FmlTerms = {
  readonly terms: readonly Term[];
  /** Our names by those of the document. */
  readonly names: ReadonlyMap<string, string>;
  /** Terms that stand for others of the variable, joined by "and" and "or": by their names, what they hold. */
  readonly circular: ReadonlyMap<string, XmlElement>;
};

/** Reads the terms of a variable. @throws DH_RULES_MALFORMED */
export function readFmlTerms(variable: XmlElement, elements: readonly XmlElement[], notes: FormatNotes): FmlTerms {
  const circular = new Map<string, XmlElement>();
  const definitions: TermDefinition[] = [];
  const names = new Set<string>();
  for (const element of elements) {
    const term = new FmlElement(element, notes, ['name', element.name === 'tskTerm' ? 'order' : 'complement']);
    const name = term.required('name');
    if (names.has(name) || circular.has(name)) throw malformed(`two terms are called "${name}"`, element);
    const definition = readDefinition(term, variable, notes);
    if ('circular' in definition) circular.set(name, definition.circular);
    else {
      names.add(name);
      definitions.push(definition);
    }
  }
  const own = termNames(variable.attributes.get('name')?.trim() ?? '', [...names]);
  return {
    terms: definitions.map((definition, i): Term => ({ name: own[i] as string, definition })),
    names: new Map([...names].map((name, i) => [name, own[i] as string] as const)),
    circular,
  };
}

type Circular = { readonly circular: XmlElement };

function readDefinition(term: FmlElement, variable: XmlElement, notes: FormatNotes): TermDefinition | Circular {
  if (term.xml.name === 'tskTerm') return readTskTerm(term);
  const isTsukamoto = term.xml.name === 'tsukamotoTerm';
  const element = term.only(...(isTsukamoto ? MONOTONE : FUZZY));
  const isCircular = element.name === 'circularDefinition';
  const definition = isCircular
    ? { circular: new FmlElement(element, notes).only('and', 'or') }
    : readShape(element, variable, notes);
  const complement = term.attribute('complement')?.toLowerCase() ?? 'false';
  if (complement === 'false') return definition;
  if (complement !== 'true')
    throw malformed(`"complement" is true or false, got "${complement.slice(0, 40)}"`, term.xml);
  if (isTsukamoto) throw inconsistent('The complement of a Tsukamoto term is not read: write the shape that it is');
  if ('circular' in definition) throw inconsistent('The complement of a circularDefinition is not read');
  return complementOf(definition, term.required('name'));
}

const FUZZY = [
  'triangularShape',
  ...Object.keys(SHAPES).filter((name) => name !== 'triangularShape'),
  'piShape',
  'pointSetShape',
  'circularDefinition',
  'customShape',
] as [string, ...string[]];

const MONOTONE = [
  ...['rightLinearShape', 'leftLinearShape', 'rightGaussianShape', 'leftGaussianShape', 'zShape', 'sShape'],
  ...['pointSetMonotonicShape', 'customMonotonicShape'],
] as [string, ...string[]];

function readShape(element: XmlElement, variable: XmlElement, notes: FormatNotes): TermDefinition {
  const { name } = element;
  const known = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (known !== undefined) {
    const [count, read] = known;
    return read(parameters(element, count, notes), element);
  }
  if (name === 'piShape') {
    const [foot, top] = parameters(element, 2, notes) as [number, number];
    if (!(foot < top)) throw malformed(`param1 lies below param2 in ${name}, got ${foot} and ${top}`, element);
    notes.add(
      `A piShape of "${variable.attributes.get('name')}" is read as JFML does: from its foot to its top and down alike.`,
    );
    return shape('PiShape', [foot, top, top, 2 * top - foot]);
  }
  if (name === 'pointSetShape' || name === 'pointSetMonotonicShape') return readPoints(element, notes);
  throw inconsistent(`A ${name} is not read: a rule base cannot hold it`);
}

function parameters(element: XmlElement, count: number, notes: FormatNotes): readonly number[] {
  const names = Array.from({ length: count }, (_, i) => `param${i + 1}`);
  const shaped = new FmlElement(element, notes, names);
  const numbers = names.map((name) => shaped.number(name));
  if (!numbers.every(Number.isFinite)) throw malformed(`the numbers of ${element.name} are finite`, element);
  return numbers;
}

function readPoints(element: XmlElement, notes: FormatNotes): TermDefinition {
  const set = new FmlElement(element, notes, ['interpolationMethod', 'degree']);
  const method = set.attribute('interpolationMethod') ?? 'linear';
  if (method !== 'linear')
    throw inconsistent(`Points that are joined by "${method.slice(0, 40)}" are not read, only by lines`);
  const points = set.children('point').map((child): Corner => {
    const point = new FmlElement(child, notes, ['x', 'y']);
    const [x, y] = [point.number('x'), point.number('y')];
    if (!Number.isFinite(x)) throw malformed('the x of a point is finite', child);
    if (!(y >= 0 && y <= 1)) throw malformed(`the y of a point is 0 to 1, got ${y}`, child);
    return [x, y];
  });
  if (points.length === 0) throw malformed(`${element.name} holds a point`, element);
  // In whatever order they are listed; where an x repeats, the first listed stays first.
  return termOfCorners(points.sort(([a], [b]) => a - b));
}

function readTskTerm(term: FmlElement): TermDefinition {
  const order = term.required('order');
  const values = term.children('tskValue').map((child) => toFinite(child));
  if (order === '0' && values.length === 1) return { kind: 'constant', value: values[0] as number };
  if (order !== '1' || values.length === 0) {
    throw malformed(
      'a tskTerm of order 0 holds one tskValue, one of order 1 holds them for its constant and inputs',
      term.xml,
    );
  }
  // The constant stands first in the document and last here.
  return { kind: 'linear', coefficients: [...values.slice(1), values[0] as number] };
}

function toFinite(element: XmlElement): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(element.text) ? Number(element.text) : Number.NaN;
  if (!Number.isFinite(value)) throw malformed(`expected a number, got "${element.text.slice(0, 40)}"`, element);
  return value;
}

function complementOf(term: TermDefinition, name: string): TermDefinition {
  if (term.kind === 'shape' && term.shape === 'SShape') return { ...term, shape: 'ZShape' };
  if (term.kind === 'shape' && term.shape === 'ZShape') return { ...term, shape: 'SShape' };
  const corners = cornersOf(term);
  if (corners === undefined)
    throw inconsistent(`The complement of the curve "${name}" is not read: a rule base cannot hold it`);
  return termOfCorners(corners.map(([x, degree]) => [x, 1 - degree] as const));
}

function ascending(numbers: readonly number[], at: XmlElement): readonly number[] {
  if (numbers.some((one, i) => one > (numbers[i + 1] ?? Number.POSITIVE_INFINITY))) {
    throw malformed(`the numbers of ${at.name} stand in ascending order, got ${numbers.join(' ')}`, at);
  }
  return numbers;
}

function deviating(numbers: readonly number[], at: XmlElement): readonly number[] {
  if (!((numbers[1] as number) > 0)) throw malformed(`param2 of ${at.name} lies above 0, got ${numbers[1]}`, at);
  return numbers;
}

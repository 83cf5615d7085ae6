import { parseFormula } from '../fuzzy/formula.js';
import type { KnowledgeBase, Term, TermDefinition } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import type { FclNaming } from './fcl-names.js';
import type { FormatNotes } from './format-notes.js';
import { cornersOf, hasJump } from './term-corners.js';
import { writeFllTerm } from './write-fll.js';

/**
 * A term as IEC 61131-7 has it: a singleton or points; or one of jFuzzyLogic's curves.
 *
 * @throws DH_RULES_INCONSISTENT where neither can say it
 */
export function writeIecTerm(
  { name, definition }: Term,
  variable: { readonly name: string; readonly isInput: boolean; readonly range: readonly [number, number] },
  { inputs }: KnowledgeBase,
  naming: FclNaming,
  notes: FormatNotes,
): string {
  const unsayable = (why: string): Error =>
    inconsistent(`FCL cannot say the term "${name}" of "${variable.name}": ${why}`);
  if (definition.kind === 'constant') return String(definition.value);
  if (definition.kind === 'linear') {
    const sum = inputs.map((input, i) => `${definition.coefficients[i] ?? 0} * ${naming.variable(input.name)}`);
    return `FUNCTION ${[...sum, String(definition.coefficients[inputs.length] ?? 0)].join(' + ')}`;
  }
  if (definition.kind === 'function') {
    const words = definition.formula.match(/[A-Za-z_][\w.]*|\d+\.?\d*|\S/g) ?? [];
    const isInput = (word: string): boolean => inputs.some((input) => input.name === word);
    if (
      !words.every((word) => isInput(word) || /^(\d+(\.\d+)?|[+*/()-])$/.test(word)) ||
      /(^|[-+*/(])\s*-/.test(definition.formula)
    ) {
      throw unsayable('its formula holds more than + - * / and brackets of inputs and numbers');
    }
    return `FUNCTION ${words.map((word) => (isInput(word) ? naming.variable(word) : word)).join(' ')}`;
  }
  if (definition.kind === 'shape' && variable.isInput && isPoint(definition)) return String(definition.parameters[0]);
  const corners = cornersOf(definition);
  if (corners !== undefined) {
    if (hasJump(corners)) {
      notes.add(`The term "${name}" of "${variable.name}" jumps: engines differ on its degree at that very point.`);
    }
    return corners.map(([x, degree]) => `(${x}, ${degree})`).join(' ');
  }
  const curve = curveOf(definition);
  if (curve === undefined) throw unsayable(`there is no ${shapeOf(definition)} with these parameters`);
  notes.add('Curves are written by the names that jFuzzyLogic adds to the standard.');
  return curve;
}

/** A term as fuzzylite writes it. @throws DH_RULES_INCONSISTENT */
export function writeFuzzyliteTerm({ name, definition }: Term, variable: string, naming: FclNaming): string {
  if (definition.kind === 'constant') return String(definition.value);
  if (definition.kind === 'function') {
    const isCut = /;|\/\/|\/\*|\(\*/.test(definition.formula);
    const isRenamed = (): boolean =>
      parseFormula(definition.formula, { line: 1, column: 1 }).variables.some((one) => naming.variable(one) !== one);
    if (isCut || isRenamed()) {
      throw inconsistent(`FCL cannot say the formula of the term "${name}" of "${variable}"`);
    }
  }
  return writeFllTerm(definition);
}

const isPoint = ({ shape, parameters, height }: Extract<TermDefinition, { kind: 'shape' }>): boolean =>
  shape === 'Rectangle' && parameters[0] === parameters[1] && Number.isFinite(parameters[0]) && height === 1;

const shapeOf = (definition: TermDefinition): string =>
  definition.kind === 'shape' ? definition.shape : `term of the kind ${definition.kind}`;

function curveOf(definition: TermDefinition): string | undefined {
  if (definition.kind !== 'shape' || definition.height !== 1 || !definition.parameters.every(Number.isFinite))
    return undefined;
  const [a, b, c, d] = definition.parameters as readonly [number, number, number, number];
  switch (definition.shape) {
    case 'Gaussian':
      return b > 0 ? `GAUSS ${a} ${b}` : undefined;
    case 'GaussianProduct':
      return a <= c && b > 0 && d > 0 ? `GAUSS2 ${a} ${b} ${c} ${d}` : undefined;
    case 'Bell':
      return b > 0 ? `GBELL ${b} ${c} ${a}` : undefined;
    case 'Sigmoid':
      return `SIGM ${b} ${a}`;
    case 'Cosine':
      return b > 0 ? `COSINE ${b / 2} ${a}` : undefined;
    case 'SigmoidDifference':
      return b === c && (b > 0 ? a <= d : a >= d) ? `DSIGM ${b} ${a} ${c} ${d}` : undefined;
    default:
      return undefined;
  }
}

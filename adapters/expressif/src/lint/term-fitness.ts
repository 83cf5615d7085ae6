import { isFuzzySet } from '../fuzzy/degree-of.js';
import type { OutputVariable, Term, Variable } from '../knowledge-base.js';
import { type LintFinding, shown } from './lint-finding.js';
import type { VariableAxis } from './variable-axis.js';

/** Terms that hold nowhere in their variable's range, and values that lie outside of it. */
export function findTermsOutsideRange(axis: VariableAxis, epsilon: number): LintFinding[] {
  const { variable } = axis;
  return variable.terms.flatMap((term): LintFinding[] => {
    const outside = outsideOf(axis, variable, term, epsilon);
    if (outside === undefined) return [];
    const range = `${shown(axis.low)} to ${shown(axis.high)}`;
    return [
      {
        code: 'term-outside-range',
        severity: 'warning',
        message: `The term "${term.name}" of "${variable.name}" ${outside.what} in the range, ${range}.`,
        place: { variable: variable.name, term: term.name },
        evidence: { range: [axis.low, axis.high], ...outside.evidence },
      },
    ];
  });
}

function outsideOf(axis: VariableAxis, { range }: Variable, { name, definition }: Term, epsilon: number) {
  if (definition.kind === 'constant') {
    const { value } = definition;
    return value < range[0] || value > range[1] ? { what: `is ${shown(value)}, not`, evidence: { value } } : undefined;
  }
  if (!isFuzzySet(definition) || !axis.isBounded) return undefined;
  const highestDegree = Math.max(...axis.degrees({ hedges: [], term: name }));
  return highestDegree <= epsilon ? { what: 'holds nowhere', evidence: { highestDegree } } : undefined;
}

/** Steps in the upper half of a term below which its place and weight in the set are chance. */
const FEWEST_STEPS = 5;

/** Concluded terms that a defuzzifier's steps may miss or misjudge: the narrowest of each output. */
export function findCoarseResolution(
  axis: VariableAxis,
  { name, terms, defuzzifier }: OutputVariable,
  isConcluded: (term: string) => boolean,
): LintFinding[] {
  if (defuzzifier?.kind !== 'integral' || !axis.isBounded) return [];
  const step = (axis.high - axis.low) / defuzzifier.resolution;
  const widths = terms
    .filter((term) => isFuzzySet(term.definition) && isConcluded(term.name))
    .map((term) => ({ term: term.name, width: widthOf(axis, term.name) }))
    // A term outside the range has no width in it, and is told as such.
    .filter(({ width }) => width !== undefined) as { term: string; width: number }[];
  const narrowest = widths.reduce<(typeof widths)[number] | undefined>(
    (least, one) => (least === undefined || one.width < least.width ? one : least),
    undefined,
  );
  if (narrowest === undefined || narrowest.width / step >= FEWEST_STEPS) return [];
  const steps = narrowest.width / step;
  const wanted =
    narrowest.width > 0
      ? Math.ceil(((FEWEST_STEPS * (axis.high - axis.low)) / narrowest.width) * (1 - 1e-9))
      : undefined;
  return [
    {
      code: 'coarse-resolution',
      severity: steps < 1 ? 'error' : 'warning',
      message:
        `${defuzzifier.name} cuts the range of "${name}" into ${defuzzifier.resolution} steps of ${shown(step)}, and the upper half of "${narrowest.term}" is ${shown(narrowest.width)} wide` +
        (steps < 1 ? ': its samples may miss the term.' : `: ${shown(steps)} steps.`) +
        (wanted === undefined ? '' : ` A resolution of ${wanted} would give it ${FEWEST_STEPS}.`),
      place: { variable: name, term: narrowest.term },
      evidence: { resolution: defuzzifier.resolution, step, width: narrowest.width, steps, ...(wanted && { wanted }) },
    },
  ];
}

/** How much of the range a term fills with at least half of its highest degree there. */
function widthOf(axis: VariableAxis, term: string): number | undefined {
  const degrees = axis.degrees({ hedges: [], term });
  const half = Math.max(...degrees) / 2;
  if (half === 0) return undefined;
  let width = 0;
  for (let k = 1; k < degrees.length; k += 1) {
    const [left, right] = [(degrees[k - 1] as number) - half, (degrees[k] as number) - half];
    const gap = (axis.points[k] as number) - (axis.points[k - 1] as number);
    // Straight between two points: the part of the way on which the half is reached.
    if (left >= 0 && right >= 0) width += gap;
    else if (left >= 0 || right >= 0) width += gap * (Math.max(left, right) / Math.abs(left - right));
  }
  return width;
}

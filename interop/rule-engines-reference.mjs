// A second, plain evaluation of a rule base. Where two engines differ by what their manuals say of comparisons,
// this one computes both answers: a difference counts as explained when each side is reproduced.
import { halves, inverse, maximumWithin, pointers } from './rule-engines-defuzzify.mjs';
import { comparisons, HEDGES, membership, NORMS } from './rule-engines-operators.mjs';

/**
 * How engines differ that compute the same otherwise.
 *
 * @typedef {object} Dialect
 * @property {number} epsilon two numbers nearer than this are equal in comparisons inside norms and terms; 0 is exact
 * @property {boolean} lenient rounding may carry a sum past 1; minimum and maximum pass over what is no number
 * @property {boolean} plateaus maxima are found within epsilon, and the mean is that of the first plateau's ends
 * @property {boolean} pointers the bisector is where two pointers meet that add samples from both ends
 * @property {boolean} zeroSets a set whose every degree is 0 has a maximum like any other
 * @property {boolean} heap rules of equal degree leave a binary heap in its order, else in that of the rule base
 * @property {() => number} [rounding] a factor near 1 for each degree of membership and of a rule: noise of the last bit
 * @property {number} [slack] degrees nearer than this to the highest are as high
 * @property {string} [maximum] the defuzzifier that stands for each of the three by maximum
 * @property {boolean} leak the hedges of a conclusion act on the conclusions that stand behind it, too
 */

/** @type {Dialect} */
export const OURS = {
  epsilon: 0,
  lenient: false,
  plateaus: false,
  pointers: false,
  zeroSets: false,
  heap: false,
  leak: false,
};

/** @type {Dialect} what the console of fuzzylite 6.0 does */
export const CONSOLE = {
  epsilon: 1e-6,
  lenient: true,
  plateaus: true,
  pointers: true,
  zeroSets: true,
  heap: true,
  leak: true,
};

/** A degree up to it fires nothing, in every dialect. */
const FIRES_ABOVE = 1e-6;

/** What a rule base answers to a row. */
export class ReferenceEngine {
  #knowledgeBase;
  #dialect;
  #compare;
  /** @type {Map<string, { term: object, degree: number, implication: Function }[]>} */
  #fired = new Map();
  #row = new Map();
  /** Outputs that a rule concludes whose degree is no number. */
  #unknown = new Set();
  #factors = new Map();

  /** @param {Dialect} dialect */
  constructor(knowledgeBase, dialect) {
    this.#knowledgeBase = knowledgeBase;
    this.#dialect = dialect;
    this.#compare = comparisons(dialect);
  }

  /**
   * @param {number[]} row of the inputs
   * @param {number[]} previous what outputs that lock their previous value keep; NaN where there is none
   * @returns {number[]} of the outputs in their order, NaN where there is none
   */
  evaluate(row, previous) {
    const { inputs, outputs, ruleBlocks } = this.#knowledgeBase;
    this.#row = new Map(
      inputs.map(({ name, range, lockRange }, i) => [name, lockRange ? clamp(row[i], range) : row[i]]),
    );
    this.#unknown = new Set();
    this.#factors = new Map();
    this.#fired = new Map(outputs.map(({ name }) => [name, []]));
    for (const block of ruleBlocks) this.#runBlock(block);
    return outputs.map((output, i) => this.#conclude(output, previous[i]));
  }

  /** The same for the same term or rule throughout a row. */
  #noise(of) {
    const { rounding } = this.#dialect;
    if (rounding === undefined) return 1;
    if (!this.#factors.has(of)) this.#factors.set(of, rounding());
    return this.#factors.get(of);
  }

  #norm(name) {
    return NORMS[name](this.#compare);
  }

  #hedge(words, degree) {
    return words.reduceRight((x, word) => HEDGES[word](this.#compare)(x), degree);
  }

  #membership({ definition }, x) {
    return membership(this.#compare, definition, x);
  }

  #runBlock({ conjunction, disjunction, implication, activation, rules }) {
    const degreeOf = (node) => {
      if (node.kind === 'is') return this.#premise(node);
      const [left, right] = [degreeOf(node.left), degreeOf(node.right)];
      return this.#norm(node.kind === 'and' ? conjunction : disjunction)(left, right);
    };
    const candidates = rules.map((rule) => ({
      rule,
      degree: this.#noise(rule) * rule.weight * degreeOf(rule.antecedent),
    }));
    if (!this.#dialect.lenient) this.#refuse(activation, candidates);
    for (const { rule, degree } of this.#activate(activation, candidates)) {
      if (degree > FIRES_ABOVE) this.#conclusions(rule, degree, implication && this.#norm(implication));
    }
  }

  /** A rule whose degree is not known leaves open what it concludes, and which others a block selects beside it. */
  #refuse({ name }, candidates) {
    const isOpen = ({ degree }) => Number.isNaN(degree);
    const isComparative = name !== 'General' && name !== 'Threshold';
    const open = isComparative && candidates.some(isOpen) ? candidates : candidates.filter(isOpen);
    for (const { rule } of open) for (const { variable } of rule.consequents) this.#unknown.add(variable);
  }

  #premise({ variable, hedges, term }) {
    const { inputs, outputs } = this.#knowledgeBase;
    const found = [...inputs, ...outputs].find(({ name }) => name === variable);
    if (!found.enabled) return 0;
    if (term === undefined) return this.#hedge(hedges, 1);
    if (this.#unknown.has(variable)) return Number.NaN;
    const named = found.terms.find(({ name }) => name === term);
    const degree = inputs.includes(found)
      ? this.#noise(named) * this.#membership(named, this.#row.get(variable))
      : this.#fired
          .get(variable)
          .filter((one) => one.term === named)
          .reduce((sum, one) => this.#norm(found.aggregation ?? 'UnboundedSum')(sum, one.degree), 0);
    return this.#hedge(hedges, degree);
  }

  /** Those that are triggered, in this order. */
  #activate({ name, count, threshold, comparison }, candidates) {
    const { eq, lt, le, gt, ge } = this.#compare;
    const isUp = ({ degree }) => degree > FIRES_ABOVE;
    switch (name) {
      case 'First':
        return candidates.filter((one) => isUp(one) && ge(one.degree, threshold)).slice(0, count);
      case 'Last':
        return candidates
          .reverse()
          .filter((one) => isUp(one) && ge(one.degree, threshold))
          .slice(0, count);
      case 'Highest':
        return this.#inOrder(candidates.filter(isUp), (a, b) => a.degree < b.degree).slice(0, count);
      case 'Lowest':
        return this.#inOrder(candidates.filter(isUp), (a, b) => a.degree > b.degree).slice(0, count);
      case 'Proportional': {
        const sum = candidates.reduce((total, { degree }) => total + degree, 0);
        return candidates.map(({ rule, degree }) => ({ rule, degree: degree / sum }));
      }
      case 'Threshold': {
        const holds = { '<': lt, '<=': le, '==': eq, '!=': (a, b) => !eq(a, b), '>=': ge, '>': gt }[comparison];
        return candidates.filter(({ degree }) => holds(degree, threshold));
      }
      default:
        return candidates;
    }
  }

  #inOrder(candidates, isLess) {
    if (this.#dialect.heap) return heapOrder(candidates, isLess);
    return candidates.sort((a, b) => Number(isLess(a, b)) - Number(isLess(b, a)));
  }

  #conclusions({ consequents }, given, implication) {
    let degree = given;
    for (const { variable, hedges, term } of consequents) {
      const output = this.#knowledgeBase.outputs.find(({ name }) => name === variable);
      if (!output.enabled) continue;
      const hedged = this.#hedge(hedges, degree);
      if (this.#dialect.leak) degree = hedged;
      const named = output.terms.find(({ name }) => name === term);
      this.#fired.get(variable).push({ term: named, degree: hedged, implication });
    }
  }

  #conclude(output, before) {
    const { name, enabled, range, lockRange, lockPrevious } = output;
    if (!enabled || this.#unknown.has(name)) return Number.NaN;
    const fired = this.#fired.get(name);
    const unfired = lockPrevious && !Number.isNaN(before) ? before : output.default;
    const value = fired.length > 0 ? this.#defuzzify(output, fired) : unfired;
    return lockRange ? clamp(value, range) : value;
  }

  #defuzzify({ terms, range, aggregation, defuzzifier }, fired) {
    if (defuzzifier.kind === 'weighted') {
      let [sum, weights] = [0, 0];
      const isTsukamoto =
        defuzzifier.method === 'Tsukamoto' ||
        (defuzzifier.method === 'Automatic' && terms[0].definition.kind === 'shape');
      for (const { term, degree } of fired) {
        sum += degree * (isTsukamoto ? inverse(term.definition, degree, range) : this.#value(term.definition, degree));
        weights += degree;
      }
      return defuzzifier.name === 'WeightedAverage' ? sum / weights : sum;
    }
    const [low, high] = range;
    const step = (high - low) / defuzzifier.resolution;
    const aggregate = this.#norm(aggregation);
    const samples = Array.from({ length: defuzzifier.resolution }, (_, k) => {
      const x = low + (k + 0.5) * step;
      const y = fired.reduce(
        (set, { term, degree, implication }) => aggregate(set, implication(this.#membership(term, x), degree)),
        0,
      );
      return [x, y];
    });
    return this.#centre(defuzzifier.name, samples, range, step);
  }

  /** The value of a conclusion of Takagi and Sugeno. */
  #value({ kind, value, coefficients, formula }, degree) {
    const row = [...this.#row.values()];
    if (kind === 'constant') return value;
    if (kind === 'linear') return row.reduce((sum, x, i) => sum + coefficients[i] * x, coefficients[row.length] ?? 0);
    // The formulas of the generator read like JavaScript but for the power, and hold nothing else.
    const text = formula.replaceAll('^', '**').replace(/\b(min|abs|sin|exp)\(/g, 'Math.$1(');
    return new Function('x', ...this.#row.keys(), `return ${text};`)(degree, ...row);
  }

  #centre(name, samples, range, step) {
    const degrees = samples.map(([, y]) => y);
    const total = degrees.reduce((sum, y) => sum + y, 0);
    if (total === 0 && !this.#dialect.zeroSets) return Number.NaN;
    if (name === 'Centroid') return samples.reduce((sum, [x, y]) => sum + x * y, 0) / total;
    if (name === 'Bisector')
      return this.#dialect.pointers ? pointers(samples, this.#compare, range) : halves(samples, range[0], step);
    if (this.#dialect.plateaus) return maximumWithin(this.#compare, name, samples, range);
    const highest = Math.max(...degrees);
    if (Number.isNaN(highest)) return Number.NaN;
    const { slack = 0, maximum = name } = this.#dialect;
    const tops = samples.filter(([, y]) => y >= highest - slack).map(([x]) => x);
    if (maximum === 'SmallestOfMaximum') return tops[0];
    return maximum === 'LargestOfMaximum' ? tops[tops.length - 1] : tops.reduce((sum, x) => sum + x, 0) / tops.length;
  }
}

const clamp = (x, [low, high]) => Math.min(high, Math.max(low, x));

/** The order in which the C++ library's binary heap (libstdc++) gives back what was pushed in turn. */
function heapOrder(items, isLess) {
  const heap = [];
  const rise = (item, from, top) => {
    let hole = from;
    for (let parent = (hole - 1) >> 1; hole > top && isLess(heap[parent], item); parent = (hole - 1) >> 1) {
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = item;
  };
  for (const item of items) {
    heap.push(item);
    rise(item, heap.length - 1, 0);
  }
  const order = [];
  while (heap.length > 0) {
    order.push(heap[0]);
    const item = heap.pop();
    if (heap.length === 0) break;
    // The greater child moves up all the way; what was last is put in below and rises from there.
    let hole = 0;
    for (let child = 2; child <= heap.length; child = 2 * hole + 2) {
      if (child === heap.length || isLess(heap[child], heap[child - 1])) child -= 1;
      heap[hole] = heap[child];
      hole = child;
    }
    rise(item, hole, 0);
  }
  return order;
}

import { byRange, type CitedPremise, type Phrases } from './phrases.js';
import { plainName, type Writing } from './writing.js';

const cited = (premises: readonly CitedPremise[], { quote, list }: Writing): string =>
  list(premises.map(({ rule, statement }) => `${quote(statement)} in rule ${quote(rule)}`));

export const ENGLISH: Phrases = {
  heading: ({ ruleBase }, { quote }) => `Explanation of a result of the rule base ${quote(ruleBase)}.`,
  caveat: () => 'This says how the rules come to their result. Whether the result is true, it does not say.',
  valueFromRules: ({ output, value, unit }, w) => `For ${w.quote(output)}, the rules conclude ${w.value(value, unit)}.`,
  valueFromDefault: ({ output, value, unit }, w) =>
    `For ${w.quote(output)}, no rule fires: ${w.value(value, unit)} is the default of the rule base and no conclusion.`,
  valueFromBefore: ({ output, value, unit }, w) =>
    `For ${w.quote(output)}, no rule fires: ${w.value(value, unit)} is kept from an earlier result.`,
  valueWithoutEnd: ({ output }, { quote }) =>
    `For ${quote(output)}, no rule fires, and the default of the rule base is infinite.`,
  noValue: ({ output, reason }, { quote }) => {
    switch (reason) {
      case 'nothing-fired':
        return `For ${quote(output)}, there is no result: no rule fires, and the rule base names no default.`;
      case 'no-value':
        return `For ${quote(output)}, there is no result: what the rules conclude has no value.`;
      default:
        return `For ${quote(output)}, there is no result: the rules ask for what is not known.`;
    }
  },
  variableDisabled: ({ variable }, { quote }) => `${quote(variable)} is disabled in the rule base.`,
  fault: ({ reason, input, wanted, term }, { quote }) => {
    const name = quote(input.name);
    switch (reason) {
      case 'missing':
        return wanted === 'value'
          ? `No value of ${name} was given.`
          : `To which degree ${name} is ${quote(term)} was not given.`;
      case 'not-a-number':
        return wanted === 'value'
          ? `What was given for ${name} is no number.`
          : `What was given for the degree to which ${name} is ${quote(term)} is no number.`;
      case 'expired':
        return `The value given for ${name} is older than the rules allow.`;
      case 'abstained':
        return `The model that gives ${name} abstained from a decision.`;
      case 'not-measured':
        return `The model's answer does not hold what ${name} is made of.`;
      default:
        return wanted === 'value'
          ? `The value given for ${name} lies outside the range for which the rules were written.`
          : `What was given for the degree to which ${name} is ${quote(term)} is no degree.`;
    }
  },
  resolved: ({ reason, input, wanted, term, low, high }, w) => {
    const name = w.quote(input.name);
    if (reason === 'expired') return `A newer value of ${name} would resolve this.`;
    if (reason === 'abstained' || reason === 'not-measured') {
      return `Another input of the model might resolve this for ${name}.`;
    }
    if (wanted === 'degree') {
      return `A degree from ${w.degree(low ?? 0)} to ${w.degree(high ?? 1)} to which ${name} is ${w.quote(term)} would resolve this.`;
    }
    return byRange({ low, high, unit: input.unit }, w, {
      between: (least, most) => `A value of ${name} from ${least} to ${most} would resolve this.`,
      from: (least) => `A value of ${name} from ${least} upwards would resolve this.`,
      upTo: (most) => `A value of ${name} up to ${most} would resolve this.`,
      any: () => `A value of ${name} would resolve this.`,
    });
  },
  asksPremise: ({ rule, statement }, { quote }) =>
    `Rule ${quote(rule)} asks for it in its premise ${quote(statement)}.`,
  asksConclusion: ({ rule, term, input }, { quote }) =>
    `Rule ${quote(rule)} asks for ${quote(input)} in its conclusion ${quote(term)}.`,
  conclusion: ({ output, term, degree }, w) =>
    `The rules conclude that ${w.quote(output)} is ${w.quote(term)} to the degree ${w.degree(degree)}.`,
  ruleDecides: ({ rule }, { quote }) => `Rule ${quote(rule)} decides this degree.`,
  rulesTie: ({ rules }, { quoteAll }) => `Rules ${quoteAll(rules)} tie: each of them alone gives this degree.`,
  rulesCount: ({ rules, main }, { quote, quoteAll }) =>
    `Rules ${quoteAll(rules)} all count; ${quote(main)} counts the most.`,
  rule: ({ rule, text }, { quote }) => `Rule ${quote(rule)} reads: ${quote(text)}.`,
  ruleFires: ({ rule, degree }, w) => `Rule ${w.quote(rule)} fires to the degree ${w.degree(degree)}.`,
  ruleFiresWeighted: ({ rule, degree, antecedentDegree, weight, activation }, w) =>
    `Rule ${w.quote(rule)} fires to the degree ${w.degree(degree)}: its premises hold to ${w.degree(antecedentDegree)}, its weight is ${w.degree(weight)}, and its block activates rules by ${w.quote(activation)}.`,
  conclusionHedged: ({ rule, hedges, degree }, w) =>
    `By ${w.quote(hedges.join(' '))} before its conclusion, rule ${w.quote(rule)} concludes to the degree ${w.degree(degree)}.`,
  premiseDecides: ({ statement, degree }, w) =>
    `The premise ${w.quote(statement)} decides; it holds to the degree ${w.degree(degree)}.`,
  premiseTies: ({ statement, degree }, w) =>
    `The premise ${w.quote(statement)} ties with others that decide; it holds to the degree ${w.degree(degree)}.`,
  premiseCounts: ({ statement, degree }, w) =>
    `The premise ${w.quote(statement)} counts; it holds to the degree ${w.degree(degree)}.`,
  premiseCountsMost: ({ statement, degree }, w) =>
    `The premise ${w.quote(statement)} counts the most; it holds to the degree ${w.degree(degree)}.`,
  inputValue: ({ input, value, unit, term, membership }, w) =>
    `${w.quote(input)} is ${w.given(value, unit)}, which is ${w.quote(term)} to the degree ${w.degree(membership)}.`,
  inputDegree: ({ input, term, membership }, w) =>
    `That ${w.quote(input)} is ${w.quote(term)} was given to the degree ${w.degree(membership)}.`,
  inputClamped: ({ input }, { quote }) =>
    `${quote(input)} lay outside its range and was moved to the end of it, as the rule base demands.`,
  inputSource: ({ input, model, version }, { quote }) =>
    `${quote(input)} was given by model ${plainName(model)} ${plainName(version)}.`,
  concludedBefore: ({ output, term, membership, rules }, w) =>
    rules.length === 1
      ? `That ${w.quote(output)} is ${w.quote(term)} is concluded to the degree ${w.degree(membership)} by rule ${w.quoteAll(rules)}.`
      : `That ${w.quote(output)} is ${w.quote(term)} is concluded to the degree ${w.degree(membership)} by rules ${w.quoteAll(rules)}.`,
  concludedByNone: ({ output, term }, { quote }) =>
    `That ${quote(output)} is ${quote(term)} is concluded by no rule that fires.`,
  hedged: ({ hedges, degree }, w) => `By ${w.quote(hedges.join(' '))}, this becomes ${w.degree(degree)}.`,
  necessary: ({ premises, degreeWithout }, w) =>
    `Without ${cited(premises, w)}, the degree would be ${w.degree(degreeWithout)}.`,
  notNecessary: ({ premises }, w) =>
    `Without ${cited(premises, w)}, the degree would be the same: others would make up for it.`,
  justification: ({ rules }, { quote, quoteAll, list }) =>
    `Enough for this degree: ${list(rules.map(({ rule, statements }) => `rule ${quote(rule)} with ${quoteAll(statements)}`))}.`,
  share: ({ rule, term, share, conclusion, unit }, w) =>
    conclusion === undefined
      ? `Rule ${w.quote(rule)} concludes ${w.quote(term)} and has a share of ${w.degree(share)} in the value.`
      : `Rule ${w.quote(rule)} concludes ${w.quote(term)}, here ${w.value(conclusion, unit)}, and has a share of ${w.degree(share)} in the value.`,
  contribution: ({ rule, value, valueWithout, unit }, w) =>
    `Without rule ${w.quote(rule)}, the value would be ${w.value(valueWithout, unit, value)}.`,
  contributionNone: ({ rule }, { quote }) => `Without rule ${quote(rule)}, the value would be the same.`,
  contributionAll: ({ rule, output }, { quote }) =>
    `Without rule ${quote(rule)}, no rule would fire for ${quote(output)}.`,
  contributionNoValue: ({ rule, output }, { quote }) =>
    `Without rule ${quote(rule)}, ${quote(output)} would have no value.`,
  ruleLeftOut: ({ rule, outcome, activation, weight, block, antecedentDegree }, w) => {
    const name = w.quote(rule);
    switch (outcome) {
      case 'rule-disabled':
        return `Rule ${name} is disabled.`;
      case 'block-disabled':
        return `Rule ${name} stands in the block ${w.quote(block)}, which is disabled.`;
      case 'unknown-premise':
        return `Rule ${name} asks for what is not known.`;
      case 'unknown-block':
        return `Rule ${name} is chosen against rules of the block ${w.quote(block)} of which one is not known.`;
      case 'weight':
        return `The premises of rule ${name} hold to ${w.degree(antecedentDegree ?? 0)}; its weight of ${w.degree(weight)} keeps it from firing.`;
      default:
        return `The premises of rule ${name} hold to ${w.degree(antecedentDegree ?? 0)}; the activation ${w.quote(activation)} of the block ${w.quote(block)} leaves it out.`;
    }
  },
  unexpectedRule: ({ rule, degree }, w) =>
    `The premises of rule ${w.quote(rule)} hold to the degree ${w.degree(degree)}; it plays no part in this result.`,
  unexpectedPremise: ({ statement, rule, degree }, w) =>
    `${w.quote(statement)}, which rule ${w.quote(rule)} asks, holds to the degree ${w.degree(degree)}; it plays no part in this result.`,
  changeTerms: ({ output, change, strongest }, w) =>
    `If ${w.quote(change.input)} were ${w.given(change.to, change.unit, change.from)} instead of ${w.given(change.from, change.unit, change.to)} and all else the same, the rules would conclude for ${w.quote(output)} most of all ${w.quoteAll(strongest)}.`,
  changeValue: ({ output, change, value, threshold, unit }, w) =>
    value < threshold
      ? `If ${w.quote(change.input)} were ${w.given(change.to, change.unit, change.from)} instead of ${w.given(change.from, change.unit, change.to)} and all else the same, ${w.quote(output)} would be ${w.value(value, unit, threshold)}, below ${w.given(threshold, unit, value)}.`
      : `If ${w.quote(change.input)} were ${w.given(change.to, change.unit, change.from)} instead of ${w.given(change.from, change.unit, change.to)} and all else the same, ${w.quote(output)} would be ${w.value(value, unit, threshold)}, at or above ${w.given(threshold, unit, value)}.`,
  changeNone: ({ output }, { quote }) =>
    `No single input, of the values that were tried, changes the result for ${quote(output)} as asked.`,
  changeAlready: ({ output, term }, { quote }) =>
    `The rules conclude for ${quote(output)} most of all ${quote(term)} already.`,
  changeUnknown: ({ output }, { quote }) => `For ${quote(output)}, there is no result from which a change could start.`,
  searched: ({ input, unit, searched }, w) =>
    searched.kind === 'values'
      ? `${w.quote(input)} was tried at its other possible values only.`
      : `${w.quote(input)} was tried from ${w.given(searched.low)} to ${w.given(searched.high, unit)}, at the corners of its terms and in steps of ${w.given(searched.grid, unit)}; a change is the smallest up to ${w.given(searched.resolution, unit)}.`,
  notVaried: ({ input, because }, { quote }) => {
    switch (because) {
      case 'fixed':
        return `${quote(input)} was held as it is, as asked.`;
      case 'disabled':
        return `${quote(input)} was held as it is: it is disabled.`;
      case 'given-as-degrees':
        return `${quote(input)} was held as it is: it was given as degrees.`;
      default:
        return `${quote(input)} was held as it is: it has no usable value.`;
    }
  },
};

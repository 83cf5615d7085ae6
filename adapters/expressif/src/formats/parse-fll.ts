import { isSNorm, isTNorm, sNorms, tNorms } from '../fuzzy/norms.js';
import type {
  Activation,
  Defuzzifier,
  InputVariable,
  KnowledgeBase,
  OutputVariable,
  Rule,
  RuleBlock,
  Term,
} from '../knowledge-base.js';
import { malformed, type Position } from '../rule-errors.js';
import { parseActivation, parseDefuzzifier } from './fll-operators.js';
import { parseNumber } from './parse-number.js';
import { parseRule } from './parse-rule.js';
import { parseTerm } from './parse-term.js';
import { checkLength } from './text-limit.js';

type Line = Position & { readonly key: string; readonly value: string; readonly valueAt: Position };

/** A heading ("InputVariable: x") with the lines that belong to it. */
type Section = { readonly heading: Line; readonly lines: readonly Line[] };

const HEADINGS = ['Engine', 'InputVariable', 'OutputVariable', 'RuleBlock'];

/**
 * Reads a rule base in the FuzzyLite language (FLL) of fuzzylite 6. Rules are cited by the number of their
 * block and their number in it, such as "1.3".
 *
 * @throws DH_RULES_MALFORMED naming line and column
 */
export function parseFll(text: string): KnowledgeBase {
  checkLength(text);
  const [engine, ...sections] = toSections(text);
  if (engine?.heading.key !== 'Engine') {
    throw malformed('a rule base begins with "Engine:"', engine?.heading ?? { line: 1, column: 1 });
  }
  for (const { key, line, column } of engine.lines) {
    if (key !== 'description') throw malformed(`"${key}" is no property of an engine`, { line, column });
  }
  const again = sections.find(({ heading }) => heading.key === 'Engine');
  if (again !== undefined) throw malformed('a file holds one engine, and here a second begins', again.heading);
  const ofKind = (kind: string): Section[] => sections.filter(({ heading }) => heading.key === kind);
  return {
    name: engine.heading.value,
    inputs: ofKind('InputVariable').map(toInput),
    outputs: ofKind('OutputVariable').map(toOutput),
    ruleBlocks: ofKind('RuleBlock').map(toRuleBlock),
  };
}

function toSections(text: string): Section[] {
  const sections: { heading: Line; lines: Line[] }[] = [];
  for (const line of toLines(text)) {
    const section = sections.at(-1);
    if (HEADINGS.includes(line.key)) sections.push({ heading: line, lines: [] });
    else if (section === undefined) throw malformed('a rule base begins with "Engine:"', line);
    else section.lines.push(line);
  }
  return sections;
}

function* toLines(text: string): Generator<Line> {
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const content = raw.replace(/#.*$/, '');
    if (content.trim() === '') continue;
    const at = { line: index + 1, column: content.search(/\S/) + 1 };
    const colon = content.indexOf(':');
    if (colon === -1) throw malformed('expected "key: value"', at);
    const after = content.slice(colon + 1);
    const gap = after.length - after.trimStart().length;
    yield {
      ...at,
      key: content.slice(0, colon).trim(),
      value: after.trim(),
      valueAt: { line: at.line, column: colon + 2 + gap },
    };
  }
}

/** The lines of a section by their keys. */
class Properties {
  readonly #byKey = new Map<string, Line[]>();
  readonly #heading: Line;

  constructor({ heading, lines }: Section, single: readonly string[], repeated: readonly string[]) {
    this.#heading = heading;
    for (const line of lines) {
      const earlier = this.#byKey.get(line.key) ?? [];
      if (![...single, ...repeated, 'description'].includes(line.key)) {
        throw malformed(`"${line.key}" is no property of ${heading.key}`, line);
      }
      if (earlier.length > 0 && !repeated.includes(line.key)) {
        throw malformed(`"${line.key}" stands twice, first in line ${(earlier[0] as Line).line}`, line);
      }
      if (earlier.length === 0) this.#byKey.set(line.key, [line]);
      else earlier.push(line);
    }
  }

  all(key: string): readonly Line[] {
    return this.#byKey.get(key) ?? [];
  }

  get<T>(key: string, absent: T, read: (value: string, at: Position) => T): T {
    const line = this.#byKey.get(key)?.[0];
    return line === undefined ? absent : read(line.value, line.valueAt);
  }

  require<T>(key: string, read: (value: string, at: Position) => T): T {
    const line = this.#byKey.get(key)?.[0];
    if (line === undefined) {
      throw malformed(`"${this.#heading.key}: ${this.#heading.value}" has no "${key}"`, this.#heading);
    }
    return read(line.value, line.valueAt);
  }
}

const VARIABLE_KEYS = ['enabled', 'range', 'lock-range'];

function toInput(section: Section): InputVariable {
  return toVariable(section, new Properties(section, VARIABLE_KEYS, ['term']));
}

function toVariable({ heading }: Section, properties: Properties): InputVariable {
  return {
    name: toName(heading.value, heading.valueAt),
    enabled: properties.get('enabled', true, toBoolean),
    range: properties.get('range', [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], toRange),
    lockRange: properties.get('lock-range', false, toBoolean),
    terms: toTerms(properties),
  };
}

function toOutput(section: Section): OutputVariable {
  const properties = new Properties(
    section,
    [...VARIABLE_KEYS, 'aggregation', 'defuzzifier', 'default', 'lock-previous'],
    ['term'],
  );
  return {
    ...toVariable(section, properties),
    aggregation: properties.get('aggregation', undefined, toOperator(isSNorm, Object.keys(sNorms))),
    defuzzifier: properties.get<Defuzzifier | undefined>('defuzzifier', undefined, parseDefuzzifier),
    default: properties.get('default', Number.NaN, parseNumber),
    lockPrevious: properties.get('lock-previous', false, toBoolean),
  };
}

function toRuleBlock(section: Section, index: number): RuleBlock {
  const properties = new Properties(
    section,
    ['enabled', 'conjunction', 'disjunction', 'implication', 'activation'],
    ['rule'],
  );
  const tNorm = toOperator(isTNorm, Object.keys(tNorms));
  return {
    name: section.heading.value,
    enabled: properties.get('enabled', true, toBoolean),
    conjunction: properties.get('conjunction', undefined, tNorm),
    disjunction: properties.get('disjunction', undefined, toOperator(isSNorm, Object.keys(sNorms))),
    implication: properties.get('implication', undefined, tNorm),
    activation: properties.get<Activation>('activation', { name: 'General' }, parseActivation),
    rules: properties
      .all('rule')
      .map(({ value, valueAt }, number): Rule => parseRule(value, valueAt, `${index + 1}.${number + 1}`)),
  };
}

function toTerms(properties: Properties): Term[] {
  const seen = new Map<string, number>();
  return properties.all('term').map(({ value, valueAt }) => {
    const term = parseTerm(value, valueAt);
    const earlier = seen.get(term.name);
    if (earlier !== undefined) throw malformed(`the term "${term.name}" stands in line ${earlier} already`, valueAt);
    seen.set(term.name, valueAt.line);
    return term;
  });
}

function toName(value: string, at: Position): string {
  if (!/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(value)) {
    throw malformed('expected a name of letters, digits, "_", "." and "-" that begins with a letter', at);
  }
  return value;
}

function toBoolean(value: string, at: Position): boolean {
  if (value !== 'true' && value !== 'false') throw malformed(`expected "true" or "false", got "${value}"`, at);
  return value === 'true';
}

function toRange(value: string, at: Position): readonly [number, number] {
  const [low, high, ...rest] = value.split(/\s+/).map((word) => parseNumber(word, at));
  if (low === undefined || high === undefined || rest.length > 0 || !(low <= high)) {
    throw malformed(`expected a lowest and a highest value, got "${value}"`, at);
  }
  return [low, high];
}

/** `none` stands for no operator. */
function toOperator<Name extends string>(isName: (name: string) => name is Name, known: readonly string[]) {
  return (value: string, at: Position): Name | undefined => {
    if (value === 'none' || value === '') return undefined;
    if (!isName(value)) throw malformed(`expected one of ${known.join(', ')} or none, got "${value}"`, at);
    return value;
  };
}

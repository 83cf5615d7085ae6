import { describe, expect, it } from 'vitest';
import {
  compileRuleBase,
  type Explanation,
  type ExplanationLanguage,
  explain,
  explanationLines,
  explanationText,
  type KnowledgeBase,
  traceEvaluation,
} from '../src/index.js';
import { must } from './explanation-checks.js';
import { type RandomCase, randomCases } from './random-cases.js';
import { Draw } from './random-rule-bases.js';

const SOURCE = {
  model: { name: 'heart-disease-risk', version: '1.0.0', packageSha256: 'a'.repeat(64) },
  inputSha256: 'b'.repeat(64),
};

/** With all that an explanation may hold. */
function explainAll({ knowledgeBase, compiled, trace }: RandomCase): Explanation {
  const output = knowledgeBase.outputs.at(-1)?.name ?? '';
  const isDetailed = trace.evaluation.outputs.get(output)?.status === 'determinate';
  return explain(compiled, trace, {
    units: { in0: 'mmol/L', in1: '%', out0: 'points' },
    sources: { in1: SOURCE },
    contrasts: isDetailed ? [{ output }, { output, goal: { threshold: 4.5 } }] : [],
  });
}

const quoted: Readonly<Record<ExplanationLanguage, RegExp>> = { en: /“([^”]*)”/g, fr: /«\u00a0([^»]*)\u00a0»/g };
const namesIn = (line: string, language: ExplanationLanguage): string[] =>
  [...line.matchAll(quoted[language])].map((match) => match[1] as string);

/** The numbers of a line outside of names, and of the model's version. */
const numbersIn = (line: string, language: ExplanationLanguage): number[] =>
  (
    line
      .replaceAll(quoted[language], '')
      .replaceAll('1.0.0', '')
      .match(/-?\d+(?:[.,]\d+)?/g) ?? []
  ).map((number) => Number(number.replace(',', '.')));

function* leavesOf(tree: unknown): Generator<unknown> {
  if (typeof tree === 'object' && tree !== null) for (const part of Object.values(tree)) yield* leavesOf(part);
  else yield tree;
}

describe('the text of an explanation', () => {
  it('holds no number and no name that the tree does not, and the same ones in both languages', () => {
    let lines = 0;
    for (const random of randomCases(40, 2, 5)) {
      const explanation = explainAll(random);
      const leaves = [...leavesOf(explanation)];
      const numbers = leaves.filter((leaf): leaf is number => typeof leaf === 'number');
      const isSaid = new Set(leaves.filter((leaf): leaf is string => typeof leaf === 'string'));
      const en = explanationLines(explanation, 'en');
      const fr = explanationLines(explanation, 'fr');
      must(en.length === fr.length, `${random.where}: the languages differ in length`);
      for (const [index, line] of en.entries()) {
        lines += 1;
        const where = `${random.where}: ${line} | ${fr[index]}`;
        const said = numbersIn(line, 'en');
        for (const number of said) {
          // Shown with at least three digits or decimals.
          const isKnown = numbers.some((one) => Math.abs(one - number) <= Math.max(0.00051, Math.abs(one) * 5e-4));
          must(isKnown, `${where}: ${number} is nowhere`);
        }
        for (const name of namesIn(line, 'en')) {
          // Several hedges are said together.
          must(isSaid.has(name) || name.split(' ').every((word) => isSaid.has(word)), `${where}: ${name} is nowhere`);
        }
        const other = fr[index] as string;
        must(`${said}` === `${numbersIn(other, 'fr')}`, `${where}: other numbers`);
        must(`${namesIn(line, 'en').sort()}` === `${namesIn(other, 'fr').sort()}`, `${where}: other names`);
        must(!/[a-zé] [:;»]|« | »/.test(other), `${where}: a space that breaks`);
        must(!/undefined|NaN|null|\[object/.test(line + other), `${where}: a value is missing`);
      }
    }
    expect(lines).toBeGreaterThan(1_000);
  });

  it('says every rule that fired, and what stands behind an input', () => {
    for (const random of randomCases(20, 2, 6)) {
      const explanation = explainAll(random);
      const text = explanationText(explanation, 'en');
      for (const output of explanation.outputs) {
        for (const { rule } of output.contributions) must(text.includes(`“${rule}”`), `${random.where}: ${rule}`);
        for (const { decidedBy } of output.conclusions) {
          for (const id of decidedBy.rules) {
            const rule = explanation.rules.find((one) => one.rule === id);
            must(rule !== undefined && text.includes(rule.text), `${random.where}: the words of ${id}`);
          }
        }
      }
      const isBehind = /^(“in1” is -?\d|That “in1” is “[^”]*” was given)/m.test(text);
      must(!isBehind || text.includes('by model heart-disease-risk 1.0.0'), `${random.where}: the model`);
    }
  });

  it('is the same text with other names, whatever characters they have, but for what plain text cannot hold', () => {
    const draw = new Draw(7);
    for (const random of randomCases(50, 2, 7)) {
      const rename = oddNames(draw);
      const odd = renamed(random.knowledgeBase, rename);
      const values = Object.fromEntries(
        Object.entries(random.values).map(([name, value]) => [
          rename(name),
          typeof value === 'object'
            ? { degrees: Object.fromEntries(Object.entries(value.degrees).map(([term, one]) => [rename(term), one])) }
            : value,
        ]),
      );
      const compiled = compileRuleBase(odd);
      const oddExplanation = explain(compiled, traceEvaluation(compiled, values));
      const plain = explain(random.compiled, traceEvaluation(random.compiled, random.values));
      for (const language of ['en', 'fr'] as const) {
        const text = explanationText(oddExplanation, language);
        const safe = (name: string): string =>
          rename(name).replaceAll(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202e\ud800]/g, '\ufffd');
        const expected = explanationText(plain, language).replaceAll(
          /\b(?:in\d|out\d|middle|[tc]\d|(?:first|main|more)\.\d|first|main|more|random)\b/g,
          (name, at: number, whole: string) => (isQuoted(whole, at) ? safe(name) : name),
        );
        must(text === expected, `${random.where}: ${firstDifference(text, expected)}`);
        must(!/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]/.test(text), `${random.where}: a control character`);
        must(text.split('\n').length === explanationLines(plain, language).length, `${random.where}: another line`);
      }
    }
  });
});

/** Whether a place of a text lies in quotation marks: elsewhere, a name is a word of a phrase. */
const isQuoted = (text: string, at: number): boolean => {
  const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
  return (line.match(/[“«]/g) ?? []).length > (line.match(/[”»]/g) ?? []).length;
};

function firstDifference(a: string, b: string): string {
  const lines = a.split('\n');
  const others = b.split('\n');
  const index = lines.findIndex((line, i) => line !== others[i]);
  return `${JSON.stringify(lines[index])} and ${JSON.stringify(others[index])}`;
}

/** One odd name for each plain one, no two of them alike. */
function oddNames(draw: Draw): (name: string) => string {
  const letters = [
    'a',
    'é',
    '漢',
    '😀',
    ' ',
    '\n',
    '\r',
    '\0',
    '\u2028',
    '\u202e',
    '\ud800',
    '"',
    '<',
    '&',
    '*',
    '\\',
    '__proto__',
    '%s',
    '$&',
  ];
  const names = new Map<string, string>();
  return (name) => {
    const odd =
      names.get(name) ?? `${Array.from({ length: draw.count(0, 4) }, () => draw.of(letters)).join('')}q${names.size}`;
    names.set(name, odd);
    return odd;
  };
}

function renamed(knowledgeBase: KnowledgeBase, rename: (name: string) => string): KnowledgeBase {
  const walk = (part: unknown, key: string): unknown => {
    if (typeof part === 'string') return ['name', 'variable', 'term', 'id'].includes(key) ? rename(part) : part;
    if (Array.isArray(part)) return part.map((one) => walk(one, ''));
    if (typeof part !== 'object' || part === null) return part;
    const isNamed = !('threshold' in part || 'count' in part || 'method' in part || 'resolution' in part);
    return Object.fromEntries(
      Object.entries(part).map(([name, value]) => [
        name,
        name === 'activation' || !isNamed ? value : walk(value, name),
      ]),
    );
  };
  return walk(knowledgeBase, '') as KnowledgeBase;
}

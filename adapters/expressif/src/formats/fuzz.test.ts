import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { VITALS, vitals, vitalsText } from '../testing/vitals.js';
import { type KnowledgeBaseFormat, readKnowledgeBase, writeKnowledgeBase } from './knowledge-base-format.js';

const USUAL = 80;

const SUGENO = vitalsText(
  ['defuzzifier: Centroid 100', 'defuzzifier: WeightedAverage TakagiSugeno'],
  ['aggregation: Maximum', 'aggregation: none'],
  ['small Triangle 0 20 40', 'small Function lactate * lactate + 1'],
  ['large Triangle 60 80 100', 'large Constant 80'],
  ['implication: Minimum', 'implication: none'],
);

/** Each format by the text that its writer makes, and one with other constructs. */
const CORPUS: Readonly<Record<KnowledgeBaseFormat, readonly string[]>> = {
  fll: [VITALS, SUGENO, writeKnowledgeBase(vitals(['Ramp 2 1', 'Discrete 0 1 2 0.5 4 0']), 'fll').text],
  fcl: [writeKnowledgeBase(vitals(), 'fcl').text, writeKnowledgeBase(vitals(), 'fcl', { dialect: 'fuzzylite' }).text],
  fml: [writeKnowledgeBase(vitals(), 'fml').text],
};

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof DeepHealthError && thrown.code.startsWith('DH_RULES_');

it.each(['fll', 'fcl', 'fml'] as const)(
  'a broken text in %s is a rule base or refused by name',
  {
    timeout: fuzzTimeoutMs(USUAL),
  },
  async (format) => {
    const { inputs, refused } = await fuzzParser({
      ...{ parser: `rules in ${format.toUpperCase()}`, seed: 920, usual: USUAL, isRefusal },
      corpus: CORPUS[format].map((text) => Buffer.from(text)),
      read(bytes) {
        const { knowledgeBase } = readKnowledgeBase(bytes.toString(), format);
        const { outputs } = createEngine(knowledgeBase).evaluate({ lactate: 2, map: 70 });
        for (const output of outputs.values()) {
          if (output.status === 'determinate') expect(output.value).toSatisfy(Number.isFinite);
        }
      },
    });
    expect(refused).toBeGreaterThan(inputs / 5);
  },
);

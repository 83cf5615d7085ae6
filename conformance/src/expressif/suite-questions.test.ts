import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BAD_QUESTIONS, baseOf } from './bad-questions.js';
import { schemaFault } from './decision.js';
import { ENGINE_RULES } from './engine-rules.js';
import { expressifModels, oracleRules, placedBases, ruleBase } from './expressif-models.js';
import { premisesOf, rulesOf } from './oracle/read-rules.js';
import { numberQuestions, usual } from './suite-questions.js';
import { UNKNOWN_QUESTIONS } from './unknown-questions.js';
import { writeExpressifFolder } from './write-expressif-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the rule bases of the suite', () => {
  it('have each its id, and ask only for what is bound', () => {
    const bases = placedBases();
    expect(new Set(bases.map(({ id }) => id)).size).toBe(bases.length);
    for (const base of bases) {
      const { inputs, outputs, ...rules } = oracleRules(base);
      const names = inputs.map(({ name }) => name);
      expect(Object.keys(base.bound.variables).sort()).toEqual([...names].sort());
      const known = [...names, ...outputs.map(({ name }) => name)];
      const all = rulesOf({ inputs, outputs, ...rules });
      const asked = all.flatMap(({ antecedent }) => premisesOf(antecedent)).map(({ variable }) => variable);
      expect([...new Set(asked)].filter((name) => !known.includes(name))).toEqual([]);
    }
    expect(() => ruleBase('none')).toThrow(RangeError);
  });

  it('are written as the same bytes each time, at most sixteen to a package', () => {
    const [first, second] = ['a', 'b'].map((name) => writeExpressifFolder(join(folder, name)));
    const digests = (written = first) => written?.models.map(({ packageSha256 }) => packageSha256);
    expect(digests(second)).toEqual(digests(first));
    expect(first?.models).toHaveLength(expressifModels().length);
    for (const { folder: place } of first?.models ?? []) {
      const { ruleBases } = JSON.parse(readFileSync(join(place, 'bindings', 'expressif.json'), 'utf8'));
      expect(ruleBases.length).toBeLessThanOrEqual(16);
    }
  });
});

describe('the questions of the suite', () => {
  it('keep the schema where they are right', () => {
    const right = [
      ...Object.keys(ENGINE_RULES).flatMap(numberQuestions),
      ...Object.values(UNKNOWN_QUESTIONS).map(({ question }) => question),
      ...placedBases().map(({ model }) => usual(model)),
    ];
    expect(right.map((question) => schemaFault('question', question)).filter(Boolean)).toEqual([]);
  });

  it('go to rule bases that are there where they are not', () => {
    for (const bad of Object.values(BAD_QUESTIONS)) {
      expect(baseOf(bad).id).toContain(bad.base);
      expect(bad.refused.every((one) => /^[A-Z_]+ \/ [A-Z_]+$/.test(one))).toBe(true);
    }
  });
});

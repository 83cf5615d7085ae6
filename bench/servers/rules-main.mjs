// Our engine for fuzzy rules in a process of its own.
import { createEngine, evaluateBatch, parseFll } from '@deephealth/adapter-expressif';
import { answerCalls } from '../processes/answer-calls.mjs';

let knowledgeBase;
let engine;
let records;

const valuesOf = ({ outputs }) => [...outputs.values()].map(({ value }) => value ?? Number.NaN);

answerCalls({
  /** Reads a rule base, and rows of its inputs; gives the values of the outputs for each. */
  open({ fll, rows }) {
    knowledgeBase = parseFll(fll);
    engine = createEngine(knowledgeBase, { outOfRange: 'extend' });
    const names = knowledgeBase.inputs.map(({ name }) => name);
    records = rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
    return records.map((record) => valuesOf(engine.evaluate(record)));
  },

  /** Seconds for an evaluation, over all rows until so many seconds have passed. */
  evaluate({ seconds }) {
    const started = performance.now();
    let count = 0;
    do {
      for (const record of records) engine.evaluate(record);
      count += records.length;
    } while (performance.now() - started < seconds * 1000);
    return { perEvaluation: (performance.now() - started) / 1000 / count };
  },

  /** Seconds for all rows as a batch. */
  async batch({ workers }) {
    const started = performance.now();
    await evaluateBatch(knowledgeBase, records, {
      outOfRange: 'extend',
      ...(workers === undefined ? {} : { workers }),
    });
    return { perEvaluation: (performance.now() - started) / 1000 / records.length };
  },
});

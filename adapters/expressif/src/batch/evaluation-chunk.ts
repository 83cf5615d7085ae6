import { type CompiledRule, compileRuleBase, type EngineOptions } from '../engine/compile-rule-base.js';
import type { Evaluation } from '../engine/evaluation.js';
import { createEvaluator } from '../engine/evaluation-run.js';
import type { InputValues } from '../engine/input-value.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { type EncodedOutputs, OutputCodec } from './output-codec.js';
import { decodeRecord, type RecordChunk } from './record-chunk.js';

/** Evaluations of some records as another thread gives them. */
export type EvaluationChunk = {
  /** Of every rule in every evaluation, one evaluation after the other; NaN where a rule's degree is not known. */
  readonly ruleDegrees: Float64Array<ArrayBuffer>;
  readonly outputs: EncodedOutputs;
  /** Of the evaluations that clamp an input, by their places. */
  readonly clamped: ReadonlyMap<number, readonly string[]>;
};

/** Evaluates chunks of records of one rule base, each record by itself. */
export class ChunkEvaluator {
  readonly #knowledgeBase: KnowledgeBase;
  readonly #evaluate: (values: InputValues) => Evaluation;
  readonly #rules: readonly CompiledRule[];
  readonly #codec: OutputCodec;

  /** @throws DH_RULES_INCONSISTENT */
  constructor(knowledgeBase: KnowledgeBase, options: EngineOptions) {
    const compiled = compileRuleBase(knowledgeBase, options);
    this.#knowledgeBase = knowledgeBase;
    this.#evaluate = createEvaluator(compiled);
    this.#rules = compiled.blocks.flatMap(({ rules }) => rules);
    this.#codec = new OutputCodec(knowledgeBase.outputs);
  }

  evaluate(chunk: RecordChunk): Evaluation[] {
    return Array.from({ length: chunk.count }, (_, index) =>
      this.#evaluate(decodeRecord(this.#knowledgeBase, chunk, index)),
    );
  }

  /** Rules are most of an evaluation, and all that is not known of them beforehand are their degrees. */
  encode(evaluations: readonly Evaluation[]): EvaluationChunk {
    const ruleCount = this.#rules.length;
    const ruleDegrees = new Float64Array(evaluations.length * ruleCount);
    for (const [index, { rules }] of evaluations.entries()) {
      for (let i = 0; i < ruleCount; i += 1) ruleDegrees[index * ruleCount + i] = rules[i]?.degree as number;
    }
    const clamped = [...evaluations.entries()].filter(([, each]) => each.clamped.length > 0);
    return {
      ruleDegrees,
      outputs: this.#codec.encode(evaluations.map(({ outputs }) => [...outputs.values()])),
      clamped: new Map(clamped.map(([index, each]) => [index, each.clamped] as const)),
    };
  }

  decode({ ruleDegrees, outputs, clamped }: EvaluationChunk): Evaluation[] {
    const rules = this.#rules;
    return this.#codec.decode(outputs).map((each, index) => ({
      outputs: each,
      rules: rules.map((rule, i) => {
        const degree = ruleDegrees[index * rules.length + i] as number;
        return degree === 0 ? rule.unfired : { rule: rule.id, degree, fired: degree > 0 };
      }),
      clamped: clamped.get(index) ?? [],
    }));
  }
}

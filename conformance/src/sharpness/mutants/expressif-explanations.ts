import type { Question } from '../../expressif/decision.js';
import type { OracleOutput } from '../../expressif/oracle/read-rules.js';
import type { Evaluated, EvaluatedRule, OracleRun } from '../../expressif/oracle/rule-oracle.js';
import type { DecidingPath, ReadExplanation } from '../../expressif/read-explanation.js';
import type { DecisionParts } from '../../reference/expressif/reference-decision.js';
import { type ExplanationParts, ruleId } from '../../reference/expressif/reference-explanation.js';
import type { Language } from '../../reference/expressif/reference-texts.js';
import { type ExpressifMutant, explanations, service, texts } from './expressif-mutant.js';

/** What is said of the reasons. */
export const EXPRESSIF_EXPLANATION_MUTANTS: readonly ExpressifMutant[] = [
  explanations(
    'M-RULE-100',
    'cites a rule that did not fire',
    (E) =>
      class extends E {
        override conclusion(output: OracleOutput, term: string, run: OracleRun) {
          const found = super.conclusion(output, term, run);
          const resting = run.evaluated.find(({ fired }) => !fired);
          if (resting === undefined) return found;
          return { ...found, rules: [...found.rules, { rule: ruleId(resting.rule.number), degree: found.degree }] };
        }
      },
  ),
  explanations(
    'M-RULE-101',
    'lets the highest premise decide a conjunction',
    (E) =>
      class extends E {
        override main(_: 'and' | 'or', sides: readonly DecidingPath[]) {
          return super.main('or', sides);
        }
      },
  ),
  explanations(
    'M-RULE-102',
    'justifies a conclusion by one rule too few',
    (E) =>
      class extends E {
        override justification(rules: readonly EvaluatedRule[], run: OracleRun) {
          return super.justification(rules, run).slice(rules.length > 1 ? 1 : 0);
        }
      },
  ),
  texts(
    'M-RULE-103',
    'says another number in French',
    (T) =>
      class extends T {
        override number(value: number, language: Language) {
          return super.number(language === 'fr' ? value * 1.01 : value, language);
        }
      },
  ),
  texts(
    'M-RULE-104',
    'names no rules in its texts',
    (T) =>
      class extends T {
        override text(explanation: ReadExplanation, evaluated: Evaluated, language: Language) {
          return super
            .text(explanation, evaluated, language)
            .replace(/R\d+/g, language === 'fr' ? 'une règle' : 'a rule');
        }
      },
  ),
  service(
    'M-RULE-105',
    'explains to whom wants no explanation',
    (S) =>
      class extends S {
        override reasons({ explain: _, ...question }: Question, parts: DecisionParts) {
          return super.reasons(question, parts);
        }
      },
  ),
  service(
    'M-RULE-106',
    'explains in English alone',
    (S) =>
      class extends S {
        override reasons({ languages: _, ...question }: Question, parts: DecisionParts) {
          return super.reasons(question, parts);
        }
      },
  ),
  explanations(
    'M-RULE-107',
    'keeps to itself which answer gave a premise',
    (E) =>
      class extends E {
        override sourceOf() {
          return {};
        }
      },
  ),
  explanations(
    'M-RULE-108',
    'says that it waits for another input',
    (E) =>
      class extends E {
        override output(output: OracleOutput, run: OracleRun, parts: ExplanationParts) {
          const found = super.output(output, run, parts);
          const [{ name } = { name: '' }] = run.rules.inputs.toReversed();
          const other = found.wants?.map((want) => ({
            ...want,
            input: { name: want.input.name === name ? (run.rules.inputs[0]?.name ?? '') : name },
          }));
          return { ...found, ...(other !== undefined && { wants: other }) };
        }
      },
  ),
  explanations(
    'M-RULE-109',
    'leaves out a rule that fired',
    (E) =>
      class extends E {
        override told(evaluated: Evaluated) {
          return super.told(evaluated).slice(1);
        }
      },
  ),
  explanations(
    'M-RULE-111',
    'justifies every rule by its first premise',
    (E) =>
      class extends E {
        override justification(rules: readonly EvaluatedRule[], run: OracleRun) {
          return super.justification(rules, run).map((one) => ({ ...one, premises: [1] }));
        }
      },
  ),
];

import { DeepHealthError } from '@deephealth/sdk';
import { createEngine, type Engine } from '../engine/create-engine.js';
import type { Evaluation } from '../engine/evaluation.js';
import type { InputValues } from '../engine/input-value.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { activeRulesOf } from '../lint/active-rules.js';
import { inputsOfOutputs } from '../lint/inputs-of-outputs.js';
import { type PagePhrases, phrasesFor } from './page-phrases.js';
import type { GridRequest } from './response-grid.js';

/** What the parts of a page are made of. */
export type PageSubject = {
  readonly knowledgeBase: KnowledgeBase;
  /** Absent where the rule base cannot be evaluated as it stands. */
  readonly engine: Engine | undefined;
  readonly values: InputValues;
  readonly evaluation: Evaluation | undefined;
  readonly explanationText: string | undefined;
  readonly grid: GridRequest | undefined;
  readonly language: string;
  readonly phrases: PagePhrases;
};

/** What a page shows of a rule base beyond the rules. */
export type SubjectOptions = {
  readonly values?: InputValues | undefined;
  readonly evaluation?: Evaluation | undefined;
  readonly explanationText?: string | undefined;
  readonly surface?: GridRequest | undefined;
  readonly language?: string | undefined;
};

export function subjectOf(
  knowledgeBase: KnowledgeBase,
  engine: Engine | undefined,
  options: SubjectOptions,
): PageSubject {
  const { values, explanationText } = options;
  const language = localeOf(options.language ?? 'en');
  return {
    knowledgeBase,
    engine,
    values: values ?? {},
    evaluation: options.evaluation ?? (values === undefined ? undefined : engine?.evaluate(values)),
    explanationText,
    grid: options.surface ?? defaultGrid(knowledgeBase),
    language,
    phrases: phrasesFor(language),
  };
}

/** A language as it may come from a request: one that is none is read as English. */
function localeOf(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

/** An engine, or none where the rules are inconsistent: then a page shows them and why. */
export function engineOf(knowledgeBase: KnowledgeBase): Engine | undefined {
  try {
    return createEngine(knowledgeBase);
  } catch (error) {
    if (error instanceof DeepHealthError) return undefined;
    throw error;
  }
}

/** The first output that rules conclude, over the first inputs that it depends on. */
function defaultGrid(knowledgeBase: KnowledgeBase): GridRequest | undefined {
  const inputs = inputsOfOutputs(knowledgeBase, activeRulesOf(knowledgeBase));
  for (const { name, enabled } of knowledgeBase.outputs) {
    const [x, y] = knowledgeBase.inputs.filter((input) => inputs.get(name)?.has(input.name) === true);
    if (enabled && x !== undefined) return { output: name, x: x.name, y: y?.name };
  }
  return undefined;
}

import { DeepHealthError } from '@deephealth/sdk';
import type { Engine } from '../engine/create-engine.js';
import type { Evaluation, OutputEvaluation, RuleEvaluation } from '../engine/evaluation.js';
import type { InputValues } from '../engine/input-value.js';
import { subjectOf } from './page-subject.js';
import type { GridRequest } from './response-grid.js';
import { partsOf } from './rule-page.js';

/** What a rule page is answered with, as JSON. */
export type RulePageAnswer = {
  /** As in an evaluation, degrees by their terms. */
  readonly outputs: readonly (Omit<OutputEvaluation, 'degrees'> & {
    readonly degrees: Readonly<Record<string, number>>;
  })[];
  /** The degree is null where a premise is not known: JSON has no NaN. */
  readonly rules: readonly (Omit<RuleEvaluation, 'degree'> & { readonly degree: number | null })[];
  readonly clamped: readonly string[];
  /** The HTML of each part of the page that these values change, by its id. */
  readonly parts: Readonly<Record<string, string>>;
};

export type RulePageAnswerOptions = {
  /** Must be that of the page. @defaultValue 'en' */
  readonly language?: string;
  /** What the page says below the results. */
  readonly explain?: (evaluation: Evaluation, values: InputValues) => string;
};

/**
 * Answers what a rule page sends: `{values, surface?}`, where `values` are numbers by the names of inputs (those that are
 * left out or null are missing) and `surface` is `{output, x, y?}`. For its plots an answer evaluates the rules up to 1,800
 * times, a second of one core at most: whoever serves it limits who may ask, and how often.
 *
 * @param body the parsed JSON of the request; it may hold anything
 * @throws DH_REQUEST_MALFORMED, DH_INPUT_UNKNOWN, DH_OUTPUT_UNKNOWN
 */
export function answerRulePage(engine: Engine, body: unknown, options: RulePageAnswerOptions = {}): RulePageAnswer {
  const { language, explain } = options;
  const values = valuesOf(engine, body);
  const evaluation = engine.evaluate(values);
  const subject = subjectOf(engine.knowledgeBase, engine, {
    values,
    evaluation,
    surface: surfaceOf(engine, body),
    language,
    explanationText: explain?.(evaluation, values),
  });
  return {
    outputs: [...evaluation.outputs.values()].map((output) => ({
      ...output,
      degrees: Object.fromEntries(output.degrees),
    })),
    rules: evaluation.rules.map((rule) => ({ ...rule, degree: Number.isNaN(rule.degree) ? null : rule.degree })),
    clamped: evaluation.clamped,
    parts: partsOf(subject),
  };
}

function valuesOf({ knowledgeBase }: Engine, body: unknown): InputValues {
  const values = isRecord(body) ? body.values : undefined;
  if (!isRecord(values)) throw malformedRequest('values');
  for (const [name, value] of Object.entries(values)) {
    if (!knowledgeBase.inputs.some((input) => input.name === name)) throw unknown('DH_INPUT_UNKNOWN', 'input');
    if (typeof value !== 'number' && value !== null) throw malformedRequest('values');
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? value : undefined]),
  );
}

function surfaceOf({ knowledgeBase: { inputs, outputs } }: Engine, body: unknown): GridRequest | undefined {
  const surface = isRecord(body) ? body.surface : undefined;
  if (surface === undefined) return undefined;
  if (!isRecord(surface)) throw malformedRequest('surface');
  // Without inputs or outputs there is nothing to choose.
  if (Object.keys(surface).length === 0) return undefined;
  const { output, x, y } = surface;
  if (typeof output !== 'string' || typeof x !== 'string') throw malformedRequest('surface');
  if (y !== undefined && typeof y !== 'string') throw malformedRequest('surface');
  if (!outputs.some(({ name }) => name === output)) throw unknown('DH_OUTPUT_UNKNOWN', 'output');
  for (const name of [x, y ?? x]) {
    if (!inputs.some((input) => input.name === name)) throw unknown('DH_INPUT_UNKNOWN', 'input');
  }
  return { output, x, ...(y !== undefined && y !== x && { y }) };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function malformedRequest(field: string): DeepHealthError {
  return new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    `The field "${field}" of the request is absent or of the wrong form.`,
  );
}

/** Without the name: a caller may have put anything there. */
function unknown(code: 'DH_INPUT_UNKNOWN' | 'DH_OUTPUT_UNKNOWN', what: string): DeepHealthError {
  return new DeepHealthError(code, `The rule base has no ${what} of a name in the request.`);
}

import {
  DeepHealthError,
  type SequenceInputSpec,
  type TokenStep,
  tensorFromValues,
  type Vocabulary,
} from '@deephealth/sdk';
import { checkTokenCount } from '../admission/admit-sequence.js';
import type { SequenceInput } from '../host/model-input.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { PreparationWarning, TokenTensor } from './prepared-tensor.js';

/** Runs of letters, marks and digits; any other character but white space by itself. */
const WORDS = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;
const BETWEEN_WHITESPACE = /\S+/gu;

/** Ids by their tokens; one map for each vocabulary, which live as long as the model. */
const indices = new WeakMap<Vocabulary, ReadonlyMap<string, number>>();

/**
 * A text to tokens to ids, or ids as they were sent; then what is added: [1, tokens].
 *
 * @throws DH_TOKEN_COUNT_MISMATCH for another number of tokens than declared, DH_TOKEN_UNKNOWN for one that
 * the vocabulary lacks; both tell the place, never the token
 */
export function sequenceToPrepared(spec: SequenceInputSpec, vocabulary: Vocabulary, input: SequenceInput): TokenTensor {
  const warnings: PreparationWarning[] = [];
  let ids = input.form === 'ids' ? [...input.ids] : textToIds(spec, vocabulary, input.text, warnings);
  for (const step of spec.steps) {
    if (step.op === 'add_tokens') {
      ids = [
        ...(step.first === undefined ? [] : [idOf(spec, vocabulary, step.first)]),
        ...ids,
        ...(step.last === undefined ? [] : [idOf(spec, vocabulary, step.last)]),
      ];
    }
    if (step.op === 'pad_tokens') {
      ids = [...ids, ...Array<number>(step.length - ids.length).fill(idOf(spec, vocabulary, step.token))];
    }
    if (step.op === 'ids_to_tensor') {
      const tensor = tensorFromValues(step.dataType, [1, ids.length], ids);
      return { ...tensor, ...(warnings.length === 0 ? {} : { warnings }) };
    }
  }
  throw manifestInvalid(`${spec.name}/steps`, 'lack ids_to_tensor. Add it.');
}

function textToIds(
  spec: SequenceInputSpec,
  vocabulary: Vocabulary,
  text: string,
  warnings: PreparationWarning[],
): number[] {
  const split = stepOf(spec, 'split_text');
  const { unknown } = stepOf(spec, 'tokens_to_ids');
  const tokens = (split.lowerCase ? text.toLowerCase() : text).match(
    split.pieces === 'words' ? WORDS : BETWEEN_WHITESPACE,
  );
  checkTokenCount(spec, tokens?.length ?? 0);
  const known = indexOf(vocabulary);
  const replacement = unknown === 'refuse' ? undefined : idOf(spec, vocabulary, unknown.token);
  let replaced = 0;
  const ids = (tokens ?? []).map((token, index) => {
    const id = known.get(token);
    if (id !== undefined) return id;
    if (replacement === undefined) {
      throw new DeepHealthError(
        'DH_TOKEN_UNKNOWN',
        `Input "${spec.name}": the vocabulary lacks token ${index + 1}, and the model takes no others.`,
        { details: { input: spec.name, index: String(index) } },
      );
    }
    replaced++;
    return replacement;
  });
  if (replaced > 0) {
    warnings.push({
      kind: 'WARNING_KIND_IMPUTED',
      field: spec.name,
      message: `The vocabulary lacks ${replaced} of ${ids.length} tokens; the model's recorded replacement was used for them.`,
    });
  }
  return ids;
}

function stepOf<Op extends TokenStep['op']>(spec: SequenceInputSpec, op: Op): Extract<TokenStep, { op: Op }> {
  const step = spec.steps.find((candidate): candidate is Extract<TokenStep, { op: Op }> => candidate.op === op);
  if (step === undefined) throw manifestInvalid(`${spec.name}/steps`, `lack ${op}. Add it.`);
  return step;
}

/** Tokens that the steps of an input name. */
export function namedTokens({ steps }: SequenceInputSpec): string[] {
  return steps.flatMap((step) => {
    if (step.op === 'tokens_to_ids') return step.unknown === 'refuse' ? [] : [step.unknown.token];
    if (step.op === 'add_tokens') return [step.first, step.last].filter((token) => token !== undefined);
    return step.op === 'pad_tokens' ? [step.token] : [];
  });
}

/** Id of a token that the manifest names. Throws DH_MANIFEST_INVALID if the vocabulary lacks it. */
export function idOf(spec: SequenceInputSpec, vocabulary: Vocabulary, token: string): number {
  const id = indexOf(vocabulary).get(token);
  if (id !== undefined) return id;
  throw manifestInvalid(`${spec.name}/steps`, `name the token "${token}", which "${spec.vocabulary.file}" lacks.`);
}

function indexOf(vocabulary: Vocabulary): ReadonlyMap<string, number> {
  let index = indices.get(vocabulary);
  if (index === undefined) {
    index = new Map(vocabulary.map((token, id) => [token, id]));
    indices.set(vocabulary, index);
  }
  return index;
}

import type { SequenceInputSpec, TextOutputSpec, TokenStep } from './token-spec.js';

type Say = (field: string, sentence: string) => void;

const ORDER: readonly TokenStep['op'][] = ['split_text', 'tokens_to_ids', 'add_tokens', 'pad_tokens', 'ids_to_tensor'];

/** FP32 holds every whole number up to there. */
const FP32_WHOLE = 2 ** 24;

/** What a schema cannot say of a text or token input. */
export function sequenceInputContradictions(input: SequenceInputSpec, field: string, say: Say): void {
  const { tokens, steps, vocabulary } = input;
  if (tokens.minimum > tokens.maximum) say(`${field}/tokens`, 'has a minimum above its maximum. Swap them.');
  const places = steps.map(({ op }) => ORDER.indexOf(op));
  places.forEach((place, index) => {
    const before = places[index - 1] ?? -1;
    if (place <= before)
      say(`${field}/steps/${index}`, `is ${steps[index]?.op} behind ${ORDER[before]}. Move it up, or remove it.`);
  });
  for (const op of ['tokens_to_ids', 'ids_to_tensor'] as const) {
    if (!steps.some((step) => step.op === op)) say(`${field}/steps`, `lack ${op}. Add it.`);
  }
  const added = steps.find((step) => step.op === 'add_tokens');
  const longest = tokens.maximum + Number(added?.first !== undefined) + Number(added?.last !== undefined);
  steps.forEach((step, index) => {
    if (step.op === 'pad_tokens' && step.length < longest) {
      say(`${field}/steps/${index}/length`, `is ${step.length}, less than the ${longest} tokens that there can be.`);
    }
    if (step.op === 'ids_to_tensor' && step.dataType === 'FP32' && vocabulary.size > FP32_WHOLE) {
      say(`${field}/steps/${index}/dataType`, 'is FP32, which does not hold every id of the vocabulary. Use INT64.');
    }
  });
}

export function textContradictions(output: TextOutputSpec, field: string, say: Say): void {
  const { size } = output.vocabulary;
  if (output.endToken >= size)
    say(`${field}/endToken`, `is ${output.endToken}, but the vocabulary has ${size} tokens.`);
  output.omit?.forEach((id, index) => {
    if (id >= size) say(`${field}/omit/${index}`, `is ${id}, but the vocabulary has ${size} tokens.`);
  });
}

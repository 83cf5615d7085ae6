import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type SequenceInputSpec } from '@deephealth/sdk';
import type { SequenceInput } from '../host/model-input.js';

/** A text is split in the host; a longer one than this is none for a model. */
const LONGEST_TEXT_BYTES = 1024 * 1024;

/** Checks what can be checked of a text or of token ids without splitting the text; no message repeats any of it. */
export function admitSequence(spec: SequenceInputSpec, sequence: runtimeV1.Sequence__Output): SequenceInput {
  if (sequence.content === 'text') {
    const text = sequence.text as string;
    if (!spec.steps.some(({ op }) => op === 'split_text')) {
      throw new DeepHealthError('DH_INPUT_KIND_MISMATCH', `Input "${spec.name}" takes token ids, and got a text.`, {
        details: { input: spec.name, expected: 'token ids', received: 'text' },
      });
    }
    if (Buffer.byteLength(text) > LONGEST_TEXT_BYTES) {
      throw tokenCountMismatch(spec, `at most ${LONGEST_TEXT_BYTES} bytes of text`);
    }
    return { kind: 'sequence', form: 'text', text };
  }
  const ids = (sequence.tokens?.ids ?? []).map(Number);
  checkTokenCount(spec, ids.length);
  ids.forEach((id, index) => {
    if (id >= 0 && id < spec.vocabulary.size) return;
    const expected = `0 to ${spec.vocabulary.size - 1}`;
    throw new DeepHealthError(
      'DH_TOKEN_UNKNOWN',
      `Input "${spec.name}": token id ${index + 1} lies outside the vocabulary, ${expected}.`,
      { details: { input: spec.name, index: String(index), expected } },
    );
  });
  return { kind: 'sequence', form: 'ids', ids };
}

/** Throws DH_TOKEN_COUNT_MISMATCH unless so many tokens may be sent. */
export function checkTokenCount(spec: SequenceInputSpec, count: number): void {
  const { minimum, maximum } = spec.tokens;
  if (count >= minimum && count <= maximum) return;
  throw tokenCountMismatch(spec, minimum === maximum ? `${minimum} tokens` : `${minimum} to ${maximum} tokens`, count);
}

function tokenCountMismatch(spec: SequenceInputSpec, expected: string, count?: number): DeepHealthError {
  const received = count === undefined ? undefined : String(count);
  return new DeepHealthError(
    'DH_TOKEN_COUNT_MISMATCH',
    `Input "${spec.name}" must have ${expected}${received === undefined ? '' : `, got ${received}`}.`,
    { details: { input: spec.name, expected, ...(received === undefined ? {} : { received }) } },
  );
}

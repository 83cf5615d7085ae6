import { DeepHealthError } from '../errors/deephealth-error.js';
import type { VocabularySpec } from './token-spec.js';

/** Tokens by their ids. */
export type Vocabulary = readonly string[];

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * The tokens of a vocabulary file: UTF-8, one a line, each once, none empty.
 * Throws DH_MANIFEST_INVALID naming the line, never the token.
 *
 * @param field JSON pointer of the vocabulary in model.json
 */
export function parseVocabulary(bytes: Uint8Array, { file, size }: VocabularySpec, field: string): Vocabulary {
  const refuse = (what: string): never => {
    throw new DeepHealthError('DH_MANIFEST_INVALID', `model.json: Field "${field}" names "${file}", which ${what}`, {
      details: { file, field },
    });
  };
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    refuse('is no UTF-8. Write it again.');
  }
  const tokens = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  const lines = new Map<string, number>();
  tokens.forEach((token, line) => {
    if (token === '') refuse(`has an empty line ${line + 1}. Every line is a token.`);
    if (CONTROL.test(token)) refuse(`has a control character in line ${line + 1}. Lines end with a line feed alone.`);
    const earlier = lines.get(token);
    if (earlier !== undefined) refuse(`has the same token in the lines ${earlier + 1} and ${line + 1}.`);
    lines.set(token, line);
  });
  if (tokens.length !== size) refuse(`has ${tokens.length} tokens, not the ${size} that "size" states.`);
  return tokens;
}

import { type TextOutputSpec, toTypedArray, type Vocabulary } from '@deephealth/sdk';
import type { TextResult, WarningResult } from './finding-result.js';
import { outputInvalid } from './output-invalid.js';
import type { OutputTensor } from './output-tensor.js';

/**
 * A text from token ids: up to the first `endToken`, without the ids that `omit` lists. It always says that
 * a model wrote it, and, where no `endToken` came, that it was cut off.
 *
 * @param tensor INT64 or INT32, [1, tokens] or [tokens]
 * @throws DH_MODEL_OUTPUT_INVALID for an id that the vocabulary lacks, and for several rows
 */
export function toText(
  spec: TextOutputSpec,
  tensor: OutputTensor,
  vocabulary: Vocabulary,
): { readonly text: TextResult; readonly warnings: WarningResult[] } {
  const rows = tensor.shape.length === 2 ? tensor.shape[0] : 1;
  if (rows !== 1) throw outputInvalid(spec.name, `there are ${rows} rows of tokens, and a text is of one.`);
  const type = tensor.dataType === 'INT32' ? 'INT32' : 'INT64';
  const data = tensor.data instanceof Uint8Array ? toTypedArray(type, tensor.data, { mayBorrow: true }) : tensor.data;
  const ids = Array.from(data as ArrayLike<number | bigint>, Number);
  ids.forEach((id, index) => {
    if (id >= 0 && id < vocabulary.length) return;
    throw outputInvalid(spec.name, `token ${index + 1} lies outside the vocabulary of ${vocabulary.length} tokens.`);
  });
  const end = ids.indexOf(spec.endToken);
  const isCutOff = end < 0;
  const written = (isCutOff ? ids : ids.slice(0, end)).filter((id) => spec.omit?.includes(id) !== true);
  const message = isCutOff
    ? 'A model wrote this text and was cut off at its limit; nobody has read it yet.'
    : 'A model wrote this text; nobody has read it yet.';
  return {
    text: {
      text: written.map((id) => vocabulary[id]).join(spec.separator),
      language: spec.language,
      isGenerated: true,
      isCutOff,
    },
    warnings: [{ kind: 'WARNING_KIND_GENERATED_TEXT', field: spec.name, message }],
  };
}

import type { InputBase, OutputBase } from './manifest.js';

/** Tokens of a model, one a line of a file in the package; the number of a line, from 0, is the id. */
export interface VocabularySpec {
  /** Path inside the package. */
  readonly file: string;
  /** Number of tokens; the file must hold exactly as many. */
  readonly size: number;
}

/** Text or token ids of one subject. */
export interface SequenceInputSpec extends InputBase {
  readonly kind: 'sequence';
  readonly vocabulary: VocabularySpec;
  /** How many tokens may be sent, before any are added. */
  readonly tokens: { readonly minimum: number; readonly maximum: number };
  /** Without `split_text` only token ids are taken. */
  readonly steps: readonly TokenStep[];
}

export type TokenStep = SplitTextStep | TokensToIdsStep | AddTokensStep | PadTokensStep | IdsToTensorStep;

/** The first step, or absent: a text to tokens. */
export interface SplitTextStep {
  readonly op: 'split_text';
  /** `whitespace`: what stands between white space. `words`: runs of letters and digits, and each other mark. */
  readonly pieces: 'whitespace' | 'words';
  /** To lower case, as Unicode has it, whatever the language. */
  readonly lowerCase: boolean;
}

export interface TokensToIdsStep {
  readonly op: 'tokens_to_ids';
  /** A token that the vocabulary lacks: refused, or the id of this one. */
  readonly unknown: 'refuse' | { readonly token: string };
}

export interface AddTokensStep {
  readonly op: 'add_tokens';
  readonly first?: string;
  readonly last?: string;
}

/** Fills up to `length` at the end. */
export interface PadTokensStep {
  readonly op: 'pad_tokens';
  readonly length: number;
  readonly token: string;
}

/** The last step: [1, tokens]. */
export interface IdsToTensorStep {
  readonly op: 'ids_to_tensor';
  /** FP32 is what EDDL's embeddings take. */
  readonly dataType: 'INT64' | 'INT32' | 'FP32';
}

/** A text that a model wrote, from a tensor of token ids, [1, tokens] or [tokens]. */
export interface TextOutputSpec extends OutputBase {
  readonly kind: 'text';
  readonly vocabulary: VocabularySpec;
  /** Id at which the text ends; it is no part of it. */
  readonly endToken: number;
  /** Ids that are no part of the text: padding, a start. */
  readonly omit?: readonly number[];
  /** Between two tokens. */
  readonly separator: '' | ' ';
  /** BCP 47 language tag. */
  readonly language: string;
}

/** Every vocabulary that a manifest names, with the JSON pointer of the field. */
export function vocabulariesOf(manifest: {
  readonly inputs: readonly (InputBase & { readonly vocabulary?: VocabularySpec })[];
  readonly outputs: readonly (OutputBase & { readonly vocabulary?: VocabularySpec })[];
}): { readonly field: string; readonly spec: VocabularySpec }[] {
  return (['inputs', 'outputs'] as const).flatMap((list) =>
    manifest[list].flatMap(({ vocabulary }, index) =>
      vocabulary === undefined ? [] : [{ field: `/${list}/${index}/vocabulary`, spec: vocabulary }],
    ),
  );
}

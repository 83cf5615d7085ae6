import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { InferReply } from './infer-reply.js';
import type { TensorEncoding } from './infer-request.js';
import { hasTypedForm } from './typed-contents.js';

/** Extension by which servers say that they take raw contents (Triton; its HTTP name for them). */
const RAW_EXTENSION = 'binary_tensor_data';

/**
 * Finds out, with the first request, whether a server takes raw contents.
 *
 * Raw is tried first and settled on when the server says that it knows them, or answers with raw
 * contents itself. A server that refuses, or answers raw with typed contents, may have overlooked a
 * field that it does not know and computed from nothing: it gets the same request once more, typed,
 * and that answer counts.
 */
export class EncodingNegotiation {
  #settled: TensorEncoding | undefined;

  constructor(extensions: readonly string[]) {
    if (extensions.includes(RAW_EXTENSION)) this.#settled = 'raw';
  }

  /** Undefined until a reply has told. */
  get settled(): TensorEncoding | undefined {
    return this.#settled;
  }

  async infer(
    inputs: Readonly<Record<string, RawTensor>>,
    send: (encoding: TensorEncoding) => Promise<InferReply>,
  ): Promise<InferReply> {
    const canBeTyped = Object.values(inputs).every(({ dataType }) => hasTypedForm(dataType));
    if (!canBeTyped) return send('raw');
    if (this.#settled !== undefined) return send(this.#settled);
    const raw = await attempt(() => send('raw'));
    if (raw.reply?.encoding === 'raw') {
      this.#settled = 'raw';
      return raw.reply;
    }
    const typed = await attempt(() => send('typed'));
    if (typed.reply !== undefined) {
      this.#settled = 'typed';
      return typed.reply;
    }
    // Both refused: the first refusal is the one that says something about the request.
    if (raw.reply === undefined) throw raw.refusal;
    // It takes no typed contents, so it has read the raw ones.
    this.#settled = 'raw';
    return raw.reply;
  }
}

type Attempt =
  | { readonly reply: InferReply; readonly refusal?: undefined }
  | { readonly reply?: undefined; readonly refusal: DeepHealthError };

/** Failures that say nothing about the encoding, such as a server that does not answer, go on. */
async function attempt(send: () => Promise<InferReply>): Promise<Attempt> {
  try {
    return { reply: await send() };
  } catch (error) {
    const isRefusal =
      error instanceof DeepHealthError && (error.code === 'DH_REMOTE_FAILED' || error.code === 'DH_REMOTE_MISMATCH');
    if (!isRefusal) throw error;
    return { refusal: error };
  }
}

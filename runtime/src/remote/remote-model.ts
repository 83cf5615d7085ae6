import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import { DeepHealthError, type Manifest, type RemoteSpec } from '@deephealth/sdk';
import { compareMetadata } from './compare-metadata.js';
import { type InferReply, readInferReply } from './infer-reply.js';
import { type InferCall, inferRequest, type TensorEncoding } from './infer-request.js';
import type { OpenInferenceClient } from './open-inference-client.js';
import { isUnimplemented } from './remote-failure.js';

/** Longest time of a call that computes nothing, in ms. */
const LONGEST_CONTROL_MS = 5_000;

/** The calls that concern one model of an inference server. */
export class RemoteModel {
  readonly #client: OpenInferenceClient;
  readonly #spec: RemoteSpec;
  readonly #tensors: Manifest['tensors'];
  readonly #controlMs: number;

  constructor(client: OpenInferenceClient, spec: RemoteSpec, tensors: Manifest['tensors'], timeoutMs: number) {
    this.#client = client;
    this.#spec = spec;
    this.#tensors = tensors;
    this.#controlMs = Math.min(timeoutMs, LONGEST_CONTROL_MS);
  }

  /** What the server says of itself; undefined if it has no such call. */
  async server(): Promise<inferenceV2.ServerMetadataResponse__Output | undefined> {
    const { ServerMetadata } = inferenceService();
    return unlessUnimplemented(this.#client.call(ServerMetadata, {}, this.#controlDeadline()));
  }

  /** Throws DH_REMOTE_MISMATCH if the server describes another model than the manifest. */
  async compare(): Promise<void> {
    const { ModelMetadata } = inferenceService();
    const metadata = await unlessUnimplemented(
      this.#client.call(ModelMetadata, this.#reference(), this.#controlDeadline()),
    );
    if (metadata !== undefined) compareMetadata(this.#spec.model, this.#tensors, metadata);
  }

  /** Throws DH_REMOTE_UNAVAILABLE unless the server says that the model is ready. */
  async checkReady(): Promise<void> {
    const { ModelReady } = inferenceService();
    const { ready } = await this.#client.call(ModelReady, this.#reference(), this.#controlDeadline());
    if (ready) return;
    throw new DeepHealthError(
      'DH_REMOTE_UNAVAILABLE',
      `The inference server says that the model "${this.#spec.model}" is not ready there.`,
      { details: { model: this.#spec.model } },
    );
  }

  /**
   * Throws unless the server answers, has the model ready and describes it as the manifest does. That
   * ServerReady answers is enough: servers answer false as long as any of their models is not ready.
   */
  async probe(): Promise<void> {
    const { ServerReady } = inferenceService();
    await this.#client.call(ServerReady, {}, this.#controlDeadline());
    await this.checkReady();
    await this.compare();
  }

  async infer(call: Omit<InferCall, 'spec'>, encoding: TensorEncoding, deadlineAt: number): Promise<InferReply> {
    const { ModelInfer } = inferenceService();
    const sent = { ...call, spec: this.#spec };
    return readInferReply(sent, await this.#client.call(ModelInfer, inferRequest(sent, encoding), deadlineAt));
  }

  #reference(): { name: string; version: string } {
    return { name: this.#spec.model, version: this.#spec.version ?? '' };
  }

  #controlDeadline(): number {
    return Date.now() + this.#controlMs;
  }
}

async function unlessUnimplemented<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isUnimplemented(error)) return undefined;
    throw error;
  }
}

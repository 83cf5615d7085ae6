import { createHash } from 'node:crypto';
import { DeepHealthError, type RuntimeClient, toldToPlatform } from '@deephealth/sdk';
import type { ModelDescriptor } from '../contract-types.js';

/** A package whose model takes one image: what the toolkit calls weights. */
export interface Weights {
  /** Of the bytes of the package: other bytes have another id. */
  readonly id: number;
  readonly modelId: number;
  readonly model: string;
  readonly version: string;
  readonly packageSha256: string;
  readonly isReady: boolean;
  readonly descriptor: ModelDescriptor;
  /** Name of the model's image input. */
  readonly input: string;
}

const ASK_MS = 2_000;

/** Weights that the runtime serves, asked anew each time, so that a stopped or replaced version is not offered. */
export class WeightsOfRuntime {
  readonly #runtime: RuntimeClient;
  readonly #descriptors = new Map<string, ModelDescriptor>();

  constructor(runtime: RuntimeClient) {
    this.#runtime = runtime;
  }

  /** Throws in words that a platform may hear. */
  async all(): Promise<readonly Weights[]> {
    try {
      const models = await this.#runtime.listModels('', { deadlineMs: ASK_MS });
      const known = models.filter(({ packageSha256 }) => packageSha256 !== '');
      return (await Promise.all(known.map((model) => this.#weightsOf(model)))).flat();
    } catch (thrown) {
      throw toldToPlatform(thrown);
    }
  }

  /** @throws DH_MODEL_NOT_FOUND */
  async find(id: number): Promise<Weights> {
    const found = (await this.all()).find((one) => one.id === id);
    if (found !== undefined) return found;
    throw noWeights();
  }

  async #weightsOf(model: {
    readonly name: string;
    readonly version: string;
    readonly packageSha256: string;
    readonly state: unknown;
    readonly suspension?: unknown;
  }): Promise<Weights[]> {
    const { name, version, packageSha256, state, suspension } = model;
    const descriptor =
      this.#descriptors.get(packageSha256) ?? (await this.#runtime.getModel(name, version, { deadlineMs: ASK_MS }));
    // Few: as many as there were packages in the life of the process.
    this.#descriptors.set(packageSha256, descriptor);
    const [input, ...others] = descriptor.inputs;
    if (input?.kind !== 'INPUT_KIND_IMAGE' || others.length > 0) return [];
    const isReady = state === 'MODEL_STATE_READY' && !suspension;
    const ids = { id: numberOf(packageSha256), modelId: modelId(name) };
    return [{ ...ids, model: name, version, packageSha256, isReady, descriptor, input: input.name }];
  }
}

export function noWeights(): DeepHealthError {
  return new DeepHealthError('DH_MODEL_NOT_FOUND', 'The project has no weights of this id.');
}

export function modelId(name: string): number {
  return numberOf(createHash('sha256').update(name).digest('hex'));
}

/** 48 bits of a digest: whole numbers that JSON carries without loss. */
function numberOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, 12), 16) + 1;
}

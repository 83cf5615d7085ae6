import type { adapterV1 } from '@deephealth/proto';
import type { RuntimeClient } from '../client/runtime-client.js';
import { checkBindings } from './binding-health.js';
import type { PlatformBinding } from './platform-face.js';
import { toldToPlatform } from './told-to-platform.js';

/** What all bindings of an adapter share. */
export interface BindingForm {
  /** Where the platform's own face takes the same input, as in "POST /events". */
  readonly entryPoint: string;
  readonly inputMediaTypes: readonly string[];
  readonly outputMediaType: string;
}

/**
 * One binding for each model of the runtime, under the model's name and for its default version: for adapters that are told by each input which
 * model it is for. While the runtime cannot be asked, those that it had before stay listed, and are said to be out of
 * reach. An adapter whose bindings are approved one by one lists them itself.
 */
export class ModelBindings {
  readonly #runtime: RuntimeClient;
  readonly #form: BindingForm;
  readonly #askMs: number;
  #known: readonly PlatformBinding[] = [];

  /** @param askMs the longest that the runtime may take, in ms; default 1,000 */
  constructor(runtime: RuntimeClient, form: BindingForm, askMs = 1_000) {
    this.#runtime = runtime;
    this.#form = form;
    this.#askMs = askMs;
  }

  /** For {@link PlatformFace.bindings}. */
  async bindings(): Promise<readonly PlatformBinding[]> {
    const models = await this.#runtime.listModels('', { deadlineMs: this.#askMs }).catch(() => undefined);
    if (models === undefined) return this.#known;
    const { entryPoint, inputMediaTypes, outputMediaType } = this.#form;
    // What cannot be asked has no binding: of a version that was refused there may be no package to name.
    const asked = models.filter(({ isDefault }) => isDefault);
    const listed = asked.map(({ name, version, packageSha256 }) => ({
      ...{ id: name, modelName: name, modelVersion: version, packageSha256 },
      ...{ entryPoint, inputMediaTypes: [...inputMediaTypes], outputMediaType },
    }));
    // Of a model that cannot be asked any more it is said why, as long as the runtime has it.
    const kept = this.#known.filter(
      ({ id }) => models.some(({ name }) => name === id) && !asked.some(({ name }) => name === id),
    );
    this.#known = [...listed, ...kept];
    return this.#known;
  }

  /** For {@link PlatformFace.health}: of what {@link bindings} listed last. */
  async health(): Promise<adapterV1.CheckHealthResponse> {
    const models = this.#known.map(({ modelName = '', modelVersion = '', packageSha256 = '' }) => ({
      ...{ name: modelName, version: modelVersion, packageSha256 },
    }));
    const found = await checkBindings(models, this.#runtime, this.#askMs, toldToPlatform);
    return {
      state: 'ADAPTER_STATE_SERVING',
      bindings: this.#known.map(({ id }, index) => ({
        bindingId: id,
        state: `BINDING_STATE_${found[index]?.state ?? 'RUNTIME_UNREACHABLE'}` as const,
        reason: found[index]?.reason ?? '',
      })),
    };
  }
}

import { type adapterV1, CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError, isErrorCode } from '@deephealth/sdk';
import type { GenericEvent } from '../../simulators/generic-protocol.js';
import type { PlatformError, PlatformResult } from '../../simulators/platform-simulator.js';
import { SUITE_VERSION } from '../../version.js';
import { toGenericResult } from './generic-platform-client.js';
import type { EventRecord, ReferenceAdapter } from './reference-adapter.js';

const ASK_MS = 1_000;
const JSON_TYPE = 'application/json';

/**
 * `deephealth.adapter.v1.PlatformAdapter` of the reference adapter. Of each model of the runtime there is one binding,
 * which takes an event of the generic platform about that model. Each behaviour is a method of its own, so that a
 * mutant can change one of them and nothing else.
 */
export class PlatformService {
  readonly adapter: ReferenceAdapter;
  /** As the runtime had them when it was asked last. */
  #models: readonly runtimeV1.ModelSummary__Output[] = [];

  constructor(adapter: ReferenceAdapter) {
    this.adapter = adapter;
  }

  async describe(): Promise<adapterV1.DescribeResponse> {
    const runtime = await this.runtime();
    return {
      name: 'deephealth-conformance-adapter',
      version: SUITE_VERSION,
      platform: 'generic',
      standards: [],
      contractVersions: [...CONTRACT_VERSIONS],
      ...(runtime !== undefined && { runtime }),
      profiles: ['adapter-common'],
      capabilities: [],
    };
  }

  /** Undefined while it cannot be asked. */
  async runtime(): Promise<adapterV1.RuntimeIdentity | undefined> {
    const info = await this.info();
    return info && { name: info.name, version: info.version, engine: info.engine };
  }

  async bindings(): Promise<adapterV1.Binding[]> {
    await this.models();
    return this.#models.map(({ name, version, packageSha256 }) => ({
      id: name,
      modelName: name,
      modelVersion: version,
      packageSha256,
      entryPoint: 'POST /events',
      inputMediaTypes: [JSON_TYPE],
      outputMediaType: JSON_TYPE,
    }));
  }

  async health(): Promise<adapterV1.CheckHealthResponse> {
    const [info, models] = await Promise.all([this.info(), this.models()]);
    return {
      state: 'ADAPTER_STATE_SERVING',
      bindings: this.#models.map(({ name, version }) => {
        const found = models?.find((one) => one.name === name && one.version === version);
        return { bindingId: name, ...this.stateOf(info, found) };
      }),
    };
  }

  stateOf(
    info: runtimeV1.GetServerInfoResponse__Output | undefined,
    model: runtimeV1.ModelSummary__Output | undefined,
  ): Required<Pick<adapterV1.BindingHealth, 'state' | 'reason'>> {
    if (info === undefined) return { state: 'BINDING_STATE_RUNTIME_UNREACHABLE', reason: 'The runtime is away.' };
    if (!info.isReady) return { state: 'BINDING_STATE_RUNTIME_NOT_READY', reason: 'The runtime is not ready.' };
    if (model === undefined) return { state: 'BINDING_STATE_MODEL_NOT_FOUND', reason: 'The model is gone.' };
    if (model.state === 'MODEL_STATE_READY') return { state: 'BINDING_STATE_READY', reason: '' };
    return { state: 'BINDING_STATE_MODEL_NOT_READY', reason: 'The model is not ready.' };
  }

  async run(
    { bindingId, input, mediaType }: adapterV1.RunBindingRequest__Output,
    context: CallContext,
  ): Promise<adapterV1.RunBindingResponse> {
    const binding = await this.bindingOf(bindingId);
    this.checkMediaType(mediaType);
    const token = this.tokenOf(context.header?.('authorization'));
    const record = this.recordOf(this.eventOf(input, binding), token, context);
    const cancel = () => record.cancelled.abort();
    this.onLeaving(context, cancel);
    const result = this.adapter.resultOf(record, await this.adapter.partsOf(record));
    if (result.state === 'failed') throw this.errorOf(result.parts[0]?.error);
    return { output: this.outputOf(result), mediaType: JSON_TYPE, runs: this.runsOf(record) };
  }

  async bindingOf(bindingId: string): Promise<adapterV1.Binding> {
    const binding = (await this.bindings()).find(({ id }) => id === bindingId);
    if (binding !== undefined) return binding;
    throw new DeepHealthError('DH_BINDING_NOT_FOUND', 'There is no binding of this id.');
  }

  checkMediaType(mediaType: string): void {
    if (mediaType.split(';')[0]?.trim().toLowerCase() === JSON_TYPE) return;
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'An event of the platform is JSON.');
  }

  /** As the platform's own face demands it. */
  tokenOf(authorization = ''): string {
    const token = /^Bearer (?<token>.+)$/.exec(authorization)?.groups?.token;
    if (token !== undefined) return token;
    throw new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'The caller is not known.');
  }

  eventOf(input: Buffer, { modelName }: adapterV1.Binding): GenericEvent {
    let event: GenericEvent;
    try {
      event = JSON.parse(input.toString());
    } catch {
      throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The input is no JSON.');
    }
    if (event.requests?.length > 0 && event.requests.every(({ model }) => model === modelName)) return event;
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The input is no event about the model of the binding.');
  }

  recordOf(event: GenericEvent, token: string, { deadlineMs }: CallContext): EventRecord {
    const arrivedAt = Date.now();
    const leftMs = this.leftMs(deadlineMs - arrivedAt);
    const respondWithinMs = Math.min(event.respondWithinMs ?? leftMs, leftMs);
    const limited = Number.isFinite(respondWithinMs) ? { ...event, respondWithinMs } : event;
    return {
      event: limited,
      token,
      arrivedAt,
      cancelled: new AbortController(),
      runs: [],
      state: { state: 'running' },
    };
  }

  leftMs(ms: number): number {
    return ms;
  }

  onLeaving({ signal }: CallContext, cancel: () => void): void {
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
  }

  outputOf(result: PlatformResult): Buffer {
    return Buffer.from(JSON.stringify(toGenericResult(result)));
  }

  runsOf({ runs }: EventRecord): adapterV1.ModelRun[] {
    return [...runs];
  }

  errorOf({ reason, message }: PlatformError = { reason: '', message: '', retryable: false }): DeepHealthError {
    const code = `DH_${reason}`;
    return new DeepHealthError(isErrorCode(code) ? code : 'DH_RESPONSE_INVALID', message);
  }

  async info(): Promise<runtimeV1.GetServerInfoResponse__Output | undefined> {
    return this.adapter.runtime.getServerInfo({ deadlineMs: ASK_MS }).catch(() => undefined);
  }

  /** Undefined while it cannot be asked; {@link bindings} then has those of before. */
  async models(): Promise<readonly runtimeV1.ModelSummary__Output[] | undefined> {
    const models = await this.adapter.runtime.listModels('', { deadlineMs: ASK_MS }).catch(() => undefined);
    if (models !== undefined) this.#models = models.filter(({ isDefault }) => isDefault);
    return models;
  }
}

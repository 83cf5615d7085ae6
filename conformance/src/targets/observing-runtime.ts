import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import type { GrpcFailure } from '@deephealth/sdk';
import type { MethodDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { WrittenModel } from '../models/write-models.js';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import { handlersOf, type RunningServer, serve } from '../reference/serve-reference.js';
import { firstSeen, type Wanted } from './first-seen.js';

/** A call as it came to the runtime. */
export interface ObservedCall {
  readonly method: string;
  /** Of a unary call, or of a stream's first message; absent until it has come. */
  request?: unknown;
  /** The same as it came over the wire. */
  requestBytes?: Buffer;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** Until the deadline when the call came, in ms; Infinity without one. */
  readonly remainingMs: number;
  /** As performance.now(). */
  readonly receivedAt: number;
  /** When the caller left, was gone, or let the deadline pass. */
  cancelledAt?: number;
  answeredAt?: number;
}

/** What the runtime does with some calls instead of answering them itself. */
export interface RuntimeBehaviour {
  /** Default Predict. */
  readonly method?: string;
  /** Only calls for this model, which it need not have. */
  readonly model?: string;
  readonly refuse?: GrpcFailure;
  /** A message, or its bytes as they go over the wire. */
  readonly answer?: object | Buffer;
  /** Waits before it does anything else. */
  readonly delayMs?: number;
  /** Never answers. */
  readonly hang?: true;
}

interface Call {
  readonly request?: unknown;
  readonly metadata: { getMap(): Record<string, unknown>; get(key: string): readonly unknown[] };
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  on(event: string, listener: (value?: unknown) => void): unknown;
}
type Callback = ((error: unknown, message?: unknown) => void) | undefined;
type Handler = (call: Call, callback: Callback) => void;

/** The reference runtime behind an adapter: it sees all that the adapter asks, and can refuse, wait, hang and go away. */
export class ObservingRuntime {
  /** Every call so far, in the order in which they came. */
  readonly calls: ObservedCall[] = [];
  readonly #handlers: UntypedServiceImplementation;
  readonly #behaviours = new Set<RuntimeBehaviour>();
  readonly #bytes = new WeakMap<object, Buffer>();
  readonly #watchers = new Set<() => void>();
  readonly #service = this.#observedService();
  #server: RunningServer | undefined;
  #address = '';
  #isReady = true;

  /**
   * @param models as the suite has written them
   * @param runtime that serves them
   */
  constructor(models: readonly WrittenModel[], runtime = new ReferenceRuntime(models)) {
    const serverInfo = runtime.serverInfo.bind(runtime);
    runtime.serverInfo = () => ({ ...serverInfo(), isReady: this.#isReady });
    this.#handlers = Object.fromEntries(
      Object.entries(handlersOf(runtime)).map(([method, handler]) => [
        method,
        this.#observed(method, handler as unknown as Handler),
      ]),
    ) as unknown as UntypedServiceImplementation;
  }

  /** "host:port", the same for its whole life. */
  get address(): string {
    return this.#address;
  }

  get isThere(): boolean {
    return this.#server !== undefined;
  }

  /** @param port on loopback; default a free one */
  async start(port = 0): Promise<void> {
    this.#server = await serve(this.#service as never, this.#handlers, { port, endsConnections: true });
    this.#address = this.#server.address;
  }

  /** Ends every call and connection, as a process that is killed. */
  goAway(): void {
    this.#server?.stop();
    this.#server = undefined;
  }

  /** Listens again where it was; nothing happens if it is there. */
  async comeBack(): Promise<void> {
    if (this.#server === undefined) await this.start(Number(this.#address.split(':').at(-1)));
  }

  /** What GetServerInfo says of its readiness from now on. */
  claimReady(isReady: boolean): void {
    this.#isReady = isReady;
  }

  /** Behaves so until the function that it gives is called; of several that fit, the newest counts. */
  behave(behaviour: RuntimeBehaviour): () => void {
    this.#behaviours.add(behaviour);
    return () => void this.#behaviours.delete(behaviour);
  }

  /** The first call since number `from` that is as wanted, at once or within the time; else undefined. */
  waitFor(isWanted: (call: ObservedCall) => boolean, wanted: Wanted): Promise<ObservedCall | undefined> {
    return firstSeen(this.calls, this.#watchers, isWanted, wanted);
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }

  #observed(method: string, handler: Handler): Handler {
    return (call, callback) => {
      const seen = this.#record(method, call);
      const answer: Callback =
        callback &&
        ((error, message) => {
          seen.answeredAt = performance.now();
          this.#changed();
          callback(error, message);
        });
      const behaviour = [...this.#behaviours].reverse().find((one) => fits(one, method, seen.request));
      if (behaviour === undefined) return handler(call, answer);
      setTimeout(() => {
        if (behaviour.hang) return;
        if (behaviour.refuse !== undefined) answer?.(behaviour.refuse);
        else if (behaviour.answer !== undefined) answer?.(null, echoed(behaviour.answer, seen.request));
        else handler(call, answer);
      }, behaviour.delayMs ?? 0);
    };
  }

  #record(method: string, call: Call): ObservedCall {
    const deadline = call.getDeadline();
    const seen: ObservedCall = {
      method,
      metadata: Object.fromEntries(
        Object.keys(call.metadata.getMap()).map((key) => [key, call.metadata.get(key).map(String)]),
      ),
      remainingMs: (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now(),
      receivedAt: performance.now(),
    };
    const hold = (request: unknown) => {
      if (seen.request !== undefined || typeof request !== 'object' || request === null) return;
      seen.request = request;
      const bytes = this.#bytes.get(request);
      if (bytes !== undefined) seen.requestBytes = bytes;
      this.#changed();
    };
    hold(call.request);
    if (call.request === undefined) call.on('data', hold);
    call.on('cancelled', () => {
      // grpc-js calls the end of an answered call a cancellation, too.
      if (seen.answeredAt === undefined) seen.cancelledAt ??= performance.now();
      this.#changed();
    });
    this.calls.push(seen);
    this.#changed();
    return seen;
  }

  /** The contract's service that also keeps the bytes of each request, and lets bytes be answered. */
  #observedService(): Record<string, MethodDefinition<unknown, unknown>> {
    const service = modelRuntimeService() as unknown as Record<string, MethodDefinition<object, object>>;
    return Object.fromEntries(
      Object.entries(service).map(([name, method]) => [
        name,
        {
          ...method,
          requestDeserialize: (bytes: Buffer) => {
            const message = method.requestDeserialize(bytes);
            this.#bytes.set(message, Buffer.from(bytes));
            return message;
          },
          responseSerialize: (message: object) =>
            Buffer.isBuffer(message) ? message : method.responseSerialize(message),
        },
      ]),
    ) as never;
  }
}

function fits({ method = 'Predict', model }: RuntimeBehaviour, called: string, request: unknown): boolean {
  const { modelName, name } = (request ?? {}) as { modelName?: string; name?: string };
  return method === called && (model === undefined || model === (modelName ?? name));
}

/** A made answer echoes the request's id, as every answer does. */
function echoed(answer: object | Buffer, request: unknown): object | Buffer {
  if (Buffer.isBuffer(answer)) return answer;
  const { requestId } = (request ?? {}) as Partial<runtimeV1.PredictRequest__Output>;
  return requestId === undefined ? answer : { ...answer, requestId };
}

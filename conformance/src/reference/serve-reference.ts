import { setTimeout as delay } from 'node:timers/promises';
import type { runtimeV1 } from '@deephealth/proto';
import { type CallContext, callContext, DeepHealthError } from '@deephealth/sdk';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, type ReferenceRuntime } from './reference-runtime.js';
import { serveFront } from './wire-front.js';

/** Until what was answered has left, in ms. */
const FLUSH_MS = 100;

export interface RunningServer {
  readonly address: string;
  stop(): void;
}

export interface RunningReference extends RunningServer {
  /** Takes no new calls, lets running ones end, then stops. */
  drain(): Promise<void>;
}

type StreamCall = ServerDuplexStream<runtimeV1.PredictStreamRequest__Output, runtimeV1.PredictStreamResponse>;

export interface ServeOptions {
  /** On loopback; default a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** See every call before its handler. */
  readonly interceptors?: ServerOptions['interceptors'];
}

interface Limits {
  /** -1 for none. */
  readonly maxMessageBytes: number;
}

/** Serves a reference, or a mutant of it, on loopback. */
export async function serveReference(
  runtime: ReferenceRuntime,
  { port = 0, ...options }: ServeOptions = {},
): Promise<RunningReference> {
  const { front, maxMessageBytes } = runtime;
  const behind = front === undefined ? port : 0;
  const server = await bind(readBy(runtime), handlersOf(runtime), { ...options, port: behind, maxMessageBytes });
  const before = front === undefined ? undefined : await serveFront(front, server.address, port);
  const stop = () => {
    before?.stop();
    server.stop();
  };
  return {
    address: before === undefined ? server.address : `127.0.0.1:${before.port}`,
    stop,
    async drain() {
      server.refuse();
      await runtime.settled();
      await delay(FLUSH_MS);
      stop();
    },
  };
}

export async function serve(
  service: Parameters<Server['addService']>[0],
  handlers: UntypedServiceImplementation,
  options: ServeOptions = {},
): Promise<RunningServer> {
  return bind(service, handlers, { ...options, maxMessageBytes: MAX_MESSAGE_BYTES });
}

async function bind(
  service: Parameters<Server['addService']>[0],
  handlers: UntypedServiceImplementation,
  { port: wanted = 0, host = '127.0.0.1', interceptors = [], maxMessageBytes }: ServeOptions & Limits,
): Promise<RunningServer & { refuse(): void }> {
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
    interceptors,
  });
  server.addService(service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${wanted}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `${host}:${port}`,
    refuse: () => server.tryShutdown(() => undefined),
    stop: () => server.forceShutdown(),
  };
}

/** The service, its requests read as the runtime reads them. */
function readBy(runtime: ReferenceRuntime): Parameters<Server['addService']>[0] {
  const methods = Object.entries(runtime.service()).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes: Buffer) => runtime.read(bytes, method.requestDeserialize) },
  ]);
  return Object.fromEntries(methods);
}

type Answer<Request, Response> = (request: Request, context: CallContext) => Response | Promise<Response>;

function handlersOf(runtime: ReferenceRuntime): UntypedServiceImplementation {
  const unary =
    <Request, Response>(answer: Answer<Request, Response>): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      const context = callContext(call);
      Promise.resolve()
        .then(() => answer(call.request, context))
        .then(
          (response) => callback(null, response),
          (thrown) => callback(runtime.failure(thrown)),
        );
    };
  const handlers: Partial<runtimeV1.ModelRuntimeHandlers> = {
    GetServerInfo: unary(() => runtime.serverInfo()),
    ListModels: unary(({ name }) => ({ models: runtime.list(name).map((served) => runtime.summary(served)) })),
    GetModel: unary(({ name, version }) => ({ model: runtime.descriptor(runtime.find(name, version)) })),
    LoadModel: unary(async ({ name, version }) => ({ model: await runtime.load(name, version) })),
    UnloadModel: unary(async ({ name, version }) => ({ model: await runtime.unload(name, version) })),
    VerifyModel: unary(({ name, version }) => runtime.verify(name, version)),
    Predict: unary((request, context) => runtime.predict(request, context)),
    PredictStream: (call) => predictStream(runtime, call),
    WatchModels: (call) => {
      const { name } = call.request;
      for (const message of runtime.snapshot(name)) call.write(message);
      const forget = runtime.watch((changed) => {
        if (runtime.isWatched(name, changed)) {
          call.write({ model: runtime.summary(changed), isSnapshotComplete: false });
        }
      });
      call.on('cancelled', forget);
    },
  };
  return handlers as unknown as UntypedServiceImplementation;
}

function predictStream(runtime: ReferenceRuntime, call: StreamCall): void {
  const { streams } = runtime;
  const unanswered = runtime.unanswered();
  const context = callContext(call);
  let isEnded = false;
  let isReady = false;
  const endIfDone = () => {
    if (isEnded && (unanswered.size === 0 || !streams.isPatient)) call.end();
  };
  const write = (event: runtimeV1.PredictStreamResponse) => {
    if (call.writableLength > 1 && !streams.isLossless) return;
    if (call.write(event) || !streams.hasBackPressure || call.isPaused()) return;
    call.pause();
    call.once('drain', () => call.resume());
  };
  const sayReady = () => {
    if (!isReady) call.write({ ready: { maxInFlight: MAX_IN_FLIGHT } });
    isReady = true;
  };
  if (streams.isReadyFirst) sayReady();
  call.on('data', ({ itemId, request }: runtimeV1.PredictStreamRequest__Output) => {
    sayReady();
    const accept = (): runtimeV1.PredictRequest__Output => {
      runtime.admitItem(itemId, unanswered);
      if (request === null) throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The item holds no request.');
      return request;
    };
    const answer = (event: runtimeV1.PredictStreamResponse) => {
      write(event);
      endIfDone();
    };
    let accepted: runtimeV1.PredictRequest__Output;
    try {
      accepted = accept();
    } catch (refusal) {
      answer({ result: { itemId, status: runtime.itemStatus(refusal) } });
      return;
    }
    unanswered.add(itemId);
    runtime
      .predict(accepted, context)
      .then(
        (response) => runtime.itemResult(itemId, response),
        (thrown) => ({ itemId, status: runtime.itemStatus(thrown) }),
      )
      .then((result) => {
        unanswered.delete(itemId);
        answer({ result });
      });
  });
  call.on('end', () => {
    isEnded = true;
    endIfDone();
  });
  call.on('error', () => undefined);
}

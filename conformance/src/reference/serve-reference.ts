import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { runtimeV1 } from '@deephealth/proto';
import { type CallContext, callContext, DeepHealthError } from '@deephealth/sdk';
import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerOptions,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { callerOf, modelOfItem } from './guarded.js';
import { MAX_IN_FLIGHT, MAX_MESSAGE_BYTES } from './reference-limits.js';
import type { ReferenceRuntime } from './reference-runtime.js';
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
  /** Largest message received; -1 for any. Default what the runtime says. */
  readonly maxMessageBytes?: number;
  /** Default that of gRPC. */
  readonly contentType?: string;
  /** Takes what cannot be read for an empty message. */
  readonly isLenient?: boolean;
  /** Default any number. */
  readonly maxConnections?: number;
  /** Whether stop() ends connections too. grpc-js finds them with channelz only, which costs time. */
  readonly endsConnections?: boolean;
}

/** Serves a reference, or a mutant of it, on loopback. */
export async function serveReference(
  runtime: ReferenceRuntime,
  { port = 0, ...options }: ServeOptions = {},
): Promise<RunningReference> {
  const { front, maxMessageBytes } = runtime;
  const behind = front === undefined ? port : 0;
  const server = await bind(readBy(runtime), handlersOf(runtime), { maxMessageBytes, ...options, port: behind });
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
  return bind(service, handlers, options);
}

type BoundServer = RunningServer & { refuse(): void };

async function bind(
  service: Parameters<Server['addService']>[0],
  handlers: UntypedServiceImplementation,
  options: ServeOptions,
): Promise<BoundServer> {
  const { port: wanted = 0, host = '127.0.0.1', interceptors = [], maxMessageBytes = MAX_MESSAGE_BYTES } = options;
  const { contentType, isLenient, maxConnections, endsConnections } = options;
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': endsConnections === true ? 1 : 0,
    interceptors: contentType === undefined ? interceptors : [...interceptors, sendsContentType(contentType)],
  });
  server.addService(isLenient === true ? lenient(service) : service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${wanted}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const bound = {
    address: `${host}:${port}`,
    refuse: () => server.tryShutdown(() => undefined),
    stop: () => server.forceShutdown(),
  };
  return maxConnections === undefined ? bound : narrow(bound, port, maxConnections);
}

/** The service, its requests read as the runtime reads them. */
export function readBy(runtime: ReferenceRuntime): Parameters<Server['addService']>[0] {
  const methods = Object.entries(runtime.service()).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes: Buffer) => runtime.read(bytes, method.requestDeserialize) },
  ]);
  return Object.fromEntries(methods);
}

type Answer<Request, Response> = (request: Request, context: CallContext) => Response | Promise<Response>;

/** The methods of the contract, answered by a reference or a mutant of it. */
export function handlersOf(runtime: ReferenceRuntime): UntypedServiceImplementation {
  const unary =
    <Request, Response>(answer: Answer<Request, Response>): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      const context = contextOf(call);
      Promise.resolve()
        .then(() => answer(call.request, context))
        .then(
          (response) => callback(null, response),
          (thrown) => callback(runtime.failure(thrown)),
        );
    };
  const handlers: Partial<runtimeV1.ModelRuntimeHandlers> = {
    GetServerInfo: unary(() => runtime.serverInfo()),
    ListModels: unary(({ name }, { caller }) => ({
      models: runtime
        .list(name)
        .filter(({ model }) => runtime.access?.isListed(caller, model.name) ?? true)
        .map((served) => runtime.summary(served)),
    })),
    GetModel: unary(({ name, version }) => ({ model: runtime.descriptor(runtime.find(name, version)) })),
    LoadModel: unary(async ({ name, version }) => ({ model: await runtime.load(name, version) })),
    UnloadModel: unary(async ({ name, version }) => ({ model: await runtime.unload(name, version) })),
    VerifyModel: unary(({ name, version }) => runtime.verify(name, version)),
    Predict: unary((request, context) => runtime.predict(request, context)),
    PredictStream: (call) => predictStream(runtime, call),
    WatchModels: (call) => {
      const { name } = call.request;
      const caller = callerOf(call);
      const isListed = (model: string) => runtime.access?.isListed(caller, model) ?? true;
      for (const message of runtime.snapshot(name, isListed)) call.write(message);
      const forget = runtime.watch((changed) => {
        if (runtime.isWatched(name, changed) && isListed(changed.model.name)) {
          call.write({ model: runtime.summary(changed), isSnapshotComplete: false });
        }
      });
      call.on('cancelled', forget);
    },
  };
  return handlers as unknown as UntypedServiceImplementation;
}

/** With who calls, once the guard has found it out. */
function contextOf(call: Parameters<typeof callContext>[0]): CallContext {
  const caller = callerOf(call);
  return { ...callContext(call), ...(caller !== undefined && { caller }) };
}

function predictStream(runtime: ReferenceRuntime, call: StreamCall): void {
  const { streams } = runtime;
  const unanswered = runtime.unanswered();
  const context = contextOf(call);
  const caller = callerOf(call);
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
  call.on('data', (item: runtimeV1.PredictStreamRequest__Output) => {
    const { itemId, request } = item;
    sayReady();
    const accept = (): runtimeV1.PredictRequest__Output => {
      if (caller !== undefined) runtime.access?.permitItem(caller, modelOfItem(item));
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

/** Headers of its own win over those of grpc-js. */
function sendsContentType(contentType: string): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      sendMetadata: (metadata, next) => {
        metadata.set('content-type', contentType);
        next(metadata);
      },
    });
}

function lenient(service: Parameters<Server['addService']>[0]): Parameters<Server['addService']>[0] {
  const methods = Object.entries(service as Record<string, MethodDefinition<unknown, unknown>>);
  const read = ({ requestDeserialize }: MethodDefinition<unknown, unknown>, bytes: Buffer) => {
    try {
      return requestDeserialize(bytes);
    } catch {
      return requestDeserialize(Buffer.alloc(0));
    }
  };
  return Object.fromEntries(
    methods.map(([name, method]) => [name, { ...method, requestDeserialize: (bytes: Buffer) => read(method, bytes) }]),
  ) as never;
}

/** Hands on so many connections at once, and closes the others. */
async function narrow(server: BoundServer, port: number, maxConnections: number): Promise<BoundServer> {
  const front = createServer((socket) => {
    const further = connect(port, '127.0.0.1');
    socket.on('error', () => further.destroy()).on('close', () => further.destroy());
    further.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(further).pipe(socket);
  });
  front.maxConnections = maxConnections;
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port: own } = front.address() as { port: number };
  return {
    ...server,
    address: `127.0.0.1:${own}`,
    stop: () => {
      front.close();
      server.stop();
    },
  };
}

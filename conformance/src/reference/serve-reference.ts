import { connect, createServer } from 'node:net';
import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { type CallContext, callContext, DeepHealthError } from '@deephealth/sdk';
import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  ServerInterceptingCall,
  type ServerInterceptor,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { guarded } from './guarded.js';
import { MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, type ReferenceRuntime } from './reference-runtime.js';

export interface RunningServer {
  readonly address: string;
  stop(): void;
}

type StreamCall = ServerDuplexStream<runtimeV1.PredictStreamRequest__Output, runtimeV1.PredictStreamResponse>;

export interface ServeOptions {
  /** On loopback; default a free one. */
  readonly port?: number;
  /** Largest message received; -1 for any. */
  readonly maxMessageBytes?: number;
  /** Default that of gRPC. */
  readonly contentType?: string;
  /** Takes what cannot be read for an empty message. */
  readonly isLenient?: boolean;
  /** Default any number. */
  readonly maxConnections?: number;
}

/** Serves a reference, or a mutant of it, on loopback. */
export async function serveReference(runtime: ReferenceRuntime, options: ServeOptions = {}): Promise<RunningServer> {
  const handlers = handlersOf(runtime);
  return serve(modelRuntimeService(), runtime.token === undefined ? handlers : guarded(runtime, handlers), options);
}

export async function serve(
  service: Parameters<Server['addService']>[0],
  handlers: UntypedServiceImplementation,
  options: ServeOptions = {},
): Promise<RunningServer> {
  const { port: wanted = 0, maxMessageBytes = MAX_MESSAGE_BYTES, contentType, isLenient, maxConnections } = options;
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
    ...(contentType !== undefined && { interceptors: [sendsContentType(contentType)] }),
  });
  server.addService(isLenient === true ? lenient(service) : service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wanted}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const stop = () => server.forceShutdown();
  return maxConnections === undefined
    ? { address: `127.0.0.1:${port}`, stop }
    : narrow({ address: `127.0.0.1:${port}`, stop }, port, maxConnections);
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
      const shown = runtime.list(call.request.name);
      for (const [index, served] of shown.entries()) {
        call.write({ model: runtime.summary(served), isSnapshotComplete: index === shown.length - 1 });
      }
    },
  };
  return handlers as unknown as UntypedServiceImplementation;
}

function predictStream(runtime: ReferenceRuntime, call: StreamCall): void {
  const unanswered = new Set<string>();
  const context = callContext(call);
  let isEnded = false;
  const endIfDone = () => {
    if (isEnded && unanswered.size === 0) call.end();
  };
  call.write({ ready: { maxInFlight: MAX_IN_FLIGHT } });
  call.on('data', ({ itemId, request }: runtimeV1.PredictStreamRequest__Output) => {
    const accept = (): runtimeV1.PredictRequest__Output => {
      runtime.admitItem(itemId, unanswered);
      if (request === null) throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The item holds no request.');
      return request;
    };
    const answer = (event: runtimeV1.PredictStreamResponse) => {
      call.write(event);
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
async function narrow(server: RunningServer, port: number, maxConnections: number): Promise<RunningServer> {
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
    address: `127.0.0.1:${own}`,
    stop: () => {
      front.close();
      server.stop();
    },
  };
}

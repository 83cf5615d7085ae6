import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { type CallContext, callContext, DeepHealthError } from '@deephealth/sdk';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, type ReferenceRuntime } from './reference-runtime.js';

export interface RunningServer {
  readonly address: string;
  stop(): void;
}

type StreamCall = ServerDuplexStream<runtimeV1.PredictStreamRequest__Output, runtimeV1.PredictStreamResponse>;

export interface ServeOptions {
  /** On loopback; default a free one. */
  readonly port?: number;
  /** Whether stop() ends connections too. grpc-js finds them with channelz only, which costs time. */
  readonly endsConnections?: boolean;
}

/** Serves a reference, or a mutant of it, on loopback. */
export async function serveReference(runtime: ReferenceRuntime, options: ServeOptions = {}): Promise<RunningServer> {
  return serve(modelRuntimeService(), handlersOf(runtime), options);
}

export async function serve(
  service: Parameters<Server['addService']>[0],
  handlers: UntypedServiceImplementation,
  { port: wanted = 0, endsConnections = false }: ServeOptions = {},
): Promise<RunningServer> {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': endsConnections ? 1 : 0,
  });
  server.addService(service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wanted}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

type Answer<Request, Response> = (request: Request, context: CallContext) => Response | Promise<Response>;

/** The methods of the contract, answered by a reference or a mutant of it. */
export function handlersOf(runtime: ReferenceRuntime): UntypedServiceImplementation {
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

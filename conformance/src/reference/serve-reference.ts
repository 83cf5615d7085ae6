import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { callContext, DeepHealthError, toGrpcFailure, unaryHandler } from '@deephealth/sdk';
import { Server, ServerCredentials, type ServerDuplexStream, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, type ReferenceRuntime } from './reference-runtime.js';

export interface RunningServer {
  readonly address: string;
  stop(): void;
}

type StreamCall = ServerDuplexStream<runtimeV1.PredictStreamRequest__Output, runtimeV1.PredictStreamResponse>;

/** Serves on a free loopback port. */
export async function serveReference(runtime: ReferenceRuntime): Promise<RunningServer> {
  return serve(modelRuntimeService(), handlersOf(runtime));
}

export async function serve(
  service: Parameters<Server['addService']>[0],
  handlers: UntypedServiceImplementation,
): Promise<RunningServer> {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
  });
  server.addService(service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

const ignore = () => undefined;

function handlersOf(runtime: ReferenceRuntime): UntypedServiceImplementation {
  const handlers: Partial<runtimeV1.ModelRuntimeHandlers> = {
    GetServerInfo: unaryHandler(() => runtime.serverInfo(), ignore),
    ListModels: unaryHandler(
      ({ name }) => ({
        models: runtime.models
          .filter(({ model }) => name === '' || model.name === name)
          .map((served) => runtime.summary(served)),
      }),
      ignore,
    ),
    GetModel: unaryHandler(({ name, version }) => ({ model: runtime.descriptor(runtime.find(name, version)) }), ignore),
    LoadModel: unaryHandler(async ({ name, version }) => ({ model: await runtime.load(name, version) }), ignore),
    UnloadModel: unaryHandler(async ({ name, version }) => ({ model: await runtime.unload(name, version) }), ignore),
    Predict: unaryHandler((request, context) => runtime.predict(request, context), ignore),
    PredictStream: (call) => predictStream(runtime, call),
    WatchModels: (call) => {
      const { name } = call.request;
      const shown = runtime.models.filter(({ model }) => name === '' || model.name === name);
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
    const isDuplicate = unanswered.has(itemId);
    const answer = async (): Promise<runtimeV1.PredictResponse> => {
      if (isDuplicate) throw new DeepHealthError('DH_ITEM_ID_DUPLICATE', 'An unanswered item has this id.');
      if (unanswered.size >= MAX_IN_FLIGHT) throw new DeepHealthError('DH_STREAM_LIMIT_EXCEEDED', 'Too many items.');
      if (request === null) throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The item holds no request.');
      unanswered.add(itemId);
      return runtime.predict(request, context);
    };
    answer().then(
      (response) => {
        unanswered.delete(itemId);
        call.write({ result: { itemId, response } });
        endIfDone();
      },
      (thrown) => {
        if (!isDuplicate) unanswered.delete(itemId);
        call.write({ result: { itemId, status: itemStatus(thrown) } });
        endIfDone();
      },
    );
  });
  call.on('end', () => {
    isEnded = true;
    endIfDone();
  });
  call.on('error', ignore);
}

function itemStatus(thrown: unknown): runtimeV1.ItemStatus {
  const error = DeepHealthError.from(thrown);
  const { code, details } = toGrpcFailure(error);
  return { code, message: details, reason: error.reason, metadata: { ...error.details } };
}

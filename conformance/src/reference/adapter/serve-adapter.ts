import { type adapterV1, modelRuntimeService, platformAdapterService } from '@deephealth/proto';
import { DEFAULT_MAX_MESSAGE_BYTES, DeepHealthError, type GrpcFailure, unaryHandler } from '@deephealth/sdk';
import {
  type ClientReadableStream,
  type Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { GenericEvent } from '../../simulators/generic-protocol.js';
import { type JsonAnswer, type JsonRequest, serveJson } from '../../simulators/http-json.js';
import type { ReferenceAdapter } from './reference-adapter.js';

export interface RunningAdapter {
  /** "host:port" of the contract's face. */
  readonly address: string;
  /** URL of the platform's face. */
  readonly platformFace: string;
  stop(): Promise<void>;
}

type RawMethod = MethodDefinition<Buffer, Buffer>;

/** Serves both faces of an adapter, or of a mutant of it, on free ports of loopback. */
export async function serveAdapter(adapter: ReferenceAdapter): Promise<RunningAdapter> {
  const face = await serveJson((request) => answerPlatform(adapter, request));
  const contract = await serveContract(adapter, platformHandlers(adapter));
  return {
    address: contract.address,
    platformFace: face.url,
    stop: async () => {
      contract.stop();
      await face.stop();
    },
  };
}

/** The contract's face alone, beside a platform's face of another kind; with PlatformAdapter if it is given. */
export async function serveContract(
  adapter: ReferenceAdapter,
  platform?: adapterV1.PlatformAdapterHandlers,
): Promise<{ readonly address: string; stop(): void }> {
  const server = new Server({
    'grpc.max_receive_message_length': DEFAULT_MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
  });
  const service = rawService();
  server.addService(service as never, contractHandlers(adapter, service));
  if (platform !== undefined) server.addService(platformAdapterService(), { ...platform });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    stop: () => {
      adapter.stop();
      server.forceShutdown();
    },
  };
}

function platformHandlers(adapter: ReferenceAdapter): adapterV1.PlatformAdapterHandlers {
  const service = new adapter.Service(adapter);
  const unseen = () => undefined;
  return {
    Describe: unaryHandler(() => service.describe(), unseen),
    ListBindings: unaryHandler(async () => ({ bindings: await service.bindings() }), unseen),
    CheckHealth: unaryHandler(() => service.health(), unseen),
    RunBinding: unaryHandler(
      (request: adapterV1.RunBindingRequest__Output, context) => service.run(request, context),
      unseen,
    ),
  };
}

/** The contract's methods with their messages left as bytes. */
function rawService(): Record<string, RawMethod> {
  const asIs = (bytes: Buffer) => bytes;
  return Object.fromEntries(
    Object.entries(modelRuntimeService()).map(([name, method]) => [
      name,
      {
        ...(method as RawMethod),
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    ]),
  );
}

interface IncomingCall extends NodeJS.ReadWriteStream {
  readonly request: Buffer;
  readonly metadata: Metadata;
  getDeadline(): Date | number;
}
type Callback = (error: GrpcFailure | null, bytes?: Buffer) => void;

function contractHandlers(
  adapter: ReferenceAdapter,
  service: Readonly<Record<string, RawMethod>>,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      method.responseStream
        ? (call: IncomingCall) => forwardStream(adapter, name, method, call)
        : (call: IncomingCall, callback: Callback) => forwardCall(adapter, name, method, call, callback),
    ]),
  ) as never;
}

function forwardCall(
  adapter: ReferenceAdapter,
  name: string,
  { path, requestSerialize, responseDeserialize }: RawMethod,
  call: IncomingCall,
  callback: Callback,
): void {
  const upstream = adapter.upstream.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    adapter.forwardedRequest(name, call.request),
    adapter.forwardedMetadata(call.metadata),
    { deadline: adapter.forwardedDeadline(call.getDeadline()) },
    (error, bytes) => {
      if (error !== null) callback(adapter.forwardedFailure(error));
      else callback(null, adapter.forwardedResponse(name, bytes ?? Buffer.alloc(0)));
    },
  );
  call.on('cancelled', () => adapter.abandon(upstream));
}

/** PredictStream, and WatchModels, which has one request. */
function forwardStream(adapter: ReferenceAdapter, name: string, method: RawMethod, call: IncomingCall): void {
  const { path, requestSerialize, responseDeserialize } = method;
  const metadata = adapter.forwardedMetadata(call.metadata);
  const options = { deadline: adapter.forwardedDeadline(call.getDeadline()) };
  if (!method.requestStream) {
    const request = adapter.forwardedRequest(name, call.request);
    const { upstream } = adapter;
    answerStream(
      adapter,
      name,
      call,
      upstream.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata, options),
    );
    return;
  }
  const upstream = adapter.upstream.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    metadata,
    options,
  );
  answerStream(adapter, name, call, upstream);
  call.on('data', (bytes: Buffer) => {
    if (!upstream.write(adapter.forwardedRequest(name, bytes))) {
      call.pause();
      upstream.once('drain', () => call.resume());
    }
  });
  call.on('end', () => upstream.end());
}

function answerStream(
  adapter: ReferenceAdapter,
  name: string,
  call: IncomingCall,
  upstream: ClientReadableStream<Buffer>,
): void {
  upstream.on('data', (bytes: Buffer) => {
    // A caller that reads slowly slows the runtime down, not the adapter's memory up.
    if (!call.write(adapter.forwardedResponse(name, bytes))) {
      upstream.pause();
      call.once('drain', () => upstream.resume());
    }
  });
  upstream.on('end', () => call.end());
  upstream.on('error', (error: ServiceError) => call.emit('error', adapter.forwardedFailure(error)));
  call.on('cancelled', () => adapter.abandon(upstream));
}

const EVENT = /^\/events\/(?<id>[^/]+)$/;

async function answerPlatform(adapter: ReferenceAdapter, request: JsonRequest): Promise<JsonAnswer> {
  const { method, path, headers, body } = request;
  if (method === 'GET' && path === '/health/live') return { status: (await adapter.isLive()) ? 200 : 503 };
  if (method === 'GET' && path === '/health/ready') return { status: (await adapter.isReady()) ? 200 : 503 };
  const token = /^Bearer (?<token>.+)$/.exec(headers.authorization ?? '')?.groups?.token;
  if (token === undefined) return { status: 401 };
  if (method === 'POST' && path === '/events') {
    const event = JSON.parse(body) as GenericEvent;
    try {
      await adapter.accept(event, token);
    } catch (refused) {
      const error = adapter.errorOf(DeepHealthError.from(refused));
      return { status: error.retryable ? 503 : 409, body: { error } };
    }
    return { status: 202, body: { event: event.id } };
  }
  const id = decodeURIComponent(EVENT.exec(path)?.groups?.id ?? '');
  if (method === 'GET' && id !== '')
    return { status: 200, body: adapter.events.get(id)?.state ?? { state: 'unknown' } };
  if (method === 'DELETE' && id !== '') {
    adapter.cancel(id);
    return { status: 204 };
  }
  return { status: 404 };
}

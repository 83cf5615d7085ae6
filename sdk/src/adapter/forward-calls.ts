import type {
  ClientReadableStream,
  ClientWritableStream,
  Metadata,
  ServiceError,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type GrpcFailure, toGrpcFailure } from '../errors/grpc-status.js';
import { cancelAfterReading, forwardedFailure, forwardedMetadata, type RawMethod, type Upstream } from './upstream.js';

interface IncomingCall extends NodeJS.ReadWriteStream {
  readonly request: Buffer;
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getDeadline(): Date | number;
}
type Callback = (error: GrpcFailure | null, bytes?: Buffer) => void;

const EMPTY = Buffer.alloc(0);

/** Handlers that hand every call on to the runtime: bytes, deadline, cancellation, and back-pressure both ways. */
export function forwardingHandlers(
  upstream: Upstream,
  methods: Readonly<Record<string, RawMethod>>,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      method.responseStream
        ? (call: IncomingCall) => void forwardStream(upstream, method, call)
        : (call: IncomingCall, callback: Callback) => void forwardCall(upstream, method, call, callback),
    ]),
  ) as never;
}

async function forwardCall(
  upstream: Upstream,
  { path, requestSerialize, responseDeserialize }: RawMethod,
  call: IncomingCall,
  callback: Callback,
): Promise<void> {
  try {
    if (!upstream.isReady) await upstream.reached();
  } catch (unreached) {
    return callback(toGrpcFailure(unreached));
  }
  if (call.cancelled) return;
  const forwarded = upstream.client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    call.request,
    forwardedMetadata(call.metadata),
    { deadline: call.getDeadline() },
    (error, bytes) => {
      if (error !== null) callback(forwardedFailure(error));
      else callback(null, bytes ?? EMPTY);
    },
  );
  call.on('cancelled', () => cancelAfterReading(forwarded));
}

/** PredictStream, and WatchModels, which has one request. */
async function forwardStream(upstream: Upstream, method: RawMethod, call: IncomingCall): Promise<void> {
  try {
    if (!upstream.isReady) await upstream.reached();
  } catch (unreached) {
    call.emit('error', toGrpcFailure(unreached));
    return;
  }
  if (call.cancelled) return;
  const { path, requestSerialize, responseDeserialize } = method;
  const metadata = forwardedMetadata(call.metadata);
  const options = { deadline: call.getDeadline() };
  if (method.requestStream) {
    const forwarded = upstream.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      options,
    );
    giveBack(forwarded, call);
    handOn(call, forwarded);
    return;
  }
  const { client } = upstream;
  giveBack(
    client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, call.request, metadata, options),
    call,
  );
}

/** A runtime that reads slowly slows the caller down, not the adapter's memory up. */
function handOn(call: IncomingCall, forwarded: ClientWritableStream<Buffer>): void {
  call.on('data', (bytes: Buffer) => {
    if (forwarded.write(bytes)) return;
    call.pause();
    forwarded.once('drain', () => call.resume());
  });
  call.on('end', () => forwarded.end());
}

/** The same the other way. */
function giveBack(forwarded: ClientReadableStream<Buffer>, call: IncomingCall): void {
  forwarded.on('data', (bytes: Buffer) => {
    if (call.write(bytes as never)) return;
    forwarded.pause();
    call.once('drain', () => forwarded.resume());
  });
  forwarded.on('end', () => call.end());
  forwarded.on('error', (error: ServiceError) => void call.emit('error', forwardedFailure(error)));
  call.on('cancelled', () => cancelAfterReading(forwarded));
}

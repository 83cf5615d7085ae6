import type {
  ClientReadableStream,
  ClientWritableStream,
  Metadata,
  ServiceError,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type GrpcFailure, toGrpcFailure } from '../errors/grpc-status.js';
import { type ForwardGuard, UNGUARDED } from './forward-guard.js';
import { cancelAfterReading, forwardedFailure, forwardedMetadata, type RawMethod, type Upstream } from './upstream.js';

interface IncomingCall extends NodeJS.ReadWriteStream {
  readonly request: Buffer;
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getDeadline(): Date | number;
}
/** The guard of a call, by the name of its method and its metadata. */
export type Guarding = (method: string, metadata: object) => ForwardGuard;

type Callback = (error: GrpcFailure | null, bytes?: Buffer) => void;

const EMPTY = Buffer.alloc(0);

/**
 * Handlers that hand every call on to the runtime: bytes, deadline, cancellation, and back-pressure both ways.
 *
 * @param guarding what stands before each call; default nothing
 */
export function forwardingHandlers(
  upstream: Upstream,
  methods: Readonly<Record<string, RawMethod>>,
  guarding: Guarding = () => UNGUARDED,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      method.responseStream
        ? (call: IncomingCall) => void forwardStream(upstream, method, call, guarding(name, call.metadata))
        : (call: IncomingCall, callback: Callback) =>
            void forwardCall(upstream, method, call, callback, guarding(name, call.metadata)),
    ]),
  ) as never;
}

async function forwardCall(
  upstream: Upstream,
  { path, requestSerialize, responseDeserialize }: RawMethod,
  call: IncomingCall,
  callback: Callback,
  guard: ForwardGuard,
): Promise<void> {
  try {
    guard.admit(call.request);
    if (!upstream.isReady) await upstream.reached();
  } catch (refused) {
    return callback(toGrpcFailure(refused));
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
      else giveAnswer(bytes ?? EMPTY);
    },
  );
  call.on('cancelled', () => cancelAfterReading(forwarded));

  function giveAnswer(bytes: Buffer): void {
    let shown: Buffer | undefined;
    try {
      shown = guard.show(bytes);
    } catch (refused) {
      callback(toGrpcFailure(refused));
      return;
    }
    callback(null, shown ?? EMPTY);
  }
}

/** PredictStream, and WatchModels, which has one request. */
async function forwardStream(
  upstream: Upstream,
  method: RawMethod,
  call: IncomingCall,
  guard: ForwardGuard,
): Promise<void> {
  try {
    if (!method.requestStream) guard.admit(call.request);
    if (!upstream.isReady) await upstream.reached();
  } catch (refused) {
    call.emit('error', toGrpcFailure(refused));
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
    giveBack(forwarded, call, guard);
    handOn(call, forwarded, guard);
    return;
  }
  const { client } = upstream;
  giveBack(
    client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, call.request, metadata, options),
    call,
    guard,
  );
}

/** A runtime that reads slowly slows the caller down, not the adapter's memory up. */
function handOn(
  call: IncomingCall,
  forwarded: ClientWritableStream<Buffer> & { cancel(): void },
  guard: ForwardGuard,
): void {
  call.on('data', (bytes: Buffer) => {
    if (endedByRefusal.has(call)) return;
    if (!isAllowed(call, forwarded, () => guard.admit(bytes))) return;
    if (forwarded.write(bytes)) return;
    call.pause();
    forwarded.once('drain', () => call.resume());
  });
  call.on('end', () => forwarded.end());
}

/** The same the other way. */
function giveBack(forwarded: ClientReadableStream<Buffer>, call: IncomingCall, guard: ForwardGuard): void {
  forwarded.on('data', (bytes: Buffer) => {
    if (endedByRefusal.has(call)) return;
    let shown: Buffer | undefined;
    const look = () => {
      shown = guard.show(bytes);
    };
    if (!isAllowed(call, forwarded, look) || shown === undefined || call.write(shown as never)) return;
    forwarded.pause();
    call.once('drain', () => forwarded.resume());
  });
  forwarded.on('end', () => {
    if (!endedByRefusal.has(call)) call.end();
  });
  forwarded.on('error', (error: ServiceError) => {
    if (!endedByRefusal.has(call)) call.emit('error', forwardedFailure(error));
  });
  call.on('cancelled', () => cancelAfterReading(forwarded));
}

/** Streams that were ended because of what their callers asked: nothing that is under way behind them counts. */
const endedByRefusal = new WeakSet<object>();

/** Ends a stream whose item is refused, here and towards the runtime. */
function isAllowed(call: IncomingCall, forwarded: { cancel(): void }, check: () => void): boolean {
  try {
    check();
    return true;
  } catch (refused) {
    endedByRefusal.add(call);
    call.emit('error', toGrpcFailure(refused));
    cancelAfterReading(forwarded);
    return false;
  }
}

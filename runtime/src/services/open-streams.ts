import { DeepHealthError, toGrpcFailure } from '@deephealth/sdk';
import type { ServiceDefinition, UntypedHandleCall, UntypedServiceImplementation } from '@grpc/grpc-js';

/** What this needs of a streaming call of grpc-js. */
interface StreamingCall {
  once(event: string, listener: () => void): unknown;
  emit(event: 'error', error: unknown): boolean;
}

/** Streams that their callers keep open, so that a server that stops can tell each of them. */
export class OpenStreams {
  readonly #calls = new Set<StreamingCall>();

  /** The same handlers; calls of those that answer with a stream are known from their beginning to their end. */
  watched(service: ServiceDefinition, handlers: UntypedServiceImplementation): UntypedServiceImplementation {
    const entries = Object.entries(handlers).map(([name, handler]) => {
      return [name, service[name]?.responseStream === true ? this.#watch(handler) : handler] as const;
    });
    return Object.fromEntries(entries);
  }

  #watch(handler: UntypedHandleCall): UntypedHandleCall {
    const handle = handler as (call: StreamingCall) => void;
    return ((call: StreamingCall) => {
      this.#calls.add(call);
      for (const end of ['finish', 'cancelled', 'close', 'error']) call.once(end, () => this.#calls.delete(call));
      handle(call);
    }) as UntypedHandleCall;
  }

  /**
   * Ends all of them as UNAVAILABLE. A connection that merely breaks off tells grpc-js's client of an internal fault,
   * which nobody tries again.
   */
  endAll(): void {
    const stopping = new DeepHealthError(
      'DH_SERVER_STOPPING',
      'The server is shutting down and takes no new requests.',
    );
    for (const call of [...this.#calls]) call.emit('error', toGrpcFailure(stopping));
  }
}

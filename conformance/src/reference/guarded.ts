import type { runtimeV1 } from '@deephealth/proto';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { KnownCaller } from './reference-access.js';
import type { ReferenceRuntime } from './reference-runtime.js';

/** `x5t#S256` of the certificate of who is connected from an address, "host:port". */
export type CertificateOf = (peer: string) => string | undefined;

const CALLERS = new WeakMap<object, KnownCaller>();

/** Who makes a call that has passed the guard; undefined where nobody was asked. */
export function callerOf(call: object): KnownCaller | undefined {
  return CALLERS.get(call);
}

interface Call {
  readonly request?: { readonly name?: string; readonly modelName?: string };
  readonly metadata: { get(name: string): unknown[] };
  getPeer(): string;
  emit(event: 'error', error: unknown): void;
}
type Callback = (error: unknown, ...rest: unknown[]) => void;
type Handler = (call: Call, callback?: Callback) => void;

/** Asks every caller who it is before the handler runs. */
export function guarded(
  runtime: ReferenceRuntime,
  handlers: UntypedServiceImplementation,
  certificateOf: CertificateOf,
): UntypedServiceImplementation {
  const guard =
    (rpc: string, handler: Handler): Handler =>
    (call, callback) => {
      const header = (name: string) => call.metadata.get(name)[0]?.toString();
      const incoming = {
        ...{ rpc, header, authorization: header('authorization') },
        certificate: certificateOf(call.getPeer()),
        model: call.request?.modelName ?? call.request?.name,
      };
      const run = (caller: KnownCaller | undefined): Promise<Parameters<Callback>> => {
        if (caller !== undefined) CALLERS.set(call, caller);
        if (callback !== undefined) return new Promise((resolve) => handler(call, (...all) => resolve(all)));
        handler(call);
        return Promise.resolve([null]);
      };
      runtime.guard(incoming, run).then(
        (all) => callback?.(...all),
        (refusal) => {
          const failure = runtime.failure(refusal);
          if (callback !== undefined) callback(failure);
          else call.emit('error', failure);
        },
      );
    };
  return Object.fromEntries(
    Object.entries(handlers).map(([rpc, handler]) => [rpc, guard(rpc, handler as unknown as Handler)]),
  ) as unknown as UntypedServiceImplementation;
}

/** Model of an item, for the check that each of a stream has. */
export function modelOfItem({ request }: runtimeV1.PredictStreamRequest__Output): string {
  return request?.modelName ?? '';
}

import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ReferenceRuntime } from './reference-runtime.js';

/** Asks every caller for the token before the handler runs. */
export function guarded(
  runtime: ReferenceRuntime,
  handlers: UntypedServiceImplementation,
): UntypedServiceImplementation {
  type Call = { metadata: { get(name: string): unknown[] }; emit(event: 'error', error: unknown): void };
  type Callback = (error: unknown, ...rest: unknown[]) => void;
  type Handler = (call: Call, callback?: Callback) => void;
  const guard =
    (rpc: string, handler: Handler): Handler =>
    (call, callback) => {
      const authorization = call.metadata.get('authorization')[0]?.toString();
      if (callback === undefined) {
        const refusal = runtime.refusal(rpc, authorization);
        if (refusal === undefined) handler(call);
        else call.emit('error', refusal);
        return;
      }
      const run = () => new Promise<Parameters<Callback>>((resolve) => handler(call, (...all) => resolve(all)));
      runtime.guard(rpc, authorization, run).then(
        (all) => callback(...all),
        (refusal) => callback(refusal),
      );
    };
  return Object.fromEntries(
    Object.entries(handlers).map(([rpc, handler]) => [rpc, guard(rpc, handler as unknown as Handler)]),
  ) as unknown as UntypedServiceImplementation;
}

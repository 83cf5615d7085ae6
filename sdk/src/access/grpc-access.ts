import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { toGrpcFailure } from '../errors/grpc-status.js';
import type { AccessGate, Credentials } from './access-gate.js';
import type { Caller } from './caller.js';
import { assertPermitted, type Permission } from './permissions.js';

/** `open`: asked without an account. */
export type MethodAccess = Permission | 'open';

export interface GrpcAccessOptions {
  readonly gate: AccessGate;
  /** What a method needs, by its path ("/package.Service/Method"). A method that is not listed is refused to everybody. */
  readonly methods: ReadonlyMap<string, MethodAccess>;
  /** Sees every refusal, for the log and the audit. */
  readonly onRefused: (thrown: unknown, method: string, caller: Caller | undefined) => void;
}

/** Callers by the metadata of their calls, which grpc-js hands on as the object that it is. */
const callers = new WeakMap<object, Caller>();

/** Who made a call that passed {@link grpcAccess}; undefined on a server that asks nobody. */
export function callerOf(metadata: object): Caller | undefined {
  return callers.get(metadata);
}

/**
 * Stands before every method of a gRPC server: a caller is recognised, and has the permission, before a byte of its
 * message is read.
 */
export function grpcAccess({ gate, methods, onRefused }: GrpcAccessOptions): ServerInterceptor {
  return (definition, call) => {
    const access = methods.get(definition.path);
    if (access === 'open') return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, go) => {
            let caller: Caller | undefined;
            const admit = async () => {
              caller = await gate.authenticate(credentialsOf(metadata, call));
              assertPermitted(caller, access ?? 'unlisted');
              callers.set(metadata, caller);
            };
            admit().then(
              () => go(metadata),
              (thrown) => {
                onRefused(thrown, definition.path, caller);
                const { code, details, metadata: trailers } = toGrpcFailure(thrown);
                call.sendStatus({ code, details, metadata: trailers ?? null });
              },
            );
          },
        });
      },
    });
  };
}

function credentialsOf(metadata: Metadata, call: ServerInterceptingCallInterface): Credentials {
  return {
    authorization: metadata.get('authorization').map(String),
    certificate: () => {
      const presented = call.getAuthContext().sslPeerCertificate;
      if (presented === undefined) return undefined;
      const { raw, subjectaltname } = presented;
      return { raw, ...(subjectaltname !== undefined && { subjectAltName: subjectaltname }) };
    },
  };
}

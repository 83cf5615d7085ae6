import { type adapterV1, CONTRACT_VERSIONS, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller } from '../access/caller.js';
import { assertPermitted, maySeeModel } from '../access/permissions.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { unaryHandler } from '../server/unary-handler.js';
import {
  PLATFORM_AUTHORIZATION,
  type PlatformBinding,
  type PlatformCaller,
  type PlatformFace,
} from './platform-face.js';
import type { Upstream } from './upstream.js';

const ASK_RUNTIME_MS = 1_000;

/**
 * Handlers of `deephealth.adapter.v1.PlatformAdapter`; `onError` sees what was thrown, for the log.
 *
 * @param isGated whether callers were asked who they are: one that was not is refused then
 * @param onRefused sees a caller that may not use the model of a binding
 */
export function platformHandlers(
  face: PlatformFace,
  upstream: Upstream,
  onError: (thrown: unknown) => void,
  isGated = false,
  onRefused: (thrown: unknown, method: string, caller: Caller | undefined) => void = () => undefined,
): adapterV1.PlatformAdapterHandlers {
  const identityOf = (caller: Caller | undefined) => {
    if (!isGated || caller !== undefined) return caller;
    throw new DeepHealthError('DH_UNAUTHENTICATED', 'The call was not recognised.');
  };
  const visible = async (caller: Caller | undefined): Promise<readonly PlatformBinding[]> => {
    const identity = identityOf(caller);
    const bindings = await face.bindings();
    return identity === undefined
      ? bindings
      : bindings.filter(({ modelName = '' }) => maySeeModel(identity, modelName));
  };
  return {
    Describe: unaryHandler(async () => {
      const runtime = await askRuntime(upstream);
      return { ...face.describe(), contractVersions: [...CONTRACT_VERSIONS], ...(runtime && { runtime }) };
    }, onError),
    ListBindings: unaryHandler(async (_, { caller }) => ({ bindings: [...(await visible(caller))] }), onError),
    CheckHealth: unaryHandler(async (_, { signal, caller }) => {
      const ids = (await visible(caller)).map(({ id }) => id);
      const health = await face.health(signal);
      if (caller === undefined) return health;
      return { ...health, bindings: health.bindings?.filter(({ bindingId = '' }) => ids.includes(bindingId)) ?? [] };
    }, onError),
    RunBinding: unaryHandler<adapterV1.RunBindingRequest__Output, adapterV1.RunBindingResponse>(
      async ({ bindingId, input, mediaType }, { signal, deadlineMs, caller: known }, call) => {
        const identity = identityOf(known);
        const binding = (await face.bindings()).find(({ id }) => id === bindingId);
        // In the same words whether there is such a binding or not.
        try {
          if (identity !== undefined) assertPermitted(identity, 'predict', binding?.modelName ?? '');
        } catch (thrown) {
          onRefused(thrown, '/deephealth.adapter.v1.PlatformAdapter/RunBinding', identity);
          throw thrown;
        }
        if (binding === undefined) {
          throw new DeepHealthError('DH_BINDING_NOT_FOUND', 'The adapter has no binding of this id.');
        }
        const { inputMediaTypes, outputMediaType, isShadow = false } = binding;
        if (!inputMediaTypes.includes(withoutParameters(mediaType))) {
          throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The binding does not accept this media type.', {
            details: { expected: inputMediaTypes.join(', ') },
          });
        }
        const caller = platformCaller(call, identity);
        const { output, runs } = await face.run({ bindingId, input, mediaType, caller, deadlineMs, signal });
        return { output: Buffer.from(output), mediaType: outputMediaType, runs: [...runs], isShadow };
      },
      onError,
    ),
  };
}

/** As the runtime names itself; undefined while it cannot be asked. */
function askRuntime({ client }: Upstream): Promise<adapterV1.RuntimeIdentity | undefined> {
  const { path, requestSerialize, responseDeserialize } = modelRuntimeService().GetServerInfo;
  return new Promise((resolve) => {
    const deadline = Date.now() + ASK_RUNTIME_MS;
    client.makeUnaryRequest<runtimeV1.GetServerInfoRequest, runtimeV1.GetServerInfoResponse__Output>(
      path,
      requestSerialize,
      responseDeserialize,
      {},
      { deadline },
      (error, info) => {
        if (error !== null || info === undefined) return resolve(undefined);
        resolve({ name: info.name, version: info.version, engine: info.engine });
      },
    );
  });
}

/** The type alone, as types are compared: `application/json; charset=utf-8` is `application/json`. */
function withoutParameters(mediaType: string): string {
  return (mediaType.split(';')[0] as string).trim().toLowerCase();
}

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'metadata' | 'getPeer' | 'getAuthContext'>;

function platformCaller(call: Call, identity: Caller | undefined): PlatformCaller {
  const { sslPeerCertificate } = call.getAuthContext();
  const header = (name: string) => call.metadata.get(name)[0]?.toString();
  return {
    // Where a face has a gate, `authorization` was for that, and is not the platform's to see.
    header: (name) => {
      if (name !== 'authorization') return header(name);
      return header(PLATFORM_AUTHORIZATION) ?? (identity === undefined ? header(name) : undefined);
    },
    ...(identity !== undefined && { identity }),
    // "127.0.0.1:1234", "::1:1234"; of a connection that is gone "unknown".
    address: call.getPeer().replace(/:\d+$/, ''),
    // Without a certificate Node gives an empty object.
    ...(sslPeerCertificate?.fingerprint256 !== undefined && {
      certificate: {
        sha256: sslPeerCertificate.fingerprint256,
        validFrom: new Date(sslPeerCertificate.valid_from),
        validTo: new Date(sslPeerCertificate.valid_to),
      },
    }),
  };
}

import { type adapterV1, CONTRACT_VERSIONS, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { unaryHandler } from '../server/unary-handler.js';
import type { PlatformCaller, PlatformFace } from './platform-face.js';
import type { Upstream } from './upstream.js';

const ASK_RUNTIME_MS = 1_000;

/** Handlers of `deephealth.adapter.v1.PlatformAdapter`; `onError` sees what was thrown, for the log. */
export function platformHandlers(
  face: PlatformFace,
  upstream: Upstream,
  onError: (thrown: unknown) => void,
): adapterV1.PlatformAdapterHandlers {
  return {
    Describe: unaryHandler(async () => {
      const runtime = await askRuntime(upstream);
      return { ...face.describe(), contractVersions: [...CONTRACT_VERSIONS], ...(runtime && { runtime }) };
    }, onError),
    ListBindings: unaryHandler(async () => ({ bindings: [...(await face.bindings())] }), onError),
    CheckHealth: unaryHandler((_, { signal }) => face.health(signal), onError),
    RunBinding: unaryHandler<adapterV1.RunBindingRequest__Output, adapterV1.RunBindingResponse>(
      async ({ bindingId, input, mediaType }, { signal, deadlineMs }, call) => {
        const binding = (await face.bindings()).find(({ id }) => id === bindingId);
        if (binding === undefined) {
          throw new DeepHealthError('DH_BINDING_NOT_FOUND', 'The adapter has no binding of this id.');
        }
        const { inputMediaTypes, outputMediaType, isShadow = false } = binding;
        if (!inputMediaTypes.includes(withoutParameters(mediaType))) {
          throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The binding does not accept this media type.', {
            details: { expected: inputMediaTypes.join(', ') },
          });
        }
        const caller = callerOf(call);
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

function callerOf(call: Call): PlatformCaller {
  const { sslPeerCertificate } = call.getAuthContext();
  return {
    header: (name) => call.metadata.get(name)[0]?.toString(),
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

import { type adapterV1, loadContract } from '@deephealth/proto';
import { credentials as grpcCredentials, Metadata } from '@grpc/grpc-js';
import { PLATFORM_AUTHORIZATION } from '../adapter/platform-face.js';
import { type CallSettings, ContractCalls, type ContractClientOptions, channelOptions } from './contract-calls.js';

/** What `createAdapterClient` takes. */
export type AdapterClientOptions = ContractClientOptions;

/** Settings of one call of `runBinding`. */
export interface RunSettings extends CallSettings {
  /**
   * What the platform would send in its header of this name, as in "Bearer ..."; only the adapter sees it. A client with
   * a `token` sends it as {@link PLATFORM_AUTHORIZATION}, since `authorization` is the token then.
   */
  readonly authorization?: string;
}

/**
 * Typed client of `deephealth.adapter.v1.PlatformAdapter`, at the address of an adapter's contract face. Every
 * failure is a DeepHealthError; an adapter that does not serve it answers DH_FEATURE_UNSUPPORTED.
 *
 * What only reads is tried again when the adapter is briefly unavailable; `runBinding` is not.
 */
export interface AdapterClient {
  describe(settings?: CallSettings): Promise<adapterV1.DescribeResponse__Output>;
  listBindings(settings?: CallSettings): Promise<adapterV1.Binding__Output[]>;
  checkHealth(settings?: CallSettings): Promise<adapterV1.CheckHealthResponse__Output>;
  /**
   * One input in the form of the platform, to what the platform would be given. Throws DH_BINDING_NOT_FOUND,
   * DH_MEDIA_TYPE_UNSUPPORTED, what the platform's own face refuses, and what the runtime refuses.
   */
  runBinding(
    request: adapterV1.RunBindingRequest,
    settings?: RunSettings,
  ): Promise<adapterV1.RunBindingResponse__Output>;
  close(): void;
}

/** A client for one adapter. It connects on first use; call {@link AdapterClient.close} when done. */
export function createAdapterClient(options: AdapterClientOptions): AdapterClient {
  const { PlatformAdapter } = loadContract().deephealth.adapter.v1;
  const credentials = options.credentials ?? grpcCredentials.createInsecure();
  const client = new PlatformAdapter(options.address, credentials, channelOptions(options));
  const calls = new ContractCalls(client, options);
  return {
    describe: (settings) =>
      calls.read<adapterV1.DescribeRequest, adapterV1.DescribeResponse__Output>(client.describe as never, {}, settings),
    async listBindings(settings) {
      const { bindings } = await calls.read<adapterV1.ListBindingsRequest, adapterV1.ListBindingsResponse__Output>(
        client.listBindings as never,
        {},
        settings,
      );
      return bindings;
    },
    checkHealth: (settings) =>
      calls.read<adapterV1.CheckHealthRequest, adapterV1.CheckHealthResponse__Output>(
        client.checkHealth as never,
        {},
        settings,
      ),
    runBinding(request, { authorization, ...settings } = {}) {
      const metadata = settings.metadata?.clone() ?? new Metadata();
      if (authorization !== undefined) {
        metadata.set(options.token === undefined ? 'authorization' : PLATFORM_AUTHORIZATION, authorization);
      }
      return calls.unary<adapterV1.RunBindingRequest, adapterV1.RunBindingResponse__Output>(
        client.runBinding as never,
        request,
        { ...settings, metadata },
      );
    },
    close: () => client.close(),
  };
}

import { loadContract, type runtimeV1 } from '@deephealth/proto';
import { credentials as grpcCredentials } from '@grpc/grpc-js';
import { type CallSettings, ContractCalls, type ContractClientOptions, channelOptions } from './contract-calls.js';

/** What `createControlClient` takes. */
export type ControlClientOptions = ContractClientOptions;

/**
 * Typed client of `deephealth.runtime.v1.ModelControl`: stops models, and brings new versions into use. Every failure
 * is a DeepHealthError; a server that does not offer it answers DH_FEATURE_UNSUPPORTED.
 */
export interface ControlClient {
  /**
   * Once it resolves, no answer of the model leaves the server.
   *
   * @param version empty for all versions
   * @param reason 1 to 500 characters; callers see it
   */
  suspendModel(
    name: string,
    version: string,
    reason: string,
    settings?: CallSettings,
  ): Promise<runtimeV1.SuspendModelResponse__Output>;
  /** @param version empty for every suspension of the model */
  resumeModel(
    name: string,
    version?: string,
    reason?: string,
    settings?: CallSettings,
  ): Promise<runtimeV1.ResumeModelResponse__Output>;
  getControlState(name?: string, settings?: CallSettings): Promise<runtimeV1.GetControlStateResponse__Output>;
  setRollout(
    request: runtimeV1.SetRolloutRequest,
    settings?: CallSettings,
  ): Promise<runtimeV1.SetRolloutResponse__Output>;
  close(): void;
}

/** A client for one server. It connects on first use; call {@link ControlClient.close} when done. */
export function createControlClient(options: ControlClientOptions): ControlClient {
  const { ModelControl } = loadContract().deephealth.runtime.v1;
  const credentials = options.credentials ?? grpcCredentials.createInsecure();
  const client = new ModelControl(options.address, credentials, channelOptions(options));
  const calls = new ContractCalls(client, options);
  return {
    suspendModel: (modelName, modelVersion, reason, settings) =>
      calls.unary<runtimeV1.SuspendModelRequest, runtimeV1.SuspendModelResponse__Output>(
        client.suspendModel as never,
        { modelName, modelVersion, reason },
        settings,
      ),
    resumeModel: (modelName, modelVersion = '', reason = '', settings = {}) =>
      calls.unary<runtimeV1.ResumeModelRequest, runtimeV1.ResumeModelResponse__Output>(
        client.resumeModel as never,
        { modelName, modelVersion, reason },
        settings,
      ),
    getControlState: (modelName = '', settings = {}) =>
      calls.read<runtimeV1.GetControlStateRequest, runtimeV1.GetControlStateResponse__Output>(
        client.getControlState as never,
        { modelName },
        settings,
      ),
    setRollout: (request, settings) =>
      calls.unary<runtimeV1.SetRolloutRequest, runtimeV1.SetRolloutResponse__Output>(
        client.setRollout as never,
        request,
        settings,
      ),
    close: () => client.close(),
  };
}

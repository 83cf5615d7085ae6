import type { adapterV1 } from '@deephealth/proto';
import { type CallContext, unaryHandler } from '@deephealth/sdk';
import { ReferenceAdapter } from './reference-adapter.js';
import { serveContract } from './serve-adapter.js';

/** `deephealth.adapter.v1.PlatformAdapter` of an adapter that has no other face. */
export interface PlatformAdapterService {
  describe(): Promise<adapterV1.DescribeResponse>;
  bindings(): adapterV1.Binding[];
  health(): Promise<adapterV1.CheckHealthResponse>;
  run(request: adapterV1.RunBindingRequest__Output, context: CallContext): Promise<adapterV1.RunBindingResponse>;
  stop(): void;
}

export interface RunningPlatformAdapter {
  /** "host:port" of the contract's face. */
  readonly address: string;
  stop(): void;
}

/**
 * Serves it beside the contract's face of the reference adapter.
 *
 * @param runtime "host:port" that the contract's face hands on to
 */
export async function servePlatformAdapter(
  service: PlatformAdapterService,
  runtime: string,
): Promise<RunningPlatformAdapter> {
  const unseen = () => undefined;
  const contract = await serveContract(new ReferenceAdapter({ runtime, platform: '' }), {
    Describe: unaryHandler(() => service.describe(), unseen),
    ListBindings: unaryHandler(async () => ({ bindings: service.bindings() }), unseen),
    CheckHealth: unaryHandler(() => service.health(), unseen),
    RunBinding: unaryHandler(
      (request: adapterV1.RunBindingRequest__Output, context) => service.run(request, context),
      unseen,
    ),
  });
  return {
    address: contract.address,
    stop: () => {
      contract.stop();
      service.stop();
    },
  };
}

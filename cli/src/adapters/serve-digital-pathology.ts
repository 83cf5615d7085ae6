import { createDigitalPathologyAdapter, DIGITAL_PATHOLOGY_BINDING } from '@deephealth/adapter-digital-pathology';
import type { Log } from '@deephealth/runtime';
import { DeepHealthError, serveContractFace } from '@deephealth/sdk';
import { packageFolders } from './package-folders.js';

export interface PathologyServerOptions {
  /** gRPC port of the adapter's contract face, on 127.0.0.1 alone; 0 for a free one. */
  readonly contractPort: number;
  /** "host:port" of the runtime. */
  readonly runtime: string;
  /** Model stores. */
  readonly models: readonly string[];
  readonly log: Log;
}

export interface PathologyServer {
  readonly bindingIds: readonly string[];
  /** "host:port" of the contract face. */
  readonly contractAddress: string;
  stop(): Promise<void>;
}

/** Serves the contract face of the digital pathology adapter beside the runtime of this process. */
export async function startDigitalPathology(options: PathologyServerOptions): Promise<PathologyServer> {
  const { runtime, log } = options;
  const packages = await packageFolders(options.models, DIGITAL_PATHOLOGY_BINDING);
  const adapter = await createDigitalPathologyAdapter({ runtime, packages });
  const face = await serveContractFace({
    runtime,
    port: options.contractPort,
    platform: adapter.platformFace,
    onError: (thrown) => log('warn', 'contract-face', { code: DeepHealthError.from(thrown).code }),
  }).catch(async (error) => {
    await adapter.close();
    throw error;
  });
  return {
    bindingIds: adapter.bindingIds,
    contractAddress: face.address,
    async stop() {
      await face.stop();
      await adapter.close();
    },
  };
}

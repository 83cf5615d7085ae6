import { createDigitalPathologyAdapter, DIGITAL_PATHOLOGY_BINDING } from '@deephealth/adapter-digital-pathology';
import { DeepHealthError, serveContractFace } from '@deephealth/sdk';
import { answeredFace } from './answered-face.js';
import { packageFolders } from './package-folders.js';
import { connectionOf, type Surroundings } from './surroundings.js';

export interface PathologyServerOptions extends Omit<Surroundings, 'insecureBind' | 'isProduction'> {
  /** gRPC port of the adapter's contract face, on 127.0.0.1 alone; 0 for a free one. */
  readonly contractPort: number;
}

export interface PathologyServer {
  readonly bindingIds: readonly string[];
  /** "host:port" of the contract face. */
  readonly contractAddress: string;
  stop(): Promise<void>;
}

/** Serves the contract face of the digital pathology adapter beside the runtime of this process. */
export async function startDigitalPathology(options: PathologyServerOptions): Promise<PathologyServer> {
  const { log, security } = options;
  const connection = connectionOf(options);
  const packages = await packageFolders(options.models, DIGITAL_PATHOLOGY_BINDING);
  const adapter = await createDigitalPathologyAdapter({ ...connection, packages });
  const face = await serveContractFace({
    ...connection,
    ...security,
    port: options.contractPort,
    platform: answeredFace(adapter.platformFace, (model) => options.onAnswered?.('digital-pathology', model)),
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

import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type RuntimeClient, readInputFile } from '@deephealth/sdk';
import type { ChainBinding, ParameterValues } from '../bindings/processing-chain-binding.js';
import type { ChainPackage } from '../bindings/read-chain-package.js';
import { toItemFindings } from './finding-json.js';
import { hashFile } from './hash-file.js';
import { writeItemFile } from './infer-chunk.js';
import type { ItemAnswer, ItemCall, ItemPredictor } from './item-predictor.js';

export interface ContractPredictorOptions {
  readonly client: RuntimeClient;
  readonly package: ChainPackage;
  readonly chain: ChainBinding;
  /** Of one item, in ms: the time limit of the whole task. */
  readonly deadlineMs: number;
}

/**
 * Asks a runtime about files and series through the contract, at the lowest priority: whoever waits for one study
 * goes first.
 *
 * @throws DH_CHAIN_INPUT_CHANGED where the runtime serves another package under the same name and version
 */
export async function contractPredictor({
  client,
  package: { manifest, packageSha256 },
  chain,
  deadlineMs,
}: ContractPredictorOptions): Promise<ItemPredictor> {
  const model = await client.getModel(manifest.name, manifest.version);
  const served = model.summary?.packageSha256 ?? '';
  if (served !== packageSha256) {
    throw new DeepHealthError(
      'DH_CHAIN_INPUT_CHANGED',
      `The runtime serves ${manifest.name} ${manifest.version} from another package than the run has.`,
      { details: { expected: packageSha256, found: served } },
    );
  }
  const outputs = [...(chain.outputs ?? [])];
  const explained = model.outputs
    .filter(({ name, highlightMethod }) => highlightMethod !== '' && (outputs.length === 0 || outputs.includes(name)))
    .map(({ name }) => name);
  return {
    maxInFlight: chain.resources.cores,
    async predict({ path, parameters, folder, place, signal }: ItemCall): Promise<ItemAnswer> {
      const inputs = await readInputFile(path, model, partOf(parameters));
      const request: runtimeV1.PredictRequest = {
        ...{ modelName: manifest.name, modelVersion: manifest.version, inputs, outputs },
        highlights: parameters.highlight === true ? explained : [],
        priority: 'PRIORITY_BATCH',
        // A model that is replaced meanwhile is refused, not asked.
        expectedPackageSha256: packageSha256,
      };
      const answer = await client.predict(request, { deadlineMs, signal });
      return toItemFindings(answer, async (name, bytes, mediaType) => {
        await writeItemFile(folder, name, bytes);
        const { size, digest } = await hashFile(join(folder, name));
        return { path: `${place}/${name}`, mediaType, name, size, sha256: digest };
      });
    },
  };
}

function partOf({ frame, fromS, lengthS }: ParameterValues) {
  return {
    ...(typeof frame === 'number' && { frame }),
    ...(typeof fromS === 'number' && { fromS }),
    ...(typeof lengthS === 'number' && { lengthS }),
  };
}

import type { inferenceV2 } from '@deephealth/proto';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import { TargetClient, type TargetOptions } from '../targets/target-client.js';
import { OIP_MODELS } from './oip-models.js';
import { type OipTarget, ownNames, type TargetModel } from './oip-target.js';

export interface OipAddresses {
  readonly target: TargetOptions;
  /** `http://host:port` of the HTTP face, if it is to be judged. */
  readonly http?: string;
  /** Of `--models-map`; without it, models are looked for under the suite's names. */
  readonly modelsMap?: ReadonlyMap<string, TargetModel>;
}

export type ReachedOip =
  | {
      readonly oip: OipTarget;
      readonly target: { readonly name: string; readonly version: string; readonly engine: string };
      /** `oip/<extension>` for each that ServerMetadata names. */
      readonly features: ReadonlySet<string>;
      /** Models of the suite that it does not serve. */
      readonly missing: readonly string[];
    }
  | { readonly problem: string };

/**
 * Who answers at an address that speaks the Open Inference Protocol and perhaps nothing else, and which
 * models of the suite it serves. Never rejects.
 */
export async function reachOip({ target, http, modelsMap }: OipAddresses): Promise<ReachedOip> {
  const client = new TargetClient(target, 'doctor');
  try {
    try {
      await client.connect();
    } catch {
      return { problem: `nothing that speaks HTTP/2 answers within ${TIMEOUTS_MS.connect} ms` };
    }
    const metadata = await client.call('ServerMetadata', {}, TIMEOUTS_MS.call);
    if (metadata.status !== 'OK') {
      return {
        problem: `it answers, but not to ServerMetadata of inference.GRPCInferenceService: ${metadata.status} ${metadata.message}`,
      };
    }
    const { name, version, extensions } = metadata.response as inferenceV2.ServerMetadataResponse__Output;
    const wanted = modelsMap ?? ownNames();
    const models = new Map<string, TargetModel>();
    for (const [suiteName, model] of wanted) {
      if (await isServed(client, model)) models.set(suiteName, model);
      else if (modelsMap !== undefined) {
        return { problem: `it does not serve "${model.name}", which the map names for ${suiteName}` };
      }
    }
    if (models.size === 0) return { problem: 'it serves none of the models of the suite' };
    return {
      oip: { models, ...(http !== undefined && { http }) },
      target: { name, version, engine: 'Open Inference Protocol' },
      features: new Set(extensions.map((extension) => `oip/${extension}`)),
      missing: OIP_MODELS.map((model) => model.name).filter((suiteName) => !models.has(suiteName)),
    };
  } finally {
    client.close();
  }
}

/** Known or ready: one that says wrongly that it is not ready is to be judged, not left out. */
async function isServed(client: TargetClient, { name, version }: TargetModel): Promise<boolean> {
  const known = await client.call('ModelMetadata', { name, version }, TIMEOUTS_MS.call);
  if (known.status === 'OK') return true;
  const ready = await client.call('ModelReady', { name, version }, TIMEOUTS_MS.call);
  return (ready.response as inferenceV2.ModelReadyResponse__Output | undefined)?.ready === true;
}

import type { runtimeV1 } from '@deephealth/proto';
import type { SuiteReport } from '../report/suite-report.js';
import { TargetClient, type TargetOptions } from '../targets/target-client.js';
import { TIMEOUTS_MS } from './timeouts.js';

export type Reached =
  | {
      readonly target: SuiteReport['target'];
      readonly features: ReadonlySet<string>;
      readonly missing: readonly string[];
    }
  | { readonly problem: string };

/** Who answers at an address, and which models of the suite it does not serve. Never rejects. */
export async function describeTarget(options: TargetOptions, models: readonly string[]): Promise<Reached> {
  const client = new TargetClient(options, 'doctor');
  try {
    try {
      await client.connect();
    } catch {
      return { problem: `nothing that speaks HTTP/2 answers within ${TIMEOUTS_MS.connect} ms` };
    }
    const info = await client.call('GetServerInfo', {}, TIMEOUTS_MS.call);
    if (info.status !== 'OK') {
      return {
        problem: `it answers, but not to GetServerInfo of deephealth.runtime.v1: ${info.status} ${info.message}`,
      };
    }
    const listed = await client.call('ListModels', {}, TIMEOUTS_MS.call);
    const served = (listed.response as runtimeV1.ListModelsResponse__Output | undefined)?.models ?? [];
    const ready = new Set(served.filter(({ state }) => state === 'MODEL_STATE_READY').map(({ name }) => name));
    const { name, version, engine, features } = info.response as runtimeV1.GetServerInfoResponse__Output;
    return {
      target: { name, version, engine },
      features: new Set(features),
      missing: models.filter((model) => !ready.has(model)),
    };
  } finally {
    client.close();
  }
}

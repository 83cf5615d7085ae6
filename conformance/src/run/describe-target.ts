import type { runtimeV1 } from '@deephealth/proto';
import { diagnoseConnection } from '../targets/diagnose-connection.js';
import { shortText } from '../targets/exchange.js';
import { TargetClient, type TargetOptions } from '../targets/target-client.js';
import { TIMEOUTS_MS } from './timeouts.js';

/** What a target says of itself. */
export interface DescribedTarget {
  readonly name: string;
  readonly version: string;
  readonly engine: string;
}

/** What the target says of itself. */
export type Reached =
  | {
      readonly target: DescribedTarget;
      readonly features: ReadonlySet<string>;
      readonly executionProviders: readonly string[];
      /** `1.0`, newest first. */
      readonly contractVersions: readonly string[];
      readonly missing: readonly string[];
    }
  | {
      /** Where it stopped: on the way there, or at the answer. */
      readonly at: 'connection' | 'service';
      readonly problem: string;
    };

/** No product needs more; what names more is not printed whole. */
const MOST_NAMES = 200;

/** Who answers at an address, and which models of the suite it does not serve. Never rejects. */
export async function describeTarget(options: TargetOptions, models: readonly string[]): Promise<Reached> {
  const cause = await diagnoseConnection(options, TIMEOUTS_MS.connect);
  if (cause !== undefined) return { at: 'connection', problem: `nothing that speaks HTTP/2 answers: ${cause}` };
  const client = new TargetClient(options, 'doctor');
  try {
    try {
      await client.connect();
    } catch {
      return {
        at: 'connection',
        problem: `it speaks HTTP/2, and gRPC cannot use the connection within ${TIMEOUTS_MS.connect} ms`,
      };
    }
    const info = await client.call('GetServerInfo', {}, TIMEOUTS_MS.call);
    if (info.status !== 'OK') {
      const said = shortText(info.message);
      return {
        at: 'service',
        problem: `it answers, but not to GetServerInfo of deephealth.runtime.v1: ${info.status} ${said}${hint(info.status, options)}`,
      };
    }
    const listed = await client.call('ListModels', {}, TIMEOUTS_MS.call);
    const served = (listed.response as runtimeV1.ListModelsResponse__Output | undefined)?.models ?? [];
    const ready = new Set(served.filter(({ state }) => state === 'MODEL_STATE_READY').map(({ name }) => name));
    const response = info.response as runtimeV1.GetServerInfoResponse__Output;
    const { name, version, engine, features, executionProviders, contractVersions } = response;
    return {
      target: { name: shortText(name), version: shortText(version), engine: shortText(engine) },
      features: new Set(features.slice(0, MOST_NAMES)),
      executionProviders: executionProviders.slice(0, MOST_NAMES).map((one) => shortText(one)),
      contractVersions: contractVersions.slice(0, MOST_NAMES).map(({ major, minor }) => `${major}.${minor}`),
      missing: models.filter((model) => !ready.has(model)),
    };
  } finally {
    client.close();
  }
}

function hint(status: string, { token }: TargetOptions): string {
  if (status === 'UNIMPLEMENTED') return '. Is it another service of the product, or the path of a proxy?';
  if (status === 'UNAUTHENTICATED')
    return token === undefined ? '. Give --token-file <file> or --access <file>' : '. Is the token right?';
  if (status === 'DEADLINE_EXCEEDED') return `. It took longer than ${TIMEOUTS_MS.call} ms to say who it is`;
  return '';
}

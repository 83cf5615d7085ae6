import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { Client, credentials as grpcCredentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { TargetFailure } from '../run/case-result.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import { outcomeOf } from '../targets/target-client.js';
import type { Probe, ProbeContext } from './probe.js';

type Summary = runtimeV1.ModelSummary__Output;

/** The first messages of WatchModels describe what ListModels lists, and the last of them says so (DH-R-026). */
export const watchSnapshot: Probe = async (context) => {
  const name = String(context.with.name ?? '');
  const listed = await context.client.call('ListModels', { name }, TIMEOUTS_MS.call);
  if (listed.status !== 'OK') throw new TargetFailure(`ListModels is answered ${listed.status}`);
  const { models } = listed.response as runtimeV1.ListModelsResponse__Output;
  const snapshot = await snapshotOf(name, context);
  const [expected, seen] = [models, snapshot].map((all) => all.map(lineOf).sort().join('\n'));
  if (models.length === 0) throw new TargetFailure('ListModels lists nothing');
  if (expected !== seen) {
    throw new TargetFailure(
      `the snapshot holds ${snapshot.length} versions that are not the ${models.length} of ListModels`,
    );
  }
  return [`${snapshot.length} versions as in ListModels, then complete`];
};

function lineOf({ name, version, state, packageSha256, isDefault, stateReason }: Summary): string {
  return [name, version, state, packageSha256, isDefault, stateReason?.reason ?? ''].join(' ');
}

/** Summaries up to the first message that says that the snapshot is complete. */
async function snapshotOf(name: string, { target, timeScale = 1 }: ProbeContext): Promise<Summary[]> {
  const client = new Client(target.address, target.credentials ?? grpcCredentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
  });
  const { path, requestSerialize, responseDeserialize } = modelRuntimeService().WatchModels;
  try {
    return await new Promise<Summary[]>((resolve, reject) => {
      const deadline = Date.now() + TIMEOUTS_MS.call * timeScale;
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize as (request: runtimeV1.WatchModelsRequest) => Buffer,
        responseDeserialize as (bytes: Buffer) => runtimeV1.WatchModelsResponse__Output,
        { name },
        new Metadata(),
        { deadline },
      );
      const seen: Summary[] = [];
      call.on('data', ({ model, isSnapshotComplete }: runtimeV1.WatchModelsResponse__Output) => {
        if (model !== null) seen.push(model);
        if (!isSnapshotComplete) return;
        resolve(seen);
        call.cancel();
      });
      call.on('end', () => reject(new TargetFailure('the watch ended before its snapshot was complete')));
      call.on('error', (error: ServiceError) =>
        reject(new TargetFailure(`the watch ended with ${outcomeOf(error).status} before its snapshot was complete`)),
      );
    });
  } finally {
    client.close();
  }
}

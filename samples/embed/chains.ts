// A processing chain over a cohort inside a vendor's own process: runs are durable, and done by a pool of this
// machine. samples/hosts/piaf/ serves the same over GA4GH WES.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createLocalBackend, createPiafAdapter, type RunRecord, type RunService } from '@deephealth/adapter-piaf';

export interface CohortQuestion {
  /** host:port of the runtime. */
  readonly runtime: string;
  /** Package folder <name>/<version> with bindings/processing-chain.json. */
  readonly package: string;
  /** Keeps runs over restarts; of this process alone. */
  readonly folder: string;
  /** How `deephealth` is started, whose steps the tasks are. */
  readonly program: readonly string[];
  /** Bytes of each study, by a name that says nothing of a patient. */
  readonly studies: ReadonlyMap<string, Buffer>;
}

const TENANT = 'own';

/** Gives a result for each study, in their order. @throws Error if the run did not complete */
export async function runCohort(question: CohortQuestion): Promise<readonly unknown[]> {
  const { runtime, folder, program } = question;
  const uidKeyFile = join(folder, 'uid-key');
  // A site keeps one secret, by which identifiers are replaced; a sample makes one up.
  await writeFile(uidKeyFile, 'a secret of the sample, not of a site', { mode: 0o600 });
  const adapter = await createPiafAdapter({
    ...{ packages: [question.package], uidKeyFile, program, runtime, runtimeAddress: runtime },
    stateFolder: join(folder, 'state'),
    backend: createLocalBackend({ cores: 2 }),
  });
  try {
    const { service } = adapter;
    const upload = await service.createUpload(TENANT);
    for (const [name, content] of question.studies) await upload.add(name, content);
    const [chain] = adapter.bindingIds;
    if (chain === undefined) throw new Error('The package has no chain.');
    const ended = endOf(service);
    const submitted = await service.submit({
      ...{ tenant: TENANT, face: 'command', chain, parameters: {}, upload, request: {} },
      inputs: [...question.studies.keys()].map((path) => ({ kind: 'attachment', path })),
    });
    const run = await ended(submitted);
    if (run.state !== 'COMPLETE') throw new Error(`The run ended as ${run.state}.`);
    const { content } = await service.openArtefact(TENANT, run.runId, 'results.ndjson');
    const lines = (await text(content)).trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  } finally {
    await adapter.close();
  }
}

const FINAL = new Set(['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED']);

/** Listens from now on, so that no end is missed; gives what waits for the end of a run. */
function endOf(service: RunService): (submitted: RunRecord) => Promise<RunRecord> {
  const ended = new Map<string, RunRecord>();
  let wake = () => {};
  const stop = service.onChange((run) => {
    if (FINAL.has(run.state)) ended.set(run.runId, run);
    wake();
  });
  return async ({ runId }) => {
    while (!ended.has(runId)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    stop();
    return service.get(TENANT, runId);
  };
}

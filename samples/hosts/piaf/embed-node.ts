// A service of chains inside a vendor's own program, and that program as its client over GA4GH WES: what it would send
// to any other service of the standard. `deephealth serve --adapter piaf` does the same from the command line.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalBackend, createPiafAdapter, startChainServer } from '@deephealth/adapter-piaf';

export interface ChainService {
  /** Of WES, without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the chains of packages; runs are kept in the folder, and go on after a restart. */
export async function startChains(options: {
  readonly packages: readonly string[];
  readonly folder: string;
  /** host:port of a runtime that serves the packages. */
  readonly runtime: string;
  /** How `deephealth` is started, whose steps the tasks are; on a cluster, as its nodes find it. */
  readonly program: readonly string[];
}): Promise<ChainService> {
  const { packages, folder, runtime, program } = options;
  const uidKeyFile = join(folder, 'uid-key');
  // A site keeps one secret; a sample makes one up.
  await writeFile(uidKeyFile, 'a secret of the sample, not of a site', { mode: 0o600 });
  const adapter = await createPiafAdapter({
    ...{ packages, uidKeyFile, program, runtime, runtimeAddress: runtime, stateFolder: join(folder, 'state') },
    backend: createLocalBackend({ cores: 2 }),
  });
  const server = await startChainServer({
    service: adapter.service,
    describeChain: (chain) => adapter.describeChain(chain),
  });
  return {
    url: `${server.url}/ga4gh/wes/v1`,
    async stop() {
      await server.close();
      await adapter.close();
    },
  };
}

/** A study: what the platform calls it, and its bytes. The name stays here; the service calls it by its place. */
export interface Study {
  readonly name: string;
  readonly content: Uint8Array;
}

/** What of WES's documents is read here. */
interface RunLog {
  readonly run_id: string;
  readonly state: string;
  readonly run_log: { readonly system_logs: readonly string[] };
}

/** Submits a cohort, waits for its end and gives the results by the platform's own names. */
export async function runCohort(
  wes: string,
  chain: string,
  studies: readonly Study[],
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const form = new FormData();
  form.set('workflow_type', 'CWL');
  form.set('workflow_type_version', 'v1.2');
  form.set('workflow_url', chain);
  const attached = studies.map((study, index) => ({ ...study, place: `study-${index}` }));
  const listed = attached.map(({ place }) => ({ class: 'File', location: place }));
  form.set('workflow_params', JSON.stringify({ studies: listed }));
  for (const { place, content } of attached) {
    form.append('workflow_attachment', new Blob([new Uint8Array(content)]), place);
  }
  const { run_id: id } = await json(`${wes}/runs`, { method: 'POST', body: form });
  let run = await json(`${wes}/runs/${id}`);
  while (['QUEUED', 'INITIALIZING', 'RUNNING', 'PAUSED'].includes(run.state)) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    run = await json(`${wes}/runs/${id}`);
  }
  if (run.state !== 'COMPLETE') throw new Error(`The run ended as ${run.state}: ${run.run_log.system_logs.join('; ')}`);
  const lines = await (await fetch(`${wes}/runs/${id}/artefacts/results.ndjson`)).text();
  const results = lines.trim().split('\n');
  // In the order of the inputs.
  return new Map(attached.map(({ name }, index) => [name, JSON.parse(results[index] ?? '{}')]));
}

async function json(url: string, init?: RequestInit): Promise<RunLog> {
  const response = await fetch(url, init);
  const body = (await response.json()) as RunLog & { msg?: string };
  if (!response.ok) throw new Error(`${response.status}: ${body.msg}`);
  return body;
}

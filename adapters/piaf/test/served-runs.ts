import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  createLocalBackend,
  createRunService,
  type RunRecord,
  type RunService,
  type RunServiceOptions,
  type SubmitRequest,
} from '@deephealth/adapter-piaf';
import { chainPackage, STEP_PROGRAM, temporaryFolder, uidKeyFile } from './chain-package.js';

export const CHAIN = 'risk-model/1.0.0/risk';

let program: readonly string[] = STEP_PROGRAM;

/** Another way to start the steps of all services from now on; see bundledPrograms. */
export function startStepsBy(path: string): void {
  program = [process.execPath, path];
}

const cleanups: (() => Promise<unknown> | unknown)[] = [];

/** What a test has begun is ended behind it, the last first; for afterEach. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
}

export function onCleanUp(cleanup: () => Promise<unknown> | unknown): void {
  cleanups.push(cleanup);
}

export interface Setup {
  readonly root: string;
  readonly service: RunService;
  readonly errors: unknown[];
}

/** A service over a package with one chain. */
export async function start(
  options: Partial<RunServiceOptions> = {},
  chain: Parameters<typeof chainPackage>[1] = {},
  root = temporaryFolder(),
): Promise<Setup> {
  const errors: unknown[] = [];
  const service = await createRunService({
    packages: [chainPackage(join(root, 'models'), chain)],
    stateFolder: join(root, 'state'),
    backend: createLocalBackend({ cores: 2 }),
    program,
    uidKeyFile: uidKeyFile(root),
    onError: (thrown) => errors.push(thrown),
    ...options,
  });
  onCleanUp(() => rmSync(root, { recursive: true, force: true }));
  onCleanUp(() => service.close());
  return { root, service, errors };
}

/** A run with a file for each age. */
export async function submit(
  service: RunService,
  ages: readonly number[],
  request: Partial<SubmitRequest> = {},
): Promise<RunRecord> {
  const { tenant = 'ward' } = request;
  const upload = await service.createUpload(tenant);
  for (const [index, age] of ages.entries())
    await upload.add(`Doe^Jane-${index}.json`, Buffer.from(JSON.stringify({ age })));
  return service.submit({
    ...{ tenant, face: 'wes', chain: CHAIN, parameters: {}, request: {}, upload },
    inputs: upload.names.map((path) => ({ kind: 'attachment', path })),
    ...request,
  });
}

/** Resolves with the record when it is as wanted. */
export function until(
  service: RunService,
  runId: string,
  is: (run: RunRecord) => boolean,
  tenant = 'ward',
): Promise<RunRecord> {
  return new Promise((resolve) => {
    const look = (run: RunRecord) => {
      if (run.runId !== runId || !is(run)) return;
      stop();
      resolve(run);
    };
    const stop = service.onChange(look);
    look(service.get(tenant, runId));
  });
}

export const hasEnded = ({ endedAt }: RunRecord) => endedAt !== undefined;
export const ended = (service: RunService, { runId, tenant }: RunRecord) => until(service, runId, hasEnded, tenant);

/** Items that the stand-in was asked about, in their order. */
export const asked = (root: string, runId: string) =>
  readFileSync(join(root, 'state', 'runs', runId, 'asked.log'), 'utf8')
    .split('\n')
    .slice(0, -1);

export async function artefact(service: RunService, { tenant, runId }: RunRecord, path: string): Promise<string> {
  return text((await service.openArtefact(tenant, runId, path)).content);
}

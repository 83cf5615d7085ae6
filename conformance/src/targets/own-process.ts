import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WrittenModel, writeModels, writtenModel } from '../models/write-models.js';
import { NotJudged } from '../run/case-result.js';
import type { LaunchedTarget } from './launched-target.js';
import { TargetClient } from './target-client.js';

/** A process of the target that belongs to one case, on a store with few models, which belongs to it too. */
export interface OwnProcess {
  readonly target: LaunchedTarget;
  readonly client: TargetClient;
  readonly models: readonly WrittenModel[];
  /** Folder of the models. */
  readonly store: string;
  /** Another process on the same store; it is stopped in the end as well. */
  again(): Promise<{ readonly target: LaunchedTarget; readonly client: TargetClient }>;
}

type Launch = ((models?: string) => Promise<LaunchedTarget>) | undefined;

/** Runs `use` with a process of its own that serves the models of these names, and stops it whatever comes of it. */
export async function withOwnProcess<Result>(
  launch: Launch,
  names: readonly string[],
  use: (own: OwnProcess) => Promise<Result>,
): Promise<Result> {
  if (launch === undefined) {
    throw new NotJudged('notApplicable', 'only a target that the suite starts itself can be judged');
  }
  const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
  const started: { target: LaunchedTarget; client: TargetClient }[] = [];
  const start = async () => {
    const target = await launch(store);
    const one = { target, client: new TargetClient({ address: target.address }, 'own-process') };
    started.push(one);
    return one;
  };
  try {
    const models = writeModels(store, names.map(writtenModel));
    const { target, client } = await start();
    return await use({ target, client, models, store, again: start });
  } finally {
    for (const { client } of started) client.close();
    await Promise.all(started.map(({ target }) => target.stop()));
    rmSync(store, { recursive: true, force: true });
  }
}

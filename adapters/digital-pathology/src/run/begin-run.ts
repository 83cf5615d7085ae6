import { DeepHealthError } from '@deephealth/sdk';
import { type RunProgress, readProgress, writeProgress } from './run-state.js';

/**
 * The progress of the run in a folder, or a new one.
 *
 * @throws DH_RUN_STATE_MISMATCH for the run of another plan, DH_RUN_STATE_CORRUPT, DH_OUTPUT_NOT_WRITTEN
 */
export async function beginRun(folder: string, planSha256: string): Promise<RunProgress> {
  const before = await readProgress(folder);
  if (before !== undefined) {
    if (before.planSha256 === planSha256) return before;
    throw new DeepHealthError(
      'DH_RUN_STATE_MISMATCH',
      'The folder holds a run of another slide, model or setting. Name another folder, or remove this one to begin anew.',
    );
  }
  const begun: RunProgress = {
    ...{ planSha256, startedAt: new Date().toISOString(), rowsInMap: 0, unread: [] },
    ...{ examined: 0, abstained: 0, warnings: {} },
  };
  await writeProgress(folder, begun);
  return begun;
}

import { join } from 'node:path';
import { RUN_FOLDER } from '../../steps/run-folder.js';

/**
 * What the backend keeps of a run, below its folder:
 *
 * ```
 * <run>/cwl/
 *   engine.json              which engine was begun last; removed when it has ended
 *   engine.log               what it printed, its begin and its end
 *   task.sh                  what each task is wrapped in
 *   tasks/chunk-00000.began  a line for each time that the task was begun
 *   tasks/chunk-00000.ended  number and exit code of each time that it ended
 *   work/                    the folder that the engine runs in, new each time: workflow, job order, what it likes
 * ```
 */
export interface EngineFolder {
  readonly root: string;
  readonly record: string;
  readonly log: string;
  readonly script: string;
  readonly tasks: string;
  readonly work: string;
  readonly workflow: string;
  readonly job: string;
  /** Where tasks commit their parts. */
  readonly parts: string;
}

export function engineFolder(runFolder: string): EngineFolder {
  const root = join(runFolder, 'cwl');
  const work = join(root, 'work');
  return {
    root,
    record: join(root, 'engine.json'),
    log: join(root, 'engine.log'),
    script: join(root, 'task.sh'),
    tasks: join(root, 'tasks'),
    work,
    workflow: join(work, 'tasks.cwl'),
    job: join(work, 'tasks.json'),
    parts: join(runFolder, RUN_FOLDER.parts),
  };
}

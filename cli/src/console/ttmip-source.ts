import type { ConsoleSources, Timeline } from '@deephealth/console';
import { ANONYMOUS, maySeeModel } from '@deephealth/sdk';

/** Timelines of models on their way into production, as commands have recorded them in a folder. */
export function ttmipSource(
  folder: string,
  readTimelines: ((folder: string) => Promise<readonly Timeline[]>) | undefined,
): ConsoleSources['ttmip'] {
  return {
    status: () =>
      readTimelines === undefined
        ? { available: false, reason: 'This server does not read timelines of models.' }
        : { available: true },
    read: async (caller = ANONYMOUS) =>
      ((await readTimelines?.(folder)) ?? []).filter(({ name }) => maySeeModel(caller, name)),
  };
}

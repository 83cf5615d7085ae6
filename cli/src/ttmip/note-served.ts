import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BINDING_FILES } from '../adapters/binding-files.js';
import type { OnAnswered } from '../adapters/surroundings.js';
import { type ModelName, noteStage, StageClock, ttmipFolder } from './note-stage.js';
import type { PlatformName } from './stage-record.js';

export interface ServedNotes {
  /** Records once for each model and platform that they are served. */
  onServed(
    models: readonly (ModelName & { readonly packageSha256: string; readonly folder: string })[],
    platforms: readonly PlatformName[],
  ): Promise<void>;
  /** Records the first answer that a platform gets of a model. */
  readonly onAnswered: OnAnswered;
}

export interface NoteServedOptions {
  /** Runs since the command has begun. */
  readonly clock: StageClock;
  readonly stateFolder: string | undefined;
  /** Default 1, the command itself. */
  readonly humanSteps?: number;
}

/** What `deephealth serve` records. */
export function noteServed({ clock, stateFolder, humanSteps = 1 }: NoteServedOptions): ServedNotes {
  const folder = ttmipFolder(stateFolder === undefined ? undefined : resolve(stateFolder));
  const answered = new Set<string>();
  return {
    async onServed(models, platforms) {
      const served = clock.end({ stage: 'served' });
      for (const { folder: packageFolder, name, version, packageSha256 } of models) {
        const note = { ...served, ...(packageSha256 !== '' && { packageSha256 }) };
        await noteStage({ name, version }, { ...note, humanSteps }, { folder, once: true });
        // The same time is in the stage of the server already.
        const none = { ...note, startedAt: served.endedAt, machineMs: 0 };
        const bound = platforms.filter((platform) => existsSync(join(packageFolder, BINDING_FILES[platform])));
        for (const platform of bound) {
          const binding = { ...none, stage: 'bound', platform, detail: 'the adapter serves the binding' } as const;
          await noteStage({ name, version }, binding, { folder, once: true });
          await noteStage({ name, version }, { ...none, platform }, { folder, once: true });
        }
      }
    },
    onAnswered(platform, { name, version, packageSha256 }) {
      const key = `${platform} ${name} ${version}`;
      if (answered.has(key)) return;
      answered.add(key);
      const record = new StageClock().end({ stage: 'first-prediction', platform, packageSha256 });
      void noteStage({ name, version }, record, { folder, once: true });
    },
  };
}

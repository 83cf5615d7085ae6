import type { ConformanceCase } from '../cases/case-types.js';
import { TileRuntime } from '../pathology/tile-runtime.js';
import { type PathologySettings, writePathologyFolder } from '../pathology/write-pathology-folder.js';
import type { PathologyParts } from '../reference/pathology/pathology-reference.js';
import { servePathology } from '../reference/pathology/serve-pathology.js';
import { PATHOLOGY_PLATFORM } from '../simulators/pathology-platform.js';
import { WSI_CLASSES, type WsiClasses } from './mutants/wsi-mutant.js';
import { type SteeredAdapter, SteeredSharpness } from './steered-sharpness.js';

const SLIDES: SteeredAdapter<PathologySettings, WsiClasses, PathologyParts, TileRuntime> = {
  profile: 'digital-pathology',
  platform: PATHOLOGY_PLATFORM,
  classes: WSI_CLASSES,
  writeFolder: writePathologyFolder,
  runtimeOf: (models) => new TileRuntime(models),
  targetOf: (runtime, runtimeAddress, models) => ({ wsi: { runtime, runtimeAddress, models } }),
  async serve(settings, runtime, parts) {
    const { address, reference, stop } = await servePathology(settings, runtime, parts);
    return { address, log: reference.log, stop };
  },
};

/** The cases of profile `digital-pathology` against what they must pass and what they must fail. */
export class WsiSharpness extends SteeredSharpness<PathologySettings, WsiClasses, PathologyParts, TileRuntime> {
  /** @param store folder where the suite's packages are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    super(SLIDES, cases, store);
  }
}

import type { ConformanceCase } from '../cases/case-types.js';
import { RuleRuntime } from '../expressif/rule-runtime.js';
import { type ExpressifSettings, writeExpressifFolder } from '../expressif/write-expressif-folder.js';
import type { ExpressifParts } from '../reference/expressif/expressif-reference.js';
import { serveExpressif } from '../reference/expressif/serve-expressif.js';
import { EXPRESSIF_PLATFORM } from '../simulators/expressif-platform.js';
import { EXPRESSIF_CLASSES, type ExpressifClasses } from './mutants/expressif-mutant.js';
import { type SteeredAdapter, SteeredSharpness } from './steered-sharpness.js';

const RULES: SteeredAdapter<ExpressifSettings, ExpressifClasses, ExpressifParts, RuleRuntime> = {
  profile: 'expressif',
  platform: EXPRESSIF_PLATFORM,
  classes: EXPRESSIF_CLASSES,
  writeFolder: writeExpressifFolder,
  runtimeOf: (models) => new RuleRuntime(models),
  targetOf: (runtime, runtimeAddress, models, { platformFace = '' }) => ({
    expressif: { runtime, runtimeAddress, models, http: platformFace },
  }),
  async serve(settings, runtime, parts) {
    const { reference, ...served } = await serveExpressif(settings, runtime, parts);
    return { ...served, log: reference.log };
  },
};

/** The cases of profile `expressif` against what they must pass and what they must fail. */
export class ExpressifSharpness extends SteeredSharpness<
  ExpressifSettings,
  ExpressifClasses,
  ExpressifParts,
  RuleRuntime
> {
  /** @param store folder where the suite's packages are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    super(RULES, cases, store);
  }
}

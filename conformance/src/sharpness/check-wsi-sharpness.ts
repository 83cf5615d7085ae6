import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceCase } from '../cases/case-types.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { TileRuntime } from '../pathology/tile-runtime.js';
import { type PathologySettings, writePathologyFolder } from '../pathology/write-pathology-folder.js';
import type { PathologyParts } from '../reference/pathology/pathology-reference.js';
import { servePathology } from '../reference/pathology/serve-pathology.js';
import type { CaseResult } from '../run/case-result.js';
import type { AdapterProfile } from '../run/check-adapter.js';
import { runSuite } from '../run/run-suite.js';
import { PATHOLOGY_PLATFORM } from '../simulators/pathology-platform.js';
import { inProcess } from '../targets/launched-target.js';
import { startSandwich } from '../targets/sandwich.js';
import { type Killing, toKilling } from './killing.js';
import { WSI_CLASSES, type WsiMutant } from './mutants/wsi-mutant.js';
import type { NullWsi } from './null-wsi.js';

/** What does nothing is waited for a moment only. */
const NULL_TIME_SCALE = 0.01;

/** An adapter under test, whoever made it. */
export interface StartedWsi {
  /** "host:port" of its contract's face. */
  readonly address: string;
  /** What it has written. */
  readonly log: readonly string[];
  stop(): void;
}
type Start = (runtime: string, settings: PathologySettings) => Promise<StartedWsi>;

interface RunSettings {
  readonly cases?: readonly ConformanceCase[];
  readonly timeScale?: number;
  /** Of the runtime behind the adapter. */
  readonly models?: readonly WrittenModel[];
  readonly profile?: AdapterProfile;
}

/** The cases of profile `digital-pathology` against what they must pass and what they must fail. */
export class WsiSharpness {
  readonly #cases: readonly ConformanceCase[];
  readonly #models: readonly WrittenModel[];
  readonly #settings: PathologySettings;

  /** @param store folder where the suite's packages are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    this.#cases = cases.filter(({ profile }) => profile === 'digital-pathology');
    const { models, settings } = writePathologyFolder(join(store, PATHOLOGY_PLATFORM));
    this.#models = models;
    this.#settings = JSON.parse(readFileSync(settings, 'utf8')) as PathologySettings;
  }

  /** Every case on the reference adapter, which passes all of them. */
  reference(): Promise<CaseResult[]> {
    return this.#run(startOf({}), {});
  }

  /**
   * Cases of every adapter, but those of runtimes, on the reference adapter, of which it passes all that apply.
   *
   * @param store folder for the suite's models; it must outlive this
   */
  asAdapter(all: readonly ConformanceCase[], store: string): Promise<CaseResult[]> {
    const cases = all.filter(({ profile, rerun }) => profile === 'adapter-common' && rerun === undefined);
    const models = [...writeModels(store), ...this.#models];
    return this.#run(startOf({}), { cases, models, profile: 'adapter-common' });
  }

  /** Every case once on an adapter that does rightly what may be done otherwise, and passes them. */
  variant({ parts }: WsiMutant): Promise<CaseResult[]> {
    return this.#run(startOf(parts(WSI_CLASSES)), { cases: this.#cases.map(onlyFirst) });
  }

  /** Every case once on an adapter that does nothing, which passes no MUST. */
  nothing({ start, isSilent }: NullWsi): Promise<CaseResult[]> {
    const cases = this.#cases.map(onlyFirst);
    return this.#run(start, { cases, ...(isSilent && { timeScale: NULL_TIME_SCALE }) });
  }

  /** A mutant on the cases that name it, on a fresh one. */
  async kill(mutant: WsiMutant): Promise<Killing> {
    const cases = this.#cases.filter(({ kills }) => kills.includes(mutant.id));
    const results = await this.#run(startOf(mutant.parts(WSI_CLASSES)), { cases });
    const ofCases = cases.map(({ id }) => [id, results.filter((result) => result.id === id)] as const);
    return toKilling(mutant, ofCases);
  }

  async #run(
    start: Start,
    { cases = this.#cases, timeScale = 1, models = this.#models, profile = 'digital-pathology' }: RunSettings,
  ): Promise<CaseResult[]> {
    const runtime = new TileRuntime(models);
    const sandwich = await startSandwich(models, { platform: PATHOLOGY_PLATFORM, answers: runtime });
    const started = await start(sandwich.runtime.address, this.#settings);
    try {
      return await runSuite({
        cases,
        profiles: [profile],
        target: { address: started.address },
        sandwich,
        wsi: { runtime, runtimeAddress: sandwich.runtime.address, models },
        launched: inProcess(started.log),
        features: new Set(runtime.serverInfo().features),
        models,
        profile: 'strict',
        endsWhenLost: false,
        timeScale,
      });
    } finally {
      started.stop();
      await sandwich.stop();
    }
  }
}

function startOf(parts: PathologyParts): Start {
  return async (runtime, settings) => {
    const { address, reference, stop } = await servePathology(settings, runtime, parts);
    return { address, log: reference.log, stop };
  };
}

function onlyFirst({ each = {}, ...rest }: ConformanceCase): ConformanceCase {
  return { ...rest, each: Object.fromEntries(Object.entries(each).map(([name, [first = '']]) => [name, [first]])) };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceCase } from '../cases/case-types.js';
import type { CdsSettings } from '../cds/suite-clients.js';
import { writeCdsFolder } from '../cds/write-cds-folder.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { ReferenceAdapter } from '../reference/adapter/reference-adapter.js';
import { type RunningAdapter, serveAdapter, serveContract } from '../reference/adapter/serve-adapter.js';
import { serveCds } from '../reference/cds/serve-cds.js';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import type { CaseResult } from '../run/case-result.js';
import { runSuite } from '../run/run-suite.js';
import { ADAPTER_TIMES_MS } from '../run/timeouts.js';
import { CDS_PLATFORM } from '../simulators/cds-platform.js';
import { type Sandwich, startSandwich } from '../targets/sandwich.js';
import { CDS_CLASSES } from './check-cds-sharpness.js';
import { isWrong, type Killing, toKilling } from './killing.js';
import type { AdapterMutant } from './mutants/adapter-mutant.js';
import type { CdsMutant } from './mutants/cds-mutant.js';
import type { NullAdapter } from './null-adapters.js';

/** What does nothing is waited for a moment only. */
const NULL_TIME_SCALE = 0.04;

type Start = (sandwich: Sandwich) => Promise<RunningAdapter>;

interface RunSettings {
  readonly timeScale?: number;
  readonly only?: readonly string[];
  readonly isSilent?: boolean;
  readonly platform?: string;
  /** Of the runtime behind the adapter. */
  readonly models?: readonly WrittenModel[];
  isEnough?(result: CaseResult): boolean;
}

/** The adapter's cases against what they must pass and what they must fail. */
export class AdapterSharpness {
  /** Those of runtimes too, which adapters are held to. */
  readonly #cases: readonly ConformanceCase[];
  readonly #models: readonly WrittenModel[];
  readonly #store: string;

  /** @param store folder where the suite's models are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    this.#cases = cases;
    this.#models = writeModels(store);
    this.#store = store;
  }

  /** Every case on the reference adapter, which passes all of them. */
  reference(): Promise<CaseResult[]> {
    return this.#run(startOf(ReferenceAdapter), {});
  }

  /** Every case on an adapter that does nothing, which passes no MUST. */
  nothing({ isSilent, start }: NullAdapter): Promise<CaseResult[]> {
    return this.#run((sandwich) => start(sandwich, this.#models), { timeScale: NULL_TIME_SCALE, isSilent });
  }

  /** Every case but those of runtimes on an adapter that does rightly what may be done otherwise, and passes them. */
  async variant({ of }: AdapterMutant): Promise<CaseResult[]> {
    return this.#run(startOf(of(ReferenceAdapter)), { only: this.#ownCases() });
  }

  /**
   * Cases of every adapter, but those of runtimes, on the reference service of CDS Hooks, of which it passes all
   * that apply, or on a mutant of it.
   */
  async decisionSupport(mutant?: CdsMutant, only = this.#ownCases()): Promise<CaseResult[]> {
    const { models, settings } = writeCdsFolder(join(this.#store, CDS_PLATFORM));
    const told = JSON.parse(readFileSync(settings, 'utf8')) as CdsSettings;
    const digests = Object.fromEntries(models.map(({ model, packageSha256 }) => [model.name, packageSha256]));
    const start: Start = async ({ runtime }) => {
      const parts = mutant?.parts(CDS_CLASSES);
      const cds = await serveCds({ ...told, runtime: runtime.address }, digests, parts);
      const contract = await serveContract(new ReferenceAdapter({ runtime: runtime.address, platform: '' }));
      const stop = async () => {
        contract.stop();
        await cds.stop();
      };
      return { address: contract.address, platformFace: cds.baseUrl, stop };
    };
    return this.#run(start, { only, platform: CDS_PLATFORM, models: [...this.#models, ...models] });
  }

  #ownCases(): string[] {
    const own = this.#cases.filter(({ profile, rerun }) => profile === 'adapter-common' && rerun === undefined);
    return own.map(({ id }) => id);
  }

  /** A mutant on the cases that name it, each on a fresh one. */
  async kill(mutant: AdapterMutant): Promise<Killing> {
    const ofCases: [string, CaseResult[]][] = [];
    for (const { id } of this.#cases.filter(({ kills }) => kills.includes(mutant.id))) {
      const start = startOf(mutant.of(ReferenceAdapter));
      ofCases.push([id, await this.#run(start, { only: [id], isEnough: isWrong })]);
    }
    return toKilling(mutant, ofCases);
  }

  async #run(
    start: Start,
    { timeScale = 1, only, isSilent = false, platform = 'generic', models = this.#models, isEnough }: RunSettings,
  ): Promise<CaseResult[]> {
    const patienceMs = ADAPTER_TIMES_MS.delivery * timeScale;
    const sandwich = await startSandwich(models, { platform, patienceMs });
    try {
      const adapter = await start(sandwich);
      sandwich.platform.connect(adapter.platformFace);
      try {
        return await runSuite({
          // What never answers is asked one thing of each case.
          cases: isSilent ? this.#cases.map(onlyFirst) : this.#cases,
          profiles: ['adapter-common'],
          target: { address: adapter.address },
          sandwich,
          features: new Set(new ReferenceRuntime(this.#models).serverInfo().features),
          models,
          profile: 'strict',
          timeScale,
          ...(isEnough !== undefined && { isEnough }),
          ...(only !== undefined && { only }),
        }).then((results) => results.filter(({ status }) => only === undefined || status !== 'skipped'));
      } finally {
        await adapter.stop();
      }
    } finally {
      await sandwich.stop();
    }
  }
}

function onlyFirst({ each = {}, ...rest }: ConformanceCase): ConformanceCase {
  return { ...rest, each: Object.fromEntries(Object.entries(each).map(([name, [first = '']]) => [name, [first]])) };
}

function startOf(Adapter: typeof ReferenceAdapter): Start {
  return ({ runtime, platform }) => serveAdapter(new Adapter({ runtime: runtime.address, platform: platform.url }));
}

import { join } from 'node:path';
import type { ConformanceCase } from '../cases/case-types.js';
import { CDS_MODELS } from '../cds/cds-models.js';
import { cdsSettings } from '../cds/suite-clients.js';
import { SuiteEhr } from '../cds/suite-ehr.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { CdsReference } from '../reference/cds/cds-reference.js';
import { ReferenceCards } from '../reference/cds/reference-cards.js';
import { ReferenceFeatures } from '../reference/cds/reference-features.js';
import { ReferenceTrust } from '../reference/cds/reference-trust.js';
import { type CdsParts, serveCds } from '../reference/cds/serve-cds.js';
import type { CaseResult } from '../run/case-result.js';
import { runSuite } from '../run/run-suite.js';
import { inProcess } from '../targets/launched-target.js';
import { ObservingRuntime } from '../targets/observing-runtime.js';
import type { CdsVariant } from './cds-variants.js';
import { type Killing, toKilling } from './killing.js';
import type { CdsMutant } from './mutants/cds-mutant.js';
import type { NullCds } from './null-cds.js';

/** What does nothing is waited for a moment only. */
const NULL_TIME_SCALE = 0.01;

/** A service under test, whoever made it. */
export interface StartedCds {
  readonly baseUrl: string;
  /** What it has written. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}
type Start = (runtime: string, models: readonly WrittenModel[]) => Promise<StartedCds>;

/** The cases of profile `cds` against what they must pass and what they must fail. */
export class CdsSharpness {
  readonly #cases: readonly ConformanceCase[];
  readonly #models: readonly WrittenModel[];

  /** @param store folder where the suite's models are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    this.#cases = cases.filter(({ profile }) => profile === 'cds');
    this.#models = writeModels(join(store, 'cds'), CDS_MODELS);
  }

  /** Every case on the reference service, which passes all of them. */
  reference(): Promise<CaseResult[]> {
    return this.#run(startOf({}), {});
  }

  /** Every case once on a service that does rightly what may be done otherwise, and passes them. */
  variant({ parts }: CdsVariant): Promise<CaseResult[]> {
    return this.#run(startOf(parts(CDS_CLASSES)), { cases: this.#cases.map(onlyFirst) });
  }

  /** Every case once on a service that does nothing, which passes no MUST. */
  nothing({ start, isSilent }: NullCds): Promise<CaseResult[]> {
    const cases = this.#cases.map(onlyFirst);
    return this.#run(start, { cases, ...(isSilent && { timeScale: NULL_TIME_SCALE }) });
  }

  /** A mutant on the cases that name it, on a fresh one. */
  async kill(mutant: CdsMutant): Promise<Killing> {
    const cases = this.#cases.filter(({ kills }) => kills.includes(mutant.id));
    const results = await this.#run(startOf(mutant.parts(CDS_CLASSES)), { cases });
    const ofCases = cases.map(({ id }) => [id, results.filter((result) => result.id === id)] as const);
    return toKilling(mutant, ofCases);
  }

  async #run(
    start: Start,
    { cases = this.#cases, timeScale = 1 }: { cases?: readonly ConformanceCase[]; timeScale?: number },
  ): Promise<CaseResult[]> {
    const runtime = new ObservingRuntime(this.#models);
    await runtime.start();
    const ehr = new SuiteEhr();
    await ehr.start();
    const started = await start(runtime.address, this.#models);
    try {
      return await runSuite({
        cases,
        profiles: ['cds'],
        target: { address: runtime.address },
        cds: { baseUrl: started.baseUrl, ehr, runtime, models: this.#models },
        launched: inProcess(started.log),
        features: new Set(),
        models: this.#models,
        profile: 'strict',
        endsWhenLost: false,
        timeScale,
      });
    } finally {
      await started.stop();
      await ehr.stop();
      runtime.goAway();
    }
  }
}

/** What mutants and variants are made from. */
export const CDS_CLASSES = {
  Service: CdsReference,
  Trust: ReferenceTrust,
  Features: ReferenceFeatures,
  Cards: ReferenceCards,
} as const;

function startOf(parts: CdsParts): Start {
  return async (runtime, models) => {
    const settings = { ...cdsSettings({ packages: [], stateFolder: '', fhirServers: [] }), runtime };
    const { baseUrl, reference, stop } = await serveCds(settings, digestsOf(models), parts);
    return { baseUrl, log: reference.log, stop };
  };
}

function digestsOf(models: readonly WrittenModel[]): Record<string, string> {
  return Object.fromEntries(models.map(({ model, packageSha256 }) => [model.name, packageSha256]));
}

function onlyFirst({ each = {}, ...rest }: ConformanceCase): ConformanceCase {
  return { ...rest, each: Object.fromEntries(Object.entries(each).map(([name, [first = '']]) => [name, [first]])) };
}

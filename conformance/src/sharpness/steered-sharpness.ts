import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceCase } from '../cases/case-types.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import type { ReferenceRuntime } from '../reference/reference-runtime.js';
import type { CaseResult } from '../run/case-result.js';
import type { AdapterProfile } from '../run/check-adapter.js';
import { runSuite, type SuiteOptions } from '../run/run-suite.js';
import type { PlatformSimulator } from '../simulators/platform-simulator.js';
import { inProcess } from '../targets/launched-target.js';
import { startSandwich } from '../targets/sandwich.js';
import { type Killing, toKilling } from './killing.js';
import type { NullTarget, StartedTarget } from './null-target.js';

/** What does nothing is waited for a moment only. */
const NULL_TIME_SCALE = 0.01;

/** The reference adapter of a profile with one behaviour changed. */
export interface PartsMutant<Classes, Parts> {
  /** Cases name the mutants that they kill. */
  readonly id: string;
  readonly title: string;
  readonly parts: (classes: Classes) => Parts;
}

/** An adapter whose platform asks on the contract's face, before a runtime that is steered question by question. */
export interface SteeredAdapter<Settings, Classes, Parts, Runtime extends ReferenceRuntime> {
  readonly profile: AdapterProfile;
  readonly platform: string;
  /** What mutants and variants are made from. */
  readonly classes: Classes;
  writeFolder(folder: string): { readonly models: readonly WrittenModel[]; readonly settings: string };
  runtimeOf(models: readonly WrittenModel[]): Runtime;
  /** How cases are told of what stands behind. */
  targetOf(
    runtime: Runtime,
    address: string,
    models: readonly WrittenModel[],
    started: StartedTarget,
    platform: PlatformSimulator,
  ): Pick<SuiteOptions, 'wsi' | 'expressif' | 'chain'>;
  /** Serves the reference, or a mutant of it. */
  serve(settings: Settings, runtime: string, parts: Parts, platform: PlatformSimulator): Promise<StartedTarget>;
}

interface RunSettings {
  readonly cases?: readonly ConformanceCase[];
  readonly timeScale?: number;
  /** Of the runtime behind the adapter. */
  readonly models?: readonly WrittenModel[];
  readonly profile?: AdapterProfile;
}

/** The cases of one profile of adapters against what they must pass and what they must fail. */
export class SteeredSharpness<Settings, Classes, Parts extends object, Runtime extends ReferenceRuntime> {
  readonly #of: SteeredAdapter<Settings, Classes, Parts, Runtime>;
  readonly #cases: readonly ConformanceCase[];
  readonly #models: readonly WrittenModel[];
  readonly #settings: Settings;

  /** @param store folder where the suite's packages are written; it must outlive this */
  constructor(of: SteeredAdapter<Settings, Classes, Parts, Runtime>, cases: readonly ConformanceCase[], store: string) {
    this.#of = of;
    this.#cases = cases.filter(({ profile }) => profile === of.profile);
    const { models, settings } = of.writeFolder(join(store, of.platform));
    this.#models = models;
    this.#settings = JSON.parse(readFileSync(settings, 'utf8')) as Settings;
  }

  /** Every case on the reference adapter, which passes all of them. */
  reference(): Promise<CaseResult[]> {
    return this.#run(this.#startOf({} as Parts), {});
  }

  /**
   * Cases of every adapter, but those of runtimes, on the reference adapter, of which it passes all that apply.
   *
   * @param store folder for the suite's models; it must outlive this
   */
  asAdapter(all: readonly ConformanceCase[], store: string): Promise<CaseResult[]> {
    const cases = all.filter(({ profile, rerun }) => profile === 'adapter-common' && rerun === undefined);
    const models = [...writeModels(store), ...this.#models];
    return this.#run(this.#startOf({} as Parts), { cases, models, profile: 'adapter-common' });
  }

  /** Every case once on an adapter that does rightly what may be done otherwise, and passes them. */
  variant({ parts }: PartsMutant<Classes, Parts>): Promise<CaseResult[]> {
    return this.#run(this.#startOf(parts(this.#of.classes)), { cases: this.#cases.map(onlyFirst) });
  }

  /** Every case once on an adapter that does nothing, which passes no MUST. */
  nothing({ start, isSilent }: NullTarget): Promise<CaseResult[]> {
    const cases = this.#cases.map(onlyFirst);
    return this.#run(start, { cases, ...(isSilent && { timeScale: NULL_TIME_SCALE }) });
  }

  /** A mutant on the cases that name it, on a fresh one. */
  async kill(mutant: PartsMutant<Classes, Parts>): Promise<Killing> {
    const cases = this.#cases.filter(({ kills }) => kills.includes(mutant.id));
    const results = await this.#run(this.#startOf(mutant.parts(this.#of.classes)), { cases });
    const ofCases = cases.map(({ id }) => [id, results.filter((result) => result.id === id)] as const);
    return toKilling(mutant, ofCases);
  }

  #startOf(parts: Parts) {
    return (runtime: string, platform: PlatformSimulator) => this.#of.serve(this.#settings, runtime, parts, platform);
  }

  async #run(
    start: (runtime: string, platform: PlatformSimulator) => Promise<StartedTarget>,
    { cases = this.#cases, timeScale = 1, models = this.#models, profile = this.#of.profile }: RunSettings,
  ): Promise<CaseResult[]> {
    const { platform } = this.#of;
    const runtime = this.#of.runtimeOf(models);
    const sandwich = await startSandwich(models, { platform, answers: runtime });
    const { address } = sandwich.runtime;
    const started = await start(address, sandwich.platform);
    try {
      return await runSuite({
        cases,
        profiles: [profile],
        target: { address: started.address },
        sandwich,
        ...this.#of.targetOf(runtime, address, models, started, sandwich.platform),
        launched: inProcess(started.log),
        features: new Set(runtime.serverInfo().features),
        models,
        profile: 'strict',
        endsWhenLost: false,
        timeScale,
      });
    } finally {
      await started.stop();
      await sandwich.stop();
    }
  }
}

function onlyFirst({ each = {}, ...rest }: ConformanceCase): ConformanceCase {
  return { ...rest, each: Object.fromEntries(Object.entries(each).map(([name, [first = '']]) => [name, [first]])) };
}

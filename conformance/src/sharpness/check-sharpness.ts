import { modelRuntimeService } from '@deephealth/proto';
import type { ConformanceCase, Profile } from '../cases/case-types.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { FaultyReference, harnessOf } from '../reference/faulty-reference.js';
import { launchReference } from '../reference/launch-reference.js';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import { type RunningServer, serve, serveReference } from '../reference/serve-reference.js';
import type { CaseResult } from '../run/case-result.js';
import type { RunOptions } from '../run/run-case.js';
import { runSuite } from '../run/run-suite.js';
import type { Mutant } from './mutants/index.js';
import type { NullImplementation } from './null-implementations.js';

/** What the reference runtime claims. */
const CLAIMED: readonly Profile[] = ['runtime-core', 'runtime-streaming'];
/** What never answers is waited for a moment only, and asked one thing of each case. */
const SILENT = 'N-4';
const SILENT_TIME_SCALE = 0.02;

export interface Killing {
  readonly mutant: Mutant;
  /** Ids of the cases that name the mutant, by what became of them. */
  readonly killedBy: readonly string[];
  readonly survived: readonly string[];
}

/** The suite against what it must pass and what it must fail: whether it can be fooled. */
export class Sharpness {
  readonly #cases: readonly ConformanceCase[];
  readonly #store: string;
  readonly #models: readonly WrittenModel[];

  /** @param store folder where the suite's models are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    this.#cases = cases;
    this.#store = store;
    this.#models = writeModels(store);
  }

  /** Every case on the reference, which passes all of them. */
  async reference(): Promise<CaseResult[]> {
    const runtime = new FaultyReference(this.#models);
    const server = await serveReference(runtime);
    return this.#run(server, this.#cases, {
      launch: () => launchReference(this.#store),
      harness: harnessOf(runtime, server.address),
    });
  }

  /** Every case on something that does nothing, which passes no MUST. */
  async nothing({ id, handlers }: NullImplementation): Promise<CaseResult[]> {
    const isSilent = id === SILENT;
    const cases = isSilent ? this.#cases.map(({ each: _, ...rest }) => rest) : this.#cases;
    const server = await serve(modelRuntimeService() as never, handlers);
    return this.#run(server, cases, isSilent ? { timeScale: SILENT_TIME_SCALE } : {});
  }

  /** A mutant on the cases that name it, each on a fresh one. */
  async kill(mutant: Mutant): Promise<Killing> {
    const Mutated = mutant.of(FaultyReference) as typeof FaultyReference;
    const killedBy: string[] = [];
    const survived: string[] = [];
    for (const one of this.#cases.filter(({ kills }) => kills.includes(mutant.id))) {
      const runtime = new Mutated(this.#models);
      const server = await serveReference(runtime);
      const results = await this.#run(server, [one], {
        launch: () => launchReference(this.#store, mutant.id),
        harness: harnessOf(runtime, server.address),
      });
      // A fault of the suite kills nothing.
      const isKilled =
        results.some(({ status }) => status === 'fail' || status === 'warn') &&
        results.every(({ status }) => status !== 'error');
      (isKilled ? killedBy : survived).push(one.id);
    }
    return { mutant, killedBy, survived };
  }

  async #run(
    server: RunningServer,
    cases: readonly ConformanceCase[],
    options: Pick<RunOptions, 'launch' | 'harness' | 'timeScale'>,
  ): Promise<CaseResult[]> {
    try {
      return await runSuite({
        cases,
        profiles: CLAIMED,
        target: { address: server.address },
        features: new Set(new ReferenceRuntime(this.#models).serverInfo().features),
        models: this.#models,
        profile: 'standard',
        ...options,
      });
    } finally {
      server.stop();
    }
  }
}

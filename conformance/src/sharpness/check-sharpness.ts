import { join } from 'node:path';
import { modelRuntimeService } from '@deephealth/proto';
import type { ConformanceCase, Profile } from '../cases/case-types.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { OIP_MODELS } from '../oip/oip-models.js';
import { ownNames } from '../oip/oip-target.js';
import { launchReference } from '../reference/launch-reference.js';
import { OipJson } from '../reference/oip/oip-json.js';
import { OipReference } from '../reference/oip/oip-reference.js';
import { type RunningOip, serveBoth, serveOip } from '../reference/oip/serve-oip.js';
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

/** Extensions that cases ask for; what does nothing is asked for them, too. */
const ALL_EXTENSIONS = ['binary_tensor_data', 'classification'];

export interface Killing {
  readonly mutant: Mutant;
  /** Ids of the cases that name the mutant, by what became of them. */
  readonly killedBy: readonly string[];
  readonly survived: readonly string[];
}

/** A case with the first of its values only. */
function onceOnly({ each = {}, ...rest }: ConformanceCase): ConformanceCase {
  const first = Object.entries(each).map(([name, values]) => [name, values.slice(0, 1)]);
  return { ...rest, each: Object.fromEntries(first) };
}

/** The suite against what it must pass and what it must fail: whether it can be fooled. */
export class Sharpness {
  readonly #cases: readonly ConformanceCase[];
  readonly #store: string;
  readonly #models: readonly WrittenModel[];
  readonly #oipModels: readonly WrittenModel[];

  /** @param store folder where the suite's models are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    this.#cases = cases;
    this.#store = store;
    this.#models = writeModels(store);
    this.#oipModels = writeModels(join(store, 'oip'), OIP_MODELS);
  }

  /** Every case on the reference, which passes all of them. */
  async reference(): Promise<CaseResult[]> {
    const results = await this.#run(await serveReference(new ReferenceRuntime(this.#models)), this.#cases, {
      launch: () => launchReference(this.#store),
    });
    return [...results, ...(await this.#runOip(await this.#oipReference(), this.#cases))];
  }

  /** Every case on something that does nothing, which passes no MUST. */
  async nothing({ id, handlers, http }: NullImplementation): Promise<CaseResult[]> {
    const isSilent = id === SILENT;
    const cases = isSilent ? this.#cases.map(({ each: _, ...rest }) => rest) : this.#cases;
    const server = await serve(modelRuntimeService() as never, handlers);
    const options = isSilent ? { timeScale: SILENT_TIME_SCALE } : {};
    const results = await this.#run(server, cases, options);
    return [
      ...results,
      ...(await this.#runOip(await serveBoth(handlers, http, ALL_EXTENSIONS), this.#cases.map(onceOnly), options)),
    ];
  }

  /** Every case of profile `oip` on a server of another kind that the protocol allows. */
  async oipVariant(variant: Partial<Mutant>): Promise<CaseResult[]> {
    return this.#runOip(await this.#oipReference(variant), this.#cases);
  }

  /** A mutant on the cases that name it, each on a fresh one. */
  async kill(mutant: Mutant): Promise<Killing> {
    const Mutated = mutant.of(ReferenceRuntime);
    const killedBy: string[] = [];
    const survived: string[] = [];
    for (const one of this.#cases.filter(({ kills }) => kills.includes(mutant.id))) {
      const results =
        one.profile === 'oip'
          ? await this.#runOip(await this.#oipReference(mutant), [one])
          : await this.#run(await serveReference(new Mutated(this.#models)), [one], {
              launch: () => launchReference(this.#store, mutant.id),
            });
      // A fault of the suite kills nothing.
      const isKilled =
        results.some(({ status }) => status === 'fail' || status === 'warn') &&
        results.every(({ status }) => status !== 'error');
      (isKilled ? killedBy : survived).push(one.id);
    }
    return { mutant, killedBy, survived };
  }

  /** The reference of the Open Inference Protocol, with what a mutant does otherwise. */
  #oipReference({ of, oip, json }: Partial<Mutant> = {}): Promise<RunningOip> {
    const Runtime = of?.(ReferenceRuntime) ?? ReferenceRuntime;
    const Oip = oip?.(OipReference) ?? OipReference;
    return serveOip(new Oip(new Runtime(this.#oipModels)), json?.(OipJson));
  }

  async #runOip(
    server: RunningOip,
    cases: readonly ConformanceCase[],
    options: Pick<RunOptions, 'timeScale'> = {},
  ): Promise<CaseResult[]> {
    try {
      return await runSuite({
        cases,
        profiles: ['oip'],
        target: { address: server.address },
        features: new Set(server.extensions.map((extension) => `oip/${extension}`)),
        models: this.#oipModels,
        oip: { http: server.http, models: ownNames() },
        profile: 'standard',
        ...options,
      });
    } finally {
      server.stop();
    }
  }

  async #run(
    server: RunningServer,
    cases: readonly ConformanceCase[],
    options: Pick<RunOptions, 'launch' | 'timeScale'>,
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

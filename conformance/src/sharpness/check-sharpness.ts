import { join } from 'node:path';
import { modelRuntimeService } from '@deephealth/proto';
import type { ConformanceCase, Profile } from '../cases/case-types.js';
import type { Declaration } from '../declaration/declaration.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { OIP_MODELS } from '../oip/oip-models.js';
import { ownNames } from '../oip/oip-target.js';
import { FaultyReference, harnessOf } from '../reference/faulty-reference.js';
import { launchReference } from '../reference/launch-reference.js';
import { OipJson } from '../reference/oip/oip-json.js';
import { OipReference } from '../reference/oip/oip-reference.js';
import { type RunningOip, serveBoth, serveOip } from '../reference/oip/serve-oip.js';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import { type RunningServer, serve, serveReference } from '../reference/serve-reference.js';
import { behindTls, type SecureServer, serveSecurely } from '../reference/serve-secure.js';
import type { CaseResult } from '../run/case-result.js';
import type { RunOptions } from '../run/run-case.js';
import { runSuite } from '../run/run-suite.js';
import type { BenignVariant } from './benign.js';
import { type Killing, toKilling } from './killing.js';
import type { Mutant } from './mutants/index.js';
import type { NullImplementation } from './null-implementations.js';

/** What the reference runtime claims, in plain text and behind TLS. */
const CLAIMED: readonly Profile[] = ['runtime-core', 'runtime-streaming', 'runtime-stateful'];
const SECURE: readonly Profile[] = ['runtime-secure'];
/** As a vendor of the reference would declare it. */
const DECLARATION: Declaration = {
  implementation: { organization: 'deephealth', project: 'conformance-reference', version: '0.1.0' },
  contract: 'v1',
  profiles: CLAIMED,
  features: { 'predict-stream': true, 'verify-model': true, 'watch-models': true, sequences: true, batching: false },
};
/** What never answers is waited for a moment only, and asked one thing of each case. */
const SILENT = 'N-4';
const SILENT_TIME_SCALE = 0.02;

/** Compares what takes how long, or how much memory: variants are not asked, since they do not differ in it. */
const MEASURED = /^DH-(?:MEM|PERF)-/;
/** Extensions that cases ask for; what does nothing is asked for them, too. */
const ALL_EXTENSIONS = ['binary_tensor_data', 'classification'];

/** Whether a case that names the mutant compares times or memory, so that nothing may go on beside it. */
export function isMeasured({ id }: Mutant, cases: readonly ConformanceCase[]): boolean {
  return cases.some((one) => one.kills.includes(id) && MEASURED.test(one.id));
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
    const launch = (models = this.#store) => launchReference(models);
    const runtime = new FaultyReference(this.#models);
    const server = await serveReference(runtime);
    return [
      ...(await this.#run(server, this.#cases, { launch, harness: harnessOf(runtime, server.address) })),
      ...(await this.#run(await serveSecurely(new ReferenceRuntime(this.#models)), this.#cases, { launch })),
      ...(await this.#runOip(await this.#oipReference(), this.#cases)),
    ];
  }

  /** Every case on something that does nothing, which passes no MUST. */
  async nothing({ id, handlers, http }: NullImplementation): Promise<CaseResult[]> {
    const isSilent = id === SILENT;
    const cases = isSilent ? this.#cases.map(({ each: _, ...rest }) => rest) : this.#cases;
    const start = () => serve(modelRuntimeService() as never, handlers);
    const options = isSilent ? { timeScale: SILENT_TIME_SCALE } : {};
    const both = await serveBoth(handlers, http, ALL_EXTENSIONS);
    return [
      ...(await this.#run(await start(), cases, options)),
      // Each case first asks as the caller who may, and is answered nothing right whatever comes after it.
      ...(await this.#run(await behindTls(start), cases.map(onceOnly), options)),
      ...(await this.#runOip(both, this.#cases.map(onceOnly), options)),
    ];
  }

  /** Every case once on something that is right in another way than the reference; it passes what it can be asked. */
  async tolerate({ serve: serveVariant }: BenignVariant): Promise<CaseResult[]> {
    const cases = this.#cases.filter(({ id }) => !MEASURED.test(id)).map(onceOnly);
    // What a variant offers beyond the reference, no declaration mentions.
    return this.#run(await serveVariant(this.#models), cases, {}, null);
  }

  /** Every case of profile `oip` on a server of another kind that the protocol allows. */
  async oipVariant(variant: Partial<Mutant>): Promise<CaseResult[]> {
    return this.#runOip(await this.#oipReference(variant), this.#cases);
  }

  /** A mutant on the cases that name it, each on a fresh one. */
  async kill(mutant: Mutant): Promise<Killing> {
    const ofCases: [string, CaseResult[]][] = [];
    for (const one of this.#cases.filter(({ kills }) => kills.includes(mutant.id))) {
      ofCases.push([one.id, await this.#killing(mutant, one)]);
    }
    return toKilling(mutant, ofCases);
  }

  async #killing(mutant: Mutant, one: ConformanceCase): Promise<CaseResult[]> {
    if (one.profile === 'oip') return this.#runOip(await this.#oipReference(mutant), [one]);
    const Mutated = mutant.of(FaultyReference) as typeof FaultyReference;
    const runtime = new Mutated(this.#models);
    const isSecure = SECURE.includes(one.profile);
    const server = isSecure
      ? await serveSecurely(runtime, mutant.weakness)
      : await serveReference(runtime, mutant.serves);
    return this.#run(server, [one], {
      launch: (models = this.#store) => launchReference(models, mutant.id),
      ...('address' in server && { harness: harnessOf(runtime, server.address) }),
    });
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
    server: RunningServer | SecureServer,
    cases: readonly ConformanceCase[],
    options: Pick<RunOptions, 'launch' | 'harness' | 'timeScale'>,
    declaration: Declaration | null = DECLARATION,
  ): Promise<CaseResult[]> {
    try {
      return await runSuite({
        cases,
        profiles: 'target' in server ? SECURE : CLAIMED,
        target: 'target' in server ? server.target : { address: server.address },
        ...('target' in server && { access: server.access }),
        features: new Set(new ReferenceRuntime(this.#models).serverInfo().features),
        ...(declaration !== null && { declaration }),
        models: this.#models,
        profile: 'standard',
        // What answers nothing is asked everything all the same.
        endsWhenLost: false,
        ...options,
      });
    } finally {
      server.stop();
    }
  }
}

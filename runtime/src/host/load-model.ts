import {
  DEFAULT_MAX_TENSOR_ELEMENTS,
  DeepHealthError,
  findBatchCoupling,
  type GoldenCase,
  type Manifest,
  type ModelPackage,
  type RawTensor,
  readModelPackage,
  readOnnxGraph,
} from '@deephealth/sdk';
import { checkOutputs } from '../findings/check-outputs.js';
import type { Geometries } from '../findings/to-findings.js';
import { couplesRows } from '../pipelines/couples-rows.js';
import { initialState } from '../sequences/initial-state.js';
import { checkInputs } from '../steps/check-steps.js';
import { idOf, namedTokens } from '../steps/sequence-steps.js';
import { alone, type BatchingProof } from './batching-proof.js';
import { admitGolden, compareGolden, type GoldenRun } from './golden-check.js';
import { checkGraphs } from './graph-check.js';
import type { LoadedPackage, LoadOrder, VerificationReport, WireError } from './host-messages.js';
import { LoadedModel } from './loaded-model.js';
import type { ModelSession } from './model-session.js';
import { monotonicUs } from './monotonic-clock.js';
import { onlySmallGraph, onnxSha256, openSession, type SessionSources } from './open-session.js';
import { hasBatchAxis, proveBatching } from './prove-batching.js';
import { VerificationLog } from './verification-log.js';
import { toWireError } from './wire-error.js';

export type LoadOutcome =
  | { readonly model: LoadedModel; readonly package: LoadedPackage }
  | {
      readonly error: WireError;
      readonly report: VerificationReport;
      readonly packageSha256: string;
      readonly title: string;
    };

// A server start should not wait long for the probe; it stops early, and proves less.
const PROBE_BUDGET_MS = 3000;
// A message to the engine's thread and its answer take some 100 to 300 microseconds.
const QUICK_RUN_US = 300;
const QUICK_ROUNDS = 3;

/**
 * Verifies a package and makes it ready to run: digests, manifest, graph, session, golden cases,
 * determinism, batching. Never throws; a refusal is an outcome with its report.
 */
export async function loadModel(order: LoadOrder, sources: SessionSources): Promise<LoadOutcome> {
  const log = new VerificationLog();
  let packageSha256 = '';
  let title = '';
  try {
    const loaded = await log.check(
      'package',
      () => readModelPackage(order.folder, order.packageSha256),
      (p) => `${p.goldenCases.length} golden cases; every file is as listed.`,
    );
    packageSha256 = loaded.packageSha256;
    const { manifest } = loaded;
    title = manifest.title;
    await log.check(
      'graph',
      () => checkManifestFits(loaded),
      () => 'The graph is what the manifest declares.',
    );
    const session = await log.check(
      'session',
      () => openWhereItRunsBest(loaded, order, sources),
      ({ engine, provider }) => `Loaded by ${engine} on ${provider}.`,
    );
    const model = new LoadedModel(manifest, session, loaded.vocabularies);
    const golden = await verifyGolden(log, model, loaded);
    const batching = await checkBatching(log, model, loaded, golden, order);
    return {
      model,
      package: {
        manifestJson: loaded.manifestJson,
        packageSha256,
        onnxSha256: onnxSha256(manifest),
        engine: session.engine,
        provider: session.provider,
        concurrency: session.concurrency,
        batching,
        report: log.report(),
      },
    };
  } catch (thrown) {
    return { error: toWireError(thrown), report: log.report(), packageSha256, title };
  }
}

/**
 * A graph that runs in less time than a message to the engine's thread takes runs in this thread;
 * every other one, in the engine's.
 */
async function openWhereItRunsBest(
  loaded: ModelPackage,
  order: LoadOrder,
  sources: SessionSources,
): Promise<ModelSession> {
  const graph = onlySmallGraph(loaded);
  if (graph === undefined) return openSession(loaded, order, sources);
  const nearby = await openSession(loaded, order, { ...sources, openGraph: sources.openNearby });
  if (await runsQuickly(new LoadedModel(loaded.manifest, nearby, loaded.vocabularies), loaded)) return nearby;
  await nearby.release();
  return openSession(loaded, order, sources);
}

/** Times the first golden case. What it computes is judged later, and by others. */
async function runsQuickly(model: LoadedModel, { manifest, goldenCases }: ModelPackage): Promise<boolean> {
  try {
    const { inputs } = admitGolden(manifest, goldenCases[0] as GoldenCase, DEFAULT_MAX_TENSOR_ELEMENTS);
    const state = manifest.sequence === undefined ? {} : initialState(manifest);
    const feeds = { ...(await model.prepareInputs(inputs)).feeds, ...state };
    let bestUs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < QUICK_ROUNDS && bestUs > QUICK_RUN_US; round++) {
      const startUs = monotonicUs();
      await model.session.run(feeds, manifest.tensors.outputs);
      bestUs = Math.min(bestUs, monotonicUs() - startUs);
    }
    return bestUs <= QUICK_RUN_US;
  } catch {
    return true;
  }
}

function checkManifestFits(loaded: ModelPackage): void {
  checkGraphs(loaded);
  checkInputs(loaded.manifest);
  checkOutputs(loaded.manifest);
  checkTokens(loaded);
}

/** The tokens that steps name are in the vocabulary. */
function checkTokens({ manifest, vocabularies }: ModelPackage): void {
  for (const spec of manifest.inputs) {
    if (spec.kind !== 'sequence') continue;
    const vocabulary = vocabularies.get(spec.vocabulary.file) ?? [];
    for (const token of namedTokens(spec)) idOf(spec, vocabulary, token);
  }
}

interface VerifiedCase {
  readonly feeds: Readonly<Record<string, RawTensor>>;
  readonly geometries: Geometries;
  readonly undecided: string | undefined;
  readonly run: GoldenRun;
}

/** Runs every golden case, each on the state that the case before it in its sequence left. */
async function verifyGolden(log: VerificationLog, model: LoadedModel, loaded: ModelPackage): Promise<VerifiedCase[]> {
  const { manifest, goldenCases } = loaded;
  const cases = new Map<string, VerifiedCase>();
  log.goldenCases = goldenCases.length;
  await log.check(
    'golden',
    async () => {
      for (const golden of goldenCases) {
        const { inputs } = admitGolden(manifest, golden, DEFAULT_MAX_TENSOR_ELEMENTS);
        const { feeds: prepared, geometries, undecided } = await model.prepareInputs(inputs);
        const feeds = { ...prepared, ...stateBefore(manifest, model, golden, cases) };
        const run = await model.runGolden({ feeds, geometries, undecided });
        log.worstGoldenError = Math.max(log.worstGoldenError, compareGolden(golden, run));
        cases.set(golden.id, { feeds, geometries, undecided, run });
      }
    },
    () =>
      `${goldenCases.length} of ${goldenCases.length} cases; largest error ${log.worstGoldenError.toPrecision(2)} of the allowed one.`,
  );
  const verified = [...cases.values()];
  if (manifest.execution?.deterministic === false) {
    log.skip('determinism', 'The manifest says that results may vary.');
  } else {
    await log.check(
      'determinism',
      () => checkSameBits(model, verified[0] as VerifiedCase),
      () => 'The first case gave the same bits twice.',
    );
  }
  return verified;
}

function stateBefore(
  manifest: Manifest,
  model: LoadedModel,
  golden: GoldenCase,
  cases: ReadonlyMap<string, VerifiedCase>,
): Readonly<Record<string, RawTensor>> {
  if (manifest.sequence === undefined) return {};
  const before = golden.follows === undefined ? undefined : cases.get(golden.follows);
  return before === undefined ? initialState(manifest) : (model.stateAfter(before.run.tensors) ?? {});
}

async function checkSameBits(model: LoadedModel, first: VerifiedCase): Promise<void> {
  const again = await model.runGolden(first);
  for (const [name, tensor] of first.run.tensors) {
    if (Buffer.compare(tensor.data, again.tensors.get(name)?.data ?? new Uint8Array()) !== 0) {
      throw new DeepHealthError(
        'DH_MODEL_NOT_DETERMINISTIC',
        `Output "${name}" differed between two runs on the same input. Remove the random operator, or set "execution.deterministic" to false.`,
        {
          details: { output: name },
        },
      );
    }
  }
}

/** Never refuses a model: one whose items cannot be proven to be independent runs them alone. */
async function checkBatching(
  log: VerificationLog,
  model: LoadedModel,
  loaded: ModelPackage,
  golden: readonly VerifiedCase[],
  order: LoadOrder,
): Promise<BatchingProof> {
  if (order.proven?.packageSha256 === loaded.packageSha256) {
    log.skip('batching', `Proven at an earlier load. ${order.proven.batching.reason}`);
    return order.proven.batching;
  }
  const { manifest } = loaded;
  const maxSize = Math.min(order.maxBatchSize, manifest.execution?.maxBatchSize ?? Number.POSITIVE_INFINITY);
  const refused = whyAlone(loaded, model, maxSize);
  if (refused !== undefined) {
    log.skip('batching', refused);
    return alone(refused);
  }
  try {
    return await log.check(
      'batching',
      () =>
        proveBatching({
          session: model.session,
          tensors: manifest.tensors,
          golden: golden.map(({ feeds }) => feeds),
          maxSize,
          budgetMs: PROBE_BUDGET_MS,
        }),
      ({ reason }) => reason,
    );
  } catch {
    // What the graph does with a stranger's values says nothing against it; it only stays alone.
    return alone('Every item runs alone: the graph failed in the probe of larger runs.');
  }
}

/** Why a model is not even probed, if so. */
function whyAlone({ manifest, graphs }: ModelPackage, model: LoadedModel, maxSize: number): string | undefined {
  if (maxSize <= 1) return 'Every item runs alone, as configured.';
  if (model.session.provider === 'remote') return 'Every item is sent alone; the other server may batch by itself.';
  if (manifest.execution?.deterministic === false)
    return 'Every item runs alone: results may vary, so nothing can be compared bit for bit.';
  if (!hasBatchAxis(manifest.tensors))
    return 'Every item runs alone: the first extents of the tensors are not all open, so there is no batch axis.';
  const steps = couplesRows(manifest);
  if (steps !== undefined) return `Every item runs alone: ${steps}`;
  for (const { onnx } of graphs.values()) {
    const [coupling] = findBatchCoupling(readOnnxGraph(onnx));
    if (coupling !== undefined) {
      return `Every item runs alone: ${coupling.opType} "${coupling.subject}" ${coupling.reason}.`;
    }
  }
  return undefined;
}

import { setTimeout } from 'node:timers/promises';
import type { runtimeV1 } from '@deephealth/proto';
import { status } from '@grpc/grpc-js';
import type { AccessMaterial } from '../access/access-material.js';
import type { Expectation, PredictSpec, Step, StreamSpec } from '../cases/case-types.js';
import type { CdsTarget } from '../cds/cds-target.js';
import { runCdsStep } from '../cds/run-cds-step.js';
import type { ChainTarget } from '../chain/chain-target.js';
import type { NumericProfile } from '../compare/compare-numbers.js';
import type { Declaration } from '../declaration/declaration.js';
import type { ExpressifTarget } from '../expressif/expressif-target.js';
import type { Harness } from '../harness/harness.js';
import type { WrittenModel } from '../models/write-models.js';
import type { OipTarget } from '../oip/oip-target.js';
import { runOipStep } from '../oip/run-oip-step.js';
import type { WsiTarget } from '../pathology/wsi-target.js';
import { probe } from '../probes/index.js';
import type { LaunchedTarget } from '../targets/launched-target.js';
import type { Sandwich } from '../targets/sandwich.js';
import type { Outcome, TargetClient, TargetOptions } from '../targets/target-client.js';
import { buildPredict } from './build-predict.js';
import { TargetFailure } from './case-result.js';
import { checkOutcome } from './check-outcome.js';
import { modelDigests } from './model-digests.js';
import { MOMENT_MS, TIMEOUTS_MS } from './timeouts.js';

export interface StepContext {
  /** Channel of this case. */
  readonly client: TargetClient;
  readonly target: TargetOptions;
  /** What the target names in GetServerInfo. */
  readonly features: ReadonlySet<string>;
  /** The target's process, if the suite started it. */
  readonly launched?: LaunchedTarget;
  /**
   * Starts another process of the target, for a case that ends or measures it; the case stops it.
   *
   * @param models folder of its models, if they are not all of the suite
   */
  readonly launch?: (models?: string) => Promise<LaunchedTarget>;
  /** What a target of profile `runtime-secure` is asked with, beside the right caller's own credentials. */
  readonly access?: AccessMaterial;
  /** What its vendor claims of it, if a declaration was given. */
  readonly declaration?: Declaration;
  /** What stands on both sides of an adapter under test. */
  readonly sandwich?: Sandwich;
  /** Steers the target, if a harness was given. */
  readonly harness?: Harness;
  /** Models of the suite that the target does not serve, and need not: their cases are not applicable. */
  readonly missingModels?: readonly string[];
  readonly models: readonly WrittenModel[];
  readonly profile: NumericProfile;
  /** How a target of profile `oip` is asked. */
  readonly oip?: OipTarget;
  /** How a target of profile `cds` is asked. */
  readonly cds?: CdsTarget;
  /** What stands behind a target of profile `digital-pathology`. */
  readonly wsi?: WsiTarget;
  /** What stands behind a target of profile `expressif`. */
  readonly expressif?: ExpressifTarget;
  /** A target of profile `processing-chain`, and what stands behind it. */
  readonly chain?: ChainTarget;
  /** Multiplies every wait; default 1. A run with another one is marked as such. */
  readonly timeScale?: number;
}

/** Runs a step and gives its evidence; throws TargetFailure where the target is wrong. */
export async function runStep(step: Step, context: StepContext): Promise<string[]> {
  const deadlineMs = TIMEOUTS_MS[step.within ?? 'call'] * (context.timeScale ?? 1);
  const expect = step.expect ?? {};
  if (step.after === 'moment') await setTimeout(MOMENT_MS * (context.timeScale ?? 1));
  if (step.predict !== undefined) return runPredict(step.predict, expect, deadlineMs, context);
  if (step.call !== undefined) {
    const { rpc, message = {} } = step.call;
    const digests = modelDigests(String(message.name ?? ''), String(message.version ?? ''), context.models);
    const outcome = await context.client.call(rpc, message, deadlineMs);
    return checkOutcome(outcome, expect, { digests, profile: context.profile });
  }
  if (step.stream !== undefined) return runStream(step.stream, deadlineMs, context);
  if (step.parallel !== undefined) {
    const all = await Promise.all(step.parallel.steps.map((one) => runStep(one, context)));
    return all.flat();
  }
  if (step.oip !== undefined) {
    const { oip } = context;
    if (oip === undefined) throw new RangeError('the target is not one of profile oip');
    return runOipStep(step.oip, { ...context, oip, deadlineMs });
  }
  if (step.cds !== undefined) return runCdsStep(step.cds, { ...context, deadlineMs });
  if (step.probe !== undefined) {
    return probe(step.probe.name)({
      ...context,
      with: step.probe.with ?? {},
      ask: (asked, client = context.client) => runStep(asked, { ...context, client }),
    });
  }
  throw new RangeError('a step does nothing');
}

async function runPredict(spec: PredictSpec, expect: Expectation, deadlineMs: number, context: StepContext) {
  const { model, version = '' } = spec;
  const digests = modelDigests(model, version, context.models);
  const { request, tensors, places } = buildPredict(spec, digests.package);
  const outcome = await context.client.call('Predict', request, deadlineMs);
  return checkOutcome(outcome, expect, { model, version, tensors, places, digests, profile: context.profile });
}

/** Sends all items at once, as far as the target lets it, and checks each answer by the id of its item. */
async function runStream({ items }: StreamSpec, deadlineMs: number, context: StepContext): Promise<string[]> {
  const answers = await new Promise<runtimeV1.PredictStreamResponse__Output[]>((resolve, reject) => {
    const call = context.client.stream(deadlineMs);
    const received: runtimeV1.PredictStreamResponse__Output[] = [];
    call.on('data', (answer) => void received.push(answer));
    call.on('error', (error) => reject(new TargetFailure(`the stream ended with ${error.message.slice(0, 200)}`)));
    call.on('end', () => resolve(received));
    for (const { id, predict } of items) {
      const { request } = buildPredict(
        predict,
        modelDigests(predict.model, predict.version ?? '', context.models).package,
      );
      call.write({ itemId: id, request });
    }
    call.end();
  });
  const [first] = answers;
  if (!first?.ready) throw new TargetFailure('the first message of the stream must be Ready');
  const results = answers.flatMap(({ result }) => result ?? []);
  if (results.length !== items.length) {
    throw new TargetFailure(`${items.length} items were sent, and ${results.length} answered`);
  }
  const evidence = [`Ready, then ${results.length} results`];
  const left = [...results];
  for (const { id, predict, expect = {} } of items) {
    const wanted = expect.status ?? 'OK';
    const isOfItem = ({ itemId }: Result) => itemId === id;
    // Of two items with one id, one is answered and the other refused, in any order.
    const place = left.findIndex((result) => isOfItem(result) && itemOutcome(result).status === wanted);
    const at = place < 0 ? left.findIndex(isOfItem) : place;
    const [result] = at < 0 ? [] : left.splice(at, 1);
    if (result === undefined) throw new TargetFailure(`item "${id}" was not answered`);
    const { model, version = '' } = predict;
    const digests = modelDigests(model, version, context.models);
    const { tensors, places } = buildPredict(predict, digests.package);
    const asked = { model, version, tensors, places, digests, profile: context.profile };
    evidence.push(...checkOutcome(itemOutcome(result), expect, asked).map((one) => `item ${id}: ${one}`));
  }
  return evidence;
}

type Result = NonNullable<runtimeV1.PredictStreamResponse__Output['result']>;

function itemOutcome(result: Result): Outcome {
  const { response, status: failed } = result;
  if (failed === null || failed === undefined) {
    return { status: 'OK', message: '', reason: '', domain: '', metadata: {}, response };
  }
  const { code, message, reason, metadata } = failed;
  return { status: status[code] ?? `status ${code}`, message, reason, domain: 'deephealth', metadata };
}

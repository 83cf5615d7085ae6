import type { runtimeV1 } from '@deephealth/proto';
import type { PredictSpec } from '../cases/case-types.js';
import type { Harness } from '../harness/harness.js';
import { FAULT_KINDS, type FaultKind } from '../harness/harness-protocol.js';
import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { checkOutcome } from '../run/check-outcome.js';
import { MOMENT_MS, STALL_MS, TIMEOUTS_MS } from '../run/timeouts.js';
import type { Outcome } from '../targets/target-client.js';
import type { Probe, ProbeContext } from './probe.js';

/** Something else that must be answered rightly meanwhile. */
const BESIDE: PredictSpec = {
  model: 'conformance-matmul',
  inputs: { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' },
};
const LOST = { status: 'UNAVAILABLE', reason: 'MODEL_HOST_LOST' };

/** What a harness makes possible: faults that no call can bring about, and what must come of them. */
export const HARNESS_PROBES: Readonly<Record<string, Probe>> = {
  /** `with: {kind, model}` */
  'inject-fault': async (context) => [await inject(context)],

  /** Puts the target back as it was after its start, and waits until it answers. */
  'reset-target': async (context) => {
    await harnessOf(context).reset();
    await context.client.connect();
    return ['the harness has reset the target'];
  },

  /** `with: {model}`, which cannot be read: loading it is refused, with the reason that is listed. */
  'loading-is-refused': async (context) => {
    const name = text(context, 'model');
    const { status, reason, message } = await context.client.call('LoadModel', { name, version: '1' }, loadMs(context));
    if (status !== 'FAILED_PRECONDITION') {
      throw new TargetFailure(`loading what cannot be read: expected FAILED_PRECONDITION, got ${status} "${message}"`);
    }
    if (reason === '') throw new TargetFailure('loading what cannot be read was refused without a reason');
    const listed = await listedReason(context, name);
    if (listed !== reason) {
      throw new TargetFailure(`loading was refused for ${reason}, and ListModels says "${listed}"`);
    }
    return [`loading was refused for ${reason}`, 'ListModels shows the same reason'];
  },

  /** `with: {model}`, which was ready and cannot be read any more: verifying it takes it out of service. */
  'verifying-notices': async (context) => {
    const name = text(context, 'model');
    const verified = await context.client.call('VerifyModel', { name, version: '1' }, loadMs(context));
    const reason = await listedReason(context, name);
    return [`VerifyModel was answered ${verified.status}`, `ListModels shows the version refused for ${reason}`];
  },

  /** `with: {kind, model, x}`: its host is lost while it runs, and others are asked all the while. */
  'host-is-lost-while-it-runs': async (context) => {
    const spec = specOf(context);
    const before = await restarts(context, spec.model);
    let isOver = false;
    const running = predict(context, spec).finally(() => {
      isOver = true;
    });
    await moment(context);
    if (isOver) throw new NotJudged('inconclusive', 'the request was answered before its host could be lost');
    const beside = besideUntil(context, () => isOver);
    // Awaited below; until then, a failure of it is not one that nobody handles.
    beside.catch(() => undefined);
    const injected = await inject(context);
    const outcome = await running;
    const evidence = [injected, await checkLost(context, spec, outcome, before)];
    return [...evidence, `${await beside} requests to ${BESIDE.model} meanwhile were answered rightly`];
  },

  /** `with: {kind, model, x}`: soon answers rightly again, without having been told to. */
  'answers-again': async (context) => {
    const spec = specOf(context);
    const injected = await inject(context);
    const deadline = performance.now() + loadMs(context);
    let outcome = await predict(context, spec);
    while (outcome.status === 'UNAVAILABLE' && performance.now() < deadline) {
      await moment(context);
      outcome = await predict(context, spec);
    }
    return [injected, ...checkRight(context, spec, outcome)];
  },

  /** `with: {kind, model, x}`, whose host stalls: its request waits, another model's does not. */
  'others-are-not-held-up': async (context) => {
    const spec = specOf(context);
    const injected = await inject(context, STALL_MS);
    const started = performance.now();
    let answeredAt = Number.POSITIVE_INFINITY;
    const stalled = predict(context, spec).finally(() => {
      answeredAt = performance.now();
    });
    const beside = await predict(context, BESIDE);
    const besideAt = performance.now();
    const outcome = await stalled;
    // What waits for the same stall is answered with it, a moment before or after.
    const wasHeldUp = answeredAt - besideAt < STALL_MS / 10;
    if (performance.now() - started < STALL_MS / 2) {
      throw new NotJudged('inconclusive', 'the request to the stalled model was answered as if nothing had stalled');
    }
    checkRight(context, BESIDE, beside);
    if (wasHeldUp) throw new TargetFailure(`${BESIDE.model} was answered only with ${spec.model}, which had stalled`);
    return [
      injected,
      `${BESIDE.model} was answered rightly meanwhile`,
      ...checkRight(context, spec, outcome).map((one) => `${spec.model} afterwards: ${one}`),
    ];
  },
};

function harnessOf({ harness }: ProbeContext): Harness {
  if (harness === undefined) throw new RangeError('a case that steers the target needs "harness"');
  return harness;
}

async function inject(context: ProbeContext, milliseconds?: number): Promise<string> {
  const kind = text(context, 'kind') as FaultKind;
  if (!FAULT_KINDS.includes(kind)) throw new RangeError(`there is no fault "${kind}"`);
  const model = text(context, 'model');
  const isDone = await harnessOf(context).inject({ kind, model, ...(milliseconds !== undefined && { milliseconds }) });
  if (!isDone) throw new NotJudged('notApplicable', `the harness cannot inject ${kind}`);
  return `injected ${kind} into ${model}`;
}

/** Why a version is not ready, as ListModels has it; throws TargetFailure if it is, or says nothing. */
async function listedReason(context: ProbeContext, name: string): Promise<string> {
  const summary = await listed(context, name);
  if (summary === undefined) throw new TargetFailure(`${name} is not listed any more`);
  if (summary.state === 'MODEL_STATE_READY') throw new TargetFailure(`${name} is still ready`);
  const reason = summary.stateReason?.reason ?? '';
  if (reason === '') throw new TargetFailure(`${name} is ${summary.state}, and ListModels does not say why`);
  return reason;
}

async function listed(context: ProbeContext, name: string): Promise<runtimeV1.ModelSummary__Output | undefined> {
  const { status, response } = await context.client.call('ListModels', { name }, callMs(context));
  if (status !== 'OK') throw new TargetFailure(`ListModels was answered ${status}`);
  return (response as runtimeV1.ListModelsResponse__Output).models.find((model) => model.name === name);
}

async function restarts(context: ProbeContext, name: string): Promise<number> {
  return (await listed(context, name))?.hostRestarts ?? 0;
}

/** Its own request may fail as one whose host was lost; a target that has run it again on another host may answer. */
async function checkLost(context: ProbeContext, spec: PredictSpec, outcome: Outcome, before: number): Promise<string> {
  if (outcome.status !== 'OK') {
    checkOutcome(outcome, LOST, { digests: NO_DIGESTS, profile: context.profile });
    return `its request was answered ${LOST.status}, ${LOST.reason}`;
  }
  checkRight(context, spec, outcome);
  if ((await restarts(context, spec.model)) <= before) {
    throw new TargetFailure(
      'the request whose host was lost was answered as if it had not been, and no restart is counted',
    );
  }
  return 'its request was run again, and answered rightly';
}

/** Asks another model again and again until it is over, and once more; gives how often. */
async function besideUntil(context: ProbeContext, isOver: () => boolean): Promise<number> {
  for (let asked = 1; ; asked += 1) {
    const isLast = isOver();
    checkRight(context, BESIDE, await predict(context, BESIDE));
    if (isLast) return asked;
  }
}

const NO_DIGESTS = { package: '', onnx: '' };

/** As long as loading takes: the request may have to wait for another host. */
function predict(context: ProbeContext, spec: PredictSpec): Promise<Outcome> {
  return context.client.call('Predict', buildPredict(spec, '').request, loadMs(context));
}

function checkRight(context: ProbeContext, spec: PredictSpec, outcome: Outcome): string[] {
  const { tensors } = buildPredict(spec, '');
  const asked = { model: spec.model, tensors, digests: NO_DIGESTS, profile: context.profile };
  return checkOutcome(outcome, { outputs: { y: 'golden' } }, asked);
}

function specOf(context: ProbeContext): PredictSpec {
  return { model: text(context, 'model'), inputs: { x: text(context, 'x') } };
}

function text({ with: given }: ProbeContext, name: string): string {
  const value = given[name];
  if (typeof value !== 'string') throw new RangeError(`the probe needs "${name}"`);
  return value;
}

const callMs = ({ timeScale = 1 }: ProbeContext) => TIMEOUTS_MS.call * timeScale;
const loadMs = ({ timeScale = 1 }: ProbeContext) => TIMEOUTS_MS.load * timeScale;

/** By when what was sent is under way. */
function moment({ timeScale = 1 }: ProbeContext): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, MOMENT_MS * timeScale));
}

import type { PlannedCase, Step } from '../cases/case-types.js';
import { STILL_RIGHT } from '../cds/run-cds-step.js';
import { HarnessError } from '../harness/harness.js';
import { settleHarness } from '../harness/settle-harness.js';
import { stillRight, wasRightBefore } from '../oip/still-right.js';
import { TargetClient } from '../targets/target-client.js';
import { type CaseResult, type CaseStatus, NotJudged, resultOf, TargetFailure } from './case-result.js';
import { runStep, type StepContext } from './run-steps.js';
import { caseLimitMs } from './timeouts.js';

/** Still alive, and still right: asked after every case that is not terminal. */
const POSTCONDITION: Step = {
  predict: { model: 'conformance-matmul', inputs: { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' } },
  expect: { outputs: { y: 'golden' } },
};

export type RunOptions = Omit<StepContext, 'client'>;

/** Runs one case on a channel of its own. Never rejects, and never takes longer than its limit. */
export async function runCase(one: PlannedCase, context: RunOptions): Promise<CaseResult> {
  const client = new TargetClient(context.target, one.id);
  const started = performance.now();
  const evidence: string[] = [];
  const finish = (status: CaseStatus, detail: string): CaseResult =>
    resultOf(one, { status, durationMs: Math.round(performance.now() - started), evidence, detail });
  const run = async (): Promise<CaseResult> => {
    const afterwards = afterwardsOf(one, context);
    const askRight = () =>
      runStep(afterwards ?? POSTCONDITION, { ...context, client }).then(
        () => true,
        () => false,
      );
    const { oip } = context;
    const isOip = one.profile === 'oip' && oip !== undefined && afterwards !== undefined;
    const wasRight = isOip ? await wasRightBefore(oip, one.needs?.includes('http') ?? false, askRight) : true;
    try {
      checkApplies(one, context);
      for (const step of one.steps) evidence.push(...(await runStep(step, { ...context, client })));
    } catch (thrown) {
      if (thrown instanceof NotJudged) return finish(thrown.status, thrown.message);
      if (asksForUnserved(one, thrown, context)) return finish('notApplicable', 'it does not serve all models of this');
      if (thrown instanceof HarnessError) return finish('error', thrown.message);
      if (!(thrown instanceof TargetFailure)) return finish('error', `the suite itself failed: ${messageOf(thrown)}`);
      return finish(one.level === 'MUST' ? 'fail' : 'warn', thrown.message);
    }
    if (one.terminal) return finish('pass', '');
    if (afterwards === undefined) return finish('pass', '');
    try {
      await runStep(afterwards, { ...context, client });
    } catch (thrown) {
      const why = `a right request is not answered rightly: ${messageOf(thrown)}`;
      return wasRight
        ? finish('fail', `afterwards, ${why}`)
        : finish('inconclusive', `before the first case already, ${why}`);
    }
    return finish('pass', '');
  };
  let timer: NodeJS.Timeout | undefined;
  const limitMs = caseLimitMs(one.profile) * Math.max(1, context.timeScale ?? 1);
  const limit = new Promise<CaseResult>((resolve) => {
    timer = setTimeout(() => resolve(finish('fail', `no end within ${limitMs} ms`)), limitMs);
  });
  try {
    return await settleHarness(one, await Promise.race([run(), limit]), context.harness);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

function afterwardsOf({ profile, needs = [] }: PlannedCase, { oip }: RunOptions): Step | undefined {
  if (profile === 'cds') return { cds: STILL_RIGHT };
  if (profile === 'digital-pathology') return { probe: { name: 'wsi-still-right' } };
  if (profile === 'expressif') return { probe: { name: 'rule-still-right' } };
  if (profile === 'processing-chain') return { probe: { name: 'chain-still-right' } };
  if (profile !== 'oip' || oip === undefined) return POSTCONDITION;
  return stillRight(oip, needs.includes('http'));
}

function checkApplies(
  { requires = [], needs = [] }: PlannedCase,
  { features, launch, oip, harness }: RunOptions,
): void {
  if (harness?.failure !== undefined) throw harness.failure;
  const missing = requires.find((feature) => !features.has(feature));
  if (missing !== undefined) throw new NotJudged('unsupported', `the target does not name the feature "${missing}"`);
  if (needs.includes('launched') && launch === undefined) {
    throw new NotJudged('notApplicable', 'only a target that the suite starts itself can be judged');
  }
  if (needs.includes('http') && oip?.http === undefined) {
    throw new NotJudged('notApplicable', 'no address of HTTP was given');
  }
  if (needs.includes('harness') && harness === undefined) {
    throw new NotJudged('notApplicable', 'only a target with a harness can be judged');
  }
}

/** A probe names its models in code; where only some need be served, their absence is seen by the answer. */
function asksForUnserved({ steps }: PlannedCase, thrown: unknown, { missingModels = [] }: RunOptions): boolean {
  const isOfProbe = missingModels.length > 0 && steps.some((step) => step.probe !== undefined);
  return isOfProbe && thrown instanceof TargetFailure && thrown.message.includes('MODEL_NOT_FOUND');
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

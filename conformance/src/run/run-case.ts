import type { PlannedCase, Step } from '../cases/case-types.js';
import { HarnessError } from '../harness/harness.js';
import { settleHarness } from '../harness/settle-harness.js';
import { TargetClient } from '../targets/target-client.js';
import { type CaseResult, type CaseStatus, NotJudged, TargetFailure } from './case-result.js';
import { runStep, type StepContext } from './run-steps.js';
import { CASE_LIMIT_MS } from './timeouts.js';

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
  const finish = (status: CaseStatus, detail: string): CaseResult => ({
    id: one.id,
    parameters: one.parameters,
    slug: one.slug,
    level: one.level,
    requirement: one.requirement,
    status,
    durationMs: Math.round(performance.now() - started),
    evidence,
    detail,
  });
  const run = async (): Promise<CaseResult> => {
    try {
      checkApplies(one, context);
      for (const step of one.steps) evidence.push(...(await runStep(step, { ...context, client })));
    } catch (thrown) {
      if (thrown instanceof NotJudged) return finish(thrown.status, thrown.message);
      if (thrown instanceof HarnessError) return finish('error', thrown.message);
      if (!(thrown instanceof TargetFailure)) return finish('error', `the suite itself failed: ${messageOf(thrown)}`);
      return finish(one.level === 'MUST' ? 'fail' : 'warn', thrown.message);
    }
    if (one.terminal) return finish('pass', '');
    try {
      await runStep(POSTCONDITION, { ...context, client });
    } catch (thrown) {
      return finish('fail', `afterwards, a right request is not answered rightly: ${messageOf(thrown)}`);
    }
    return finish('pass', '');
  };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<CaseResult>((resolve) => {
    timer = setTimeout(() => resolve(finish('fail', `no end within ${CASE_LIMIT_MS} ms`)), CASE_LIMIT_MS);
  });
  try {
    return await settleHarness(one, await Promise.race([run(), limit]), context.harness);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

function checkApplies({ requires = [], needs = [] }: PlannedCase, { features, launch, harness }: RunOptions): void {
  if (harness?.failure !== undefined) throw harness.failure;
  const missing = requires.find((feature) => !features.has(feature));
  if (missing !== undefined) throw new NotJudged('unsupported', `the target does not name the feature "${missing}"`);
  if (needs.includes('launched') && launch === undefined) {
    throw new NotJudged('notApplicable', 'only a target that the suite starts itself can be judged');
  }
  if (needs.includes('harness') && harness === undefined) {
    throw new NotJudged('notApplicable', 'only a target with a harness can be judged');
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

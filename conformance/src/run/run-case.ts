import type { PlannedCase, Step } from '../cases/case-types.js';
import { TargetClient, type TargetOptions } from '../targets/target-client.js';
import { type CaseResult, type CaseStatus, TargetFailure } from './case-result.js';
import { runStep, type StepContext } from './run-steps.js';
import { CASE_LIMIT_MS } from './timeouts.js';

/** Still alive, and still right: asked after every case that is not terminal. */
const POSTCONDITION: Step = {
  predict: { model: 'conformance-matmul', inputs: { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' } },
  expect: { outputs: { y: 'golden' } },
};

export interface RunOptions extends Omit<StepContext, 'client'> {
  readonly target: TargetOptions;
}

/** Runs one case on a channel of its own. Never rejects, and never takes longer than its limit. */
export async function runCase(one: PlannedCase, { target, ...context }: RunOptions): Promise<CaseResult> {
  const client = new TargetClient(target, one.id);
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
      for (const step of one.steps) evidence.push(...(await runStep(step, { ...context, client })));
    } catch (thrown) {
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
    return await Promise.race([run(), limit]);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

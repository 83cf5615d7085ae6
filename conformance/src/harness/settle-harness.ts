import type { PlannedCase } from '../cases/case-types.js';
import type { CaseResult } from '../run/case-result.js';
import type { Harness } from './harness.js';

/**
 * The target as it was, for the next case, after one that has steered it; and no case counts against a
 * target whose harness has failed meanwhile: the target may have gone with it.
 */
export async function settleHarness(
  { needs = [] }: PlannedCase,
  result: CaseResult,
  harness: Harness | undefined,
): Promise<CaseResult> {
  if (harness === undefined) return result;
  try {
    if (needs.includes('harness') && harness.failure === undefined) await harness.reset();
  } catch (failed) {
    return { ...result, status: 'error', detail: failed instanceof Error ? failed.message : String(failed) };
  }
  const isAgainst = result.status === 'fail' || result.status === 'warn';
  if (harness.failure === undefined || !isAgainst) return result;
  return { ...result, status: 'error', detail: `${harness.failure.message} (during this: ${result.detail})` };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withProgress } from '../output/progress.js';
import type { CheckSession } from '../ttmip/check-session.js';
import type { AddedSample } from '../ttmip/platform-check.js';
import type { PlatformName } from '../ttmip/stage-record.js';
import type { PreparedPlan } from './add-plan.js';
import { addedSample } from './added-sample.js';
import type { Addition } from './addition.js';
import type { AdditionNotes } from './addition-notes.js';

export interface CheckedPlatform {
  readonly platform: PlatformName;
  readonly outcome: 'passed' | 'failed' | 'not applicable';
  /** One sentence for people. */
  readonly shown: string;
}

/** Sends a sample through each platform that the model is bound to, and records how far it came there. */
export async function checkPlatforms(
  plan: PreparedPlan,
  packageFolder: string,
  notes: AdditionNotes,
  isQuiet: boolean,
): Promise<CheckedPlatform[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'deephealth-sample-'));
  // Loaded only now: it brings every adapter with it.
  const { openCheckSession } = await import('../ttmip/check-session.js');
  let session: CheckSession | undefined;
  try {
    const sample = await addedSample(plan.addition as Addition, scratch);
    const checked: CheckedPlatform[] = [];
    for (const { platform, isApplicable, why } of plan.platforms) {
      if (!isApplicable) {
        checked.push({ platform, outcome: 'not applicable', shown: why });
        continue;
      }
      checked.push(
        await withProgress(`checking ${platform}`, isQuiet, async () => {
          // One server for all platforms.
          session ??= await openCheckSession(packageFolder);
          return check({ platform, packageFolder, sample, session }, notes);
        }),
      );
    }
    return checked;
  } finally {
    await session?.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function check(
  question: { platform: PlatformName; packageFolder: string; sample: AddedSample; session: CheckSession },
  notes: AdditionNotes,
): Promise<CheckedPlatform> {
  const { checkOnPlatform } = await import('../ttmip/check-on-platform.js');
  const { platform, conformance, isConformant, prediction, failures, stages } = await checkOnPlatform(question);
  await notes.append(stages);
  if (!isConformant) {
    const shown = failures[0] ?? `The answer on the platform is not that of the contract: ${prediction.shown}`;
    return { platform, outcome: 'failed', shown };
  }
  const { passed, failed } = conformance;
  return { platform, outcome: 'passed', shown: `${prediction.shown}; ${passed} of ${passed + failed} cases passed` };
}

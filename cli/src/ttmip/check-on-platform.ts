import { performance } from 'node:perf_hooks';
import { DeepHealthError } from '@deephealth/sdk';
import { checkCds } from './check-cds.js';
import { checkExpressif } from './check-expressif.js';
import { checkPathology } from './check-pathology.js';
import { checkPiaf } from './check-piaf.js';
import { type CheckSession, openCheckSession } from './check-session.js';
import { judgeSelection } from './conformance-selection.js';
import { StageClock } from './note-stage.js';
import type { AddedSample, PlatformAnswer, PlatformCheck } from './platform-check.js';
import type { PlatformName, StageRecord } from './stage-record.js';

export interface CheckOptions {
  readonly packageFolder: string;
  readonly platform: PlatformName;
  readonly sample: AddedSample;
  /** Serves the package already, for checks on several platforms; the caller closes it. Default one of its own. */
  readonly session?: CheckSession;
  onProgress?(what: string): void;
}

/** How a platform is asked, and which address of the adapter that is. */
const CHECKS: Readonly<
  Record<
    PlatformName,
    {
      readonly field: 'baseUrl' | 'url' | 'contractAddress';
      check(session: CheckSession, address: string, sample: AddedSample): Promise<PlatformAnswer>;
    }
  >
> = {
  'clinical-decision-support': { field: 'baseUrl', check: checkCds },
  'digital-pathology': { field: 'contractAddress', check: checkPathology },
  expressif: { field: 'url', check: checkExpressif },
  piaf: { field: 'url', check: checkPiaf },
};

/**
 * Starts a runtime and the adapter on free ports of loopback, sends one sample through the platform's own face,
 * compares what comes back with what the contract says of it, bit for bit, and runs a short selection of the
 * platform's conformance cases. What is wrong stands in the result; nothing is thrown but faults of this software.
 */
export async function checkOnPlatform(options: CheckOptions): Promise<PlatformCheck> {
  const { platform, onProgress = () => undefined } = options;
  const started = performance.now();
  const clock = new StageClock();
  onProgress(`${platform}: a prediction through its own face`);
  const { stages, ...prediction } = await predictThrough(options, clock);
  // Without an answer there is nothing that the adapter's conformance would add.
  if (stages.at(-1)?.code !== undefined) return unreached(platform, prediction, stages, performance.now() - started);
  onProgress(`${platform}: conformance of the adapter`);
  const { failures, ...conformance } = await judgeSelection(platform);
  const { passed, failed } = conformance;
  const judged = clock.end({
    ...{ stage: 'conformance-passed', platform, detail: `${passed} of ${passed + failed} cases passed` },
  });
  const all = [...prediction.failures, ...failures];
  return {
    platform,
    isConformant: all.length === 0,
    conformance,
    prediction: { isEqual: prediction.failures.length === 0, shown: prediction.shown },
    machineMs: Math.round(performance.now() - started),
    failures: all,
    stages: [...stages, failures.length === 0 ? judged : { ...judged, outcome: 'failed' }],
  };
}

function unreached(
  platform: PlatformName,
  { failures, shown }: Omit<Predicted, 'stages'>,
  stages: readonly StageRecord[],
  tookMs: number,
): PlatformCheck {
  const conformance = { passed: 0, failed: 0, selection: '' };
  const prediction = { isEqual: false, shown };
  return { platform, isConformant: false, conformance, prediction, machineMs: Math.round(tookMs), failures, stages };
}

interface Predicted {
  readonly failures: readonly string[];
  readonly shown: string;
  readonly stages: readonly StageRecord[];
}

async function predictThrough(
  { packageFolder, platform, sample, session: given }: CheckOptions,
  clock: StageClock,
): Promise<Predicted> {
  const stages: StageRecord[] = [];
  try {
    const session = given ?? (await openCheckSession(packageFolder));
    const packageSha256 = session.model.summary?.packageSha256;
    try {
      const adapter = await session.startAdapter(platform);
      stages.push(clock.end({ stage: 'bound', platform, packageSha256, detail: 'the adapter serves the binding' }));
      try {
        const { field, check } = CHECKS[platform];
        const { differences, shown } = await check(session, String(adapter.place[field]), sample);
        const answered = clock.end({ stage: 'first-prediction', platform, packageSha256, detail: 'of a sample' });
        stages.push(differences.length === 0 ? answered : { ...answered, outcome: 'failed' });
        return { failures: differences, shown, stages };
      } finally {
        await adapter.stop();
      }
    } finally {
      if (given === undefined) await session.close();
    }
  } catch (thrown) {
    const { code, message } = DeepHealthError.from(thrown);
    if (code === 'DH_INTERNAL') throw thrown;
    const stage = stages.length === 0 ? 'bound' : 'first-prediction';
    return { failures: [`${code}: ${message}`], shown: '', stages: [...stages, clock.end({ stage, platform, code })] };
  }
}

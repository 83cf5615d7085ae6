import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConformanceCase } from '../cases/case-types.js';
import { loadCases } from '../cases/load-cases.js';
import { writeCdsFolder } from '../cds/write-cds-folder.js';
import { ChainRuntime } from '../chain/chain-runtime.js';
import type { ChainTarget } from '../chain/chain-target.js';
import { type ChainSettings, writeChainFolder } from '../chain/write-chain-folder.js';
import { RuleRuntime } from '../expressif/rule-runtime.js';
import { writeExpressifFolder } from '../expressif/write-expressif-folder.js';
import { SERVED_MODELS } from '../models/catalogue.js';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { TileRuntime } from '../pathology/tile-runtime.js';
import { writePathologyFolder } from '../pathology/write-pathology-folder.js';
import { type SuiteReport, suiteReport } from '../report/suite-report.js';
import { CDS_PLATFORM, CdsPlatform } from '../simulators/cds-platform.js';
import { EXPRESSIF_PLATFORM } from '../simulators/expressif-platform.js';
import { PATHOLOGY_PLATFORM } from '../simulators/pathology-platform.js';
import { PIAF_PLATFORM, type PiafPlatform } from '../simulators/piaf-platform.js';
import { type LaunchedAdapter, launchAdapter } from '../targets/launched-adapter.js';
import { type Sandwich, startSandwich } from '../targets/sandwich.js';
import type { CaseResult } from './case-result.js';
import { describeTarget, type Reached } from './describe-target.js';
import { runSuite } from './run-suite.js';

export interface AdapterCheck {
  /** Name of a platform that the suite can play. */
  readonly platform: string;
  /** Starts the adapter; without it, one listens already at `target` and `platformUrl`. */
  readonly command?: readonly string[];
  /** "host:port" of the contract's face. */
  readonly target?: string;
  /** URL of the platform's face. */
  readonly platformUrl?: string;
  /** Where an adapter that runs already expects its runtime and its platform; default free ones. */
  readonly runtimePort?: number;
  readonly platformPort?: number;
  /** Default all that there are for the platform. */
  readonly profiles?: readonly AdapterProfile[];
  readonly only?: readonly string[];
  /** The command that was given, without a selection of cases. */
  readonly rerun: string;
  readonly timeScale?: number;
  onResult?(result: CaseResult): void;
}

export type AdapterChecked =
  | {
      readonly report: SuiteReport;
      readonly cases: readonly ConformanceCase[];
      readonly results: readonly CaseResult[];
    }
  | { readonly problem: string };

/** Profiles of adapters by the platform that the suite plays. */
const PROFILES = {
  [CDS_PLATFORM]: ['adapter-common', 'cds'],
  [PATHOLOGY_PLATFORM]: ['adapter-common', 'digital-pathology'],
  [EXPRESSIF_PLATFORM]: ['adapter-common', 'expressif'],
  [PIAF_PLATFORM]: ['adapter-common', 'processing-chain'],
} as const;
export type AdapterProfile = (typeof PROFILES)[keyof typeof PROFILES][number];

/** What an adapter is told beforehand, by platform. */
const FOLDERS: Readonly<Record<string, typeof writeCdsFolder>> = {
  [CDS_PLATFORM]: writeCdsFolder,
  [PATHOLOGY_PLATFORM]: writePathologyFolder,
  [EXPRESSIF_PLATFORM]: writeExpressifFolder,
  [PIAF_PLATFORM]: writeChainFolder,
};

/** What an adapter for a platform may claim. */
export function adapterProfiles(platform: string): readonly AdapterProfile[] {
  return PROFILES[platform as keyof typeof PROFILES] ?? ['adapter-common'];
}

/** Profiles that ask nothing of the contract's face. */
const OF_PLATFORM_ALONE: readonly AdapterProfile[] = ['cds', 'processing-chain'];
/** Longest wait for a run of a service that the suite knows nothing of: each of its chunks may be a process. */
const CHAIN_PATIENCE_MS = 60_000;
/** Hundreds of runs, each of which may begin a handful of processes. */
const CHAIN_RUN_LIMIT_MS = 60 * 60_000;

/** An adapter that has been without its runtime for long looks for it less and less often. */
const FIRST_ANSWER_MS = 30_000;
const POLL_MS = 250;

/** Puts an adapter between a runtime and a platform, and judges it; `problem` where it cannot be judged. */
export async function checkAdapter(check: AdapterCheck): Promise<AdapterChecked> {
  const { platform, runtimePort = 0, platformPort = 0, only, rerun, timeScale = 1, onResult } = check;
  const { profiles = adapterProfiles(platform) } = check;
  const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
  try {
    const write = FOLDERS[platform];
    const ofPlatform = write?.(join(store, platform));
    const models = [...writeModels(join(store, 'models')), ...(ofPlatform?.models ?? [])];
    const answers = runtimeOf(platform, models);
    const places = { platform, runtimePort, port: platformPort };
    const sandwich = await startSandwich(models, { ...places, ...(answers !== undefined && { answers }) });
    let launched: LaunchedAdapter | undefined;
    try {
      const settings = write?.(join(store, platform), placesOf(sandwich)).settings;
      if (check.command !== undefined) {
        launched = await launchAdapter(check.command, join(store, 'models'), sandwich, settings);
      }
      const platformFace = (launched?.platformFace ?? check.platformUrl ?? '').replace(/\/$/, '');
      sandwich.platform.connect(platformFace);
      const hasContract = profiles.some((profile) => !OF_PLATFORM_ALONE.includes(profile));
      // Cases of a platform alone ask nothing of the contract's face: the runtime itself stands for it.
      const target = { address: hasContract ? (launched?.address ?? check.target ?? '') : sandwich.runtime.address };
      const reached = await untilReached(target.address);
      if ('problem' in reached) return reached;
      if (reached.missing.length > 0) {
        return {
          problem: `it does not hand on the models of the runtime behind it. Its runtime must be ${sandwich.runtime.address}`,
        };
      }
      const start =
        check.command === undefined ? undefined : launcher(check.command, join(store, 'models'), sandwich, settings);
      const ended: string[] = [];
      let face = platformFace;
      const chainTarget = (runtime: ChainRuntime): ChainTarget => ({
        ...{ runtime, runtimeAddress: sandwich.runtime.address, models, patienceMs: CHAIN_PATIENCE_MS },
        callbacks: (sandwich.platform as PiafPlatform).callbacks,
        url: () => face,
        log: () => [...ended, ...(launched?.log ?? [])],
        ...(launched !== undefined && settings !== undefined && { stateFolder: stateFolderOf(settings) }),
        ...(launched !== undefined &&
          start !== undefined && {
            restart: async (meanwhile = async () => undefined) => {
              ended.push(...(launched?.log ?? []));
              launched?.kill();
              await launched?.stop();
              await meanwhile();
              launched = await start();
              if (hasContract) target.address = launched.address;
              face = launched.platformFace.replace(/\/$/, '');
            },
          }),
      });
      const cases = loadCases();
      const results = await runSuite({
        cases,
        profiles,
        target,
        sandwich,
        ...cdsTarget(sandwich, platformFace, models),
        ...steeredTarget(answers, sandwich.runtime.address, models, platformFace),
        ...(answers instanceof ChainRuntime && { chain: chainTarget(answers), runLimitMs: CHAIN_RUN_LIMIT_MS }),
        features: reached.features,
        models,
        // The runtime behind it is the suite's own: whatever differs, the adapter has changed.
        profile: 'strict',
        timeScale,
        ...(launched !== undefined && { launched }),
        ...(only !== undefined && { only }),
        ...(onResult !== undefined && { onResult }),
      });
      const report = suiteReport({
        cases,
        results,
        target: {
          name: launched?.name || 'adapter',
          version: launched?.version ?? '',
          engine: `${platform} platform, runtime ${reached.target.name}`,
        },
        profiles,
        numericProfile: 'strict',
        rerun,
        observed: reached.features,
        isLaunched: launched !== undefined,
        timeScale,
      });
      return { report, cases, results };
    } finally {
      await launched?.stop();
      await sandwich.stop();
    }
  } catch (failed) {
    return { problem: (failed as Error).message };
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

function launcher(...[command, models, sandwich, settings]: Parameters<typeof launchAdapter>) {
  return () => launchAdapter(command, models, sandwich, settings);
}

function stateFolderOf(settings: string): string {
  return (JSON.parse(readFileSync(settings, 'utf8')) as ChainSettings).stateFolder;
}

function placesOf({ runtime, platform }: Sandwich) {
  return { runtime: runtime.address, platform: platform.url };
}

/** The runtime behind an adapter whose cases steer each question; undefined for any other. */
function runtimeOf(
  platform: string,
  models: readonly WrittenModel[],
): TileRuntime | RuleRuntime | ChainRuntime | undefined {
  if (platform === PATHOLOGY_PLATFORM) return new TileRuntime(models);
  if (platform === PIAF_PLATFORM) return new ChainRuntime(models);
  return platform === EXPRESSIF_PLATFORM ? new RuleRuntime(models) : undefined;
}

/** What such cases are told. @param http URL of the adapter's face towards its platform; empty without one */
function steeredTarget(
  runtime: TileRuntime | RuleRuntime | ChainRuntime | undefined,
  runtimeAddress: string,
  models: readonly WrittenModel[],
  http: string,
) {
  if (runtime instanceof TileRuntime) return { wsi: { runtime, runtimeAddress, models } };
  return runtime === undefined || runtime instanceof ChainRuntime
    ? {}
    : { expressif: { runtime, runtimeAddress, models, http } };
}

/** How cases of CDS Hooks are asked, where the platform is one of them. */
function cdsTarget({ runtime, platform }: Sandwich, baseUrl: string, models: readonly WrittenModel[]) {
  return platform instanceof CdsPlatform ? { cds: { baseUrl, ehr: platform.ehr, runtime, models } } : {};
}

async function untilReached(address: string): Promise<Reached> {
  const end = performance.now() + FIRST_ANSWER_MS;
  for (;;) {
    const reached = await describeTarget({ address }, SERVED_MODELS);
    const isUnavailable = 'problem' in reached && reached.problem.includes('UNAVAILABLE');
    if (!isUnavailable || performance.now() > end) return reached;
    await delay(POLL_MS);
  }
}

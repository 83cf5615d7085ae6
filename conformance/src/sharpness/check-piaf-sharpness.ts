import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConformanceCase } from '../cases/case-types.js';
import { ChainRuntime } from '../chain/chain-runtime.js';
import type { ChainTarget } from '../chain/chain-target.js';
import { type ChainSettings, callbackHostsOf, writeChainFolder } from '../chain/write-chain-folder.js';
import type { ChainParts } from '../reference/piaf/reference-chains.js';
import { type RunningChains, serveChains } from '../reference/piaf/serve-chains.js';
import { PIAF_PLATFORM, type PiafPlatform } from '../simulators/piaf-platform.js';
import type { PlatformSimulator } from '../simulators/platform-simulator.js';
import { PIAF_CLASSES, type PiafClasses } from './mutants/piaf-mutant.js';
import type { StartedTarget } from './null-target.js';
import { type SteeredAdapter, SteeredSharpness } from './steered-sharpness.js';

/** A service in this process is answered by a runtime in this process. */
const PATIENCE_MS = 5_000;

/** A service in this process, which can be ended as a process is killed, and begun again on the same folder. */
interface StartedChains extends StartedTarget, Pick<ChainTarget, 'url' | 'restart' | 'stateFolder'> {
  /** All that was written, before a start anew, too. */
  lines(): readonly string[];
}

async function start(
  given: ChainSettings,
  runtime: string,
  parts: ChainParts,
  platform: PlatformSimulator,
): Promise<StartedChains> {
  // Each has a folder of its own, so that many go on beside each other.
  const stateFolder = join(dirname(given.stateFolder), 'states', randomUUID(), 'state');
  mkdirSync(stateFolder, { recursive: true });
  const settings = { ...given, stateFolder, callbackHosts: callbackHostsOf(platform.url) };
  const serve = (): Promise<RunningChains> => serveChains(settings, runtime, parts);
  const before: string[] = [];
  let served = await serve();
  return {
    ...{ address: served.address, log: served.reference.log, platformFace: served.platformFace, stateFolder },
    lines: () => [...before, ...served.reference.log],
    url: () => served.platformFace,
    restart: async (meanwhile = async () => undefined) => {
      before.push(...served.reference.log);
      served.stop();
      await meanwhile();
      served = await serve();
    },
    stop: () => served.stop(),
  };
}

const CHAINS: SteeredAdapter<ChainSettings, PiafClasses, ChainParts, ChainRuntime> = {
  profile: 'processing-chain',
  platform: PIAF_PLATFORM,
  classes: PIAF_CLASSES,
  writeFolder: writeChainFolder,
  runtimeOf: (models) => new ChainRuntime(models),
  targetOf: (runtime, runtimeAddress, models, started, platform) => {
    const { log, platformFace = '' } = started;
    const { url = () => platformFace, lines = () => log, restart, stateFolder } = started as Partial<StartedChains>;
    return {
      chain: {
        ...{ runtime, runtimeAddress, models, url, log: lines, patienceMs: PATIENCE_MS },
        callbacks: (platform as PiafPlatform).callbacks,
        ...(restart !== undefined && { restart }),
        ...(stateFolder !== undefined && { stateFolder }),
      },
    };
  },
  serve: start,
};

/** The cases of profile `processing-chain` against what they must pass and what they must fail. */
export class PiafSharpness extends SteeredSharpness<ChainSettings, PiafClasses, ChainParts, ChainRuntime> {
  /** @param store folder where the suite's packages are written; it must outlive this */
  constructor(cases: readonly ConformanceCase[], store: string) {
    super(CHAINS, cases, store);
  }
}

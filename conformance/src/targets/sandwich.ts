import type { WrittenModel } from '../models/write-models.js';
import type { ReferenceRuntime } from '../reference/reference-runtime.js';
import { PLATFORMS, type StartPlatformOptions } from '../simulators/index.js';
import type { PlatformSimulator } from '../simulators/platform-simulator.js';
import { ObservingRuntime } from './observing-runtime.js';

/** What stands on both sides of an adapter under test: the suite plays all but the adapter. */
export interface Sandwich {
  /** Behind it. */
  readonly runtime: ObservingRuntime;
  /** In front of it, beside the contract's client. */
  readonly platform: PlatformSimulator;
}

export interface StartedSandwich extends Sandwich {
  stop(): Promise<void>;
}

export interface SandwichOptions extends StartPlatformOptions {
  /** Name in PLATFORMS. */
  readonly platform: string;
  /** On loopback; default a free one. */
  readonly runtimePort?: number;
  /** Answers behind the adapter; default the reference runtime. */
  readonly answers?: ReferenceRuntime;
}

/** Starts a runtime with the suite's models, and a platform. Throws RangeError for a platform that it cannot play. */
export async function startSandwich(
  models: readonly WrittenModel[],
  { platform: name, runtimePort = 0, answers, ...options }: SandwichOptions,
): Promise<StartedSandwich> {
  const start = PLATFORMS[name];
  if (start === undefined) throw new RangeError(`the suite cannot play the platform "${name}"`);
  const runtime = new ObservingRuntime(models, answers);
  await runtime.start(runtimePort);
  const platform = await start(options).catch((failed: unknown) => {
    runtime.goAway();
    throw failed;
  });
  return {
    runtime,
    platform,
    stop: async () => {
      runtime.goAway();
      await platform.stop();
    },
  };
}

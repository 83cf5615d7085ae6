import { HARNESS_LIMITS_MS } from '../run/timeouts.js';
import { type Harness, HarnessError } from './harness.js';
import { HarnessPipe } from './harness-pipe.js';
import { type CommandName, HARNESS_PROTOCOL } from './harness-protocol.js';

export type HarnessLimits = Readonly<Record<CommandName, number>>;

/**
 * Starts a harness, and lets it start its runtime on the suite's models. Rejects with a HarnessError.
 *
 * @param command program and arguments
 * @param models folder of the suite's models
 */
export async function startHarness(
  command: readonly string[],
  models: string,
  limits: HarnessLimits = HARNESS_LIMITS_MS,
): Promise<Harness> {
  const [program, ...rest] = command;
  if (program === undefined) throw new HarnessError('no command was given');
  const pipe = new HarnessPipe([program, ...rest]);
  try {
    const { address } = await pipe.ask(
      { command: 'start', protocol: HARNESS_PROTOCOL, models, options: {} },
      limits.start,
    );
    if (address === undefined) throw new HarnessError('its answer to "start" has no address');
    return new HarnessTarget(pipe, address, limits);
  } catch (failed) {
    await pipe.end(0);
    throw failed;
  }
}

class HarnessTarget implements Harness {
  readonly address: string;
  readonly #pipe: HarnessPipe;
  readonly #limits: HarnessLimits;

  constructor(pipe: HarnessPipe, address: string, limits: HarnessLimits) {
    this.#pipe = pipe;
    this.address = address;
    this.#limits = limits;
  }

  get failure(): HarnessError | undefined {
    return this.#pipe.failure;
  }

  async inject(fault: Parameters<Harness['inject']>[0]): Promise<boolean> {
    const { unsupported } = await this.#pipe.ask({ command: 'inject', fault }, this.#limits.inject);
    return unsupported !== true;
  }

  async reset(): Promise<void> {
    await this.#pipe.ask({ command: 'reset' }, this.#limits.reset);
  }

  async stop(): Promise<void> {
    try {
      await this.#pipe.ask({ command: 'stop' }, this.#limits.stop);
    } finally {
      await this.#pipe.end(this.#limits.stop);
    }
  }
}

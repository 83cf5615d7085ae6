import { NotJudged } from '../run/case-result.js';
import type { PlatformSimulator } from './platform-simulator.js';

/**
 * A platform that calls RunBinding on the contract's face and has no address of its own, so that nothing of the cases
 * about events can be asked of it.
 *
 * @param why what it does instead, for the report
 */
export function quietPlatform(
  { name, carries, asks }: Pick<PlatformSimulator, 'name' | 'carries' | 'asks'>,
  why: string,
): PlatformSimulator {
  const unheard = (): never => {
    throw new NotJudged('notApplicable', why);
  };
  return {
    ...{ name, carries, asks },
    url: '',
    answersEvents: true,
    choosesPackages: false,
    givesTensors: false,
    maxRequests: 1,
    credentials: [],
    received: [],
    connect: () => undefined,
    send: unheard,
    asRun: unheard,
    readRun: unheard,
    cancel: unheard,
    state: unheard,
    health: unheard,
    results: unheard,
    attempts: unheard,
    waitForResult: unheard,
    misbehave: unheard,
    stop: async () => undefined,
  };
}

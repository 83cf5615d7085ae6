import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_US = 500;

/** A CPU profile of this process, taken for some seconds. */
export async function profileSelf(seconds) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  await session.post('Profiler.start');
  await delay(seconds * 1000);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile;
}

import { loadAddon } from '../load-addon.js';

interface RingAddon {
  wakeRing?(requests: Uint8Array): void;
}

/** Whether this process can be the server of a ring: on Linux, with the addon. */
export function canServeRings(): boolean {
  return loadAddon<RingAddon>()?.wakeRing !== undefined;
}

/** Wakes a host that waits for requests in this segment. */
export function wakeRing(requests: Uint8Array): void {
  loadAddon<RingAddon>()?.wakeRing?.(requests);
}

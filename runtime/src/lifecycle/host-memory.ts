import type { HostProcess } from '../host/host-process.js';

// A host that has grown to this share of its memory limit is replaced before it reaches it.
const RECYCLE_AT = 0.75;
// Growth of a host since its start that makes a fresh one worth its while.
const GROWTH = 1.25;

/** Resident memory of the hosts of one version, as they tell it. */
export class HostMemory {
  readonly #told = new Map<HostProcess, number>();
  /** What each host told first. */
  readonly #fresh = new WeakMap<HostProcess, number>();

  /** What the host told last; 0 before. */
  rssBytes(host: HostProcess): number {
    return this.#told.get(host) ?? 0;
  }

  /**
   * A host tells its memory. True if it has grown so far that a fresh one should take its place.
   *
   * @param limits in MiB: what is too much by the settings, and the memory limit of the host
   */
  tell(host: HostProcess, rssBytes: number, limits: { readonly recycleAbove: number; readonly most: number }): boolean {
    this.#told.set(host, rssBytes);
    const freshBytes = this.#fresh.get(host) ?? rssBytes;
    this.#fresh.set(host, freshBytes);
    const aboveMiB = Math.min(limits.recycleAbove, RECYCLE_AT * limits.most);
    // A model that needs so much from the beginning would need as much in a fresh host.
    return rssBytes > aboveMiB * 2 ** 20 && rssBytes > GROWTH * freshBytes;
  }

  forget(host: HostProcess): void {
    this.#told.delete(host);
  }
}

/** A wish that a run, or what is left of it, ends now. */
export class RunControl {
  #isStopped = false;
  #stop: (() => void) | undefined;

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Says how what is under way is stopped; at once, if the wish is there already. */
  set onStop(stop: () => void) {
    this.#stop = stop;
    if (this.#isStopped) stop();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stop?.();
  }
}

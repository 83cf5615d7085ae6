import type { RunObserver } from '../lifecycle/run-observer.js';

/** Passes what happens on to several observers. */
export class ObserverGroup implements RunObserver {
  readonly #observers: RunObserver[] = [];

  add(observer: RunObserver): void {
    this.#observers.push(observer);
  }

  onQueued(...event: Parameters<RunObserver['onQueued']>): void {
    for (const observer of this.#observers) observer.onQueued(...event);
  }

  onFinished(...event: Parameters<RunObserver['onFinished']>): void {
    for (const observer of this.#observers) observer.onFinished(...event);
  }

  onExecution(...event: Parameters<RunObserver['onExecution']>): void {
    for (const observer of this.#observers) observer.onExecution(...event);
  }

  onHostReplaced(...event: Parameters<RunObserver['onHostReplaced']>): void {
    for (const observer of this.#observers) observer.onHostReplaced(...event);
  }
}

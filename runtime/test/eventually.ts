import type { ModelState, ModelVersion } from '@deephealth/runtime';

const LONGEST_MS = 30_000;
const PAUSE_MS = 5;

/** Waits for what no event tells; fails, saying what, when it does not come within a generous time. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: did not happen within ${LONGEST_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Resolves when the version is in the state, without polling. */
export function reached(model: ModelVersion, state: ModelState): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (model.state !== state) return;
      model.off('change', look);
      resolve();
    };
    model.on('change', look);
    look();
  });
}

/** States that a version goes through from now on, the present one first. */
export function statesOf(model: ModelVersion): ModelState[] {
  const states = [model.state];
  model.on('change', () => {
    if (states.at(-1) !== model.state) states.push(model.state);
  });
  return states;
}

/** True while a process of this id is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

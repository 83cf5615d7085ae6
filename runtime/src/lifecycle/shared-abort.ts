import { IdTable } from './id-table.js';

type Listeners = IdTable<() => void>;

const listeners = new WeakMap<AbortSignal, Listeners>();
let nextNumber = 0;

/**
 * Calls `listener` when the signal is aborted. The many requests of one stream listen to its one
 * signal: they share a listener there, since adding and removing an event listener costs more than
 * everything else that a request does with it.
 *
 * @returns forgets the listener
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const known = listeners.get(signal) ?? listenTo(signal);
  const number = nextNumber++;
  known.set(number, listener);
  return () => void known.delete(number);
}

function listenTo(signal: AbortSignal): Listeners {
  const all: Listeners = new IdTable();
  listeners.set(signal, all);
  signal.addEventListener(
    'abort',
    () => {
      const left = all.values();
      all.clear();
      for (const listener of left) listener();
    },
    { once: true },
  );
  return all;
}

const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` when the signal is aborted. The many requests of one stream listen to its one
 * signal: they share a listener there, since adding and removing an event listener costs more than
 * everything else that a request does with it.
 *
 * @returns forgets the listener
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const known = listeners.get(signal) ?? listenTo(signal);
  known.add(listener);
  return () => void known.delete(listener);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  listeners.set(signal, all);
  signal.addEventListener(
    'abort',
    () => {
      const left = [...all];
      all.clear();
      for (const listener of left) listener();
    },
    { once: true },
  );
  return all;
}

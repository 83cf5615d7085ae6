import { useEffect, useState } from 'preact/hooks';

/** A value that the whole app shares, and that parts of it follow. */
export interface Observable<Value> {
  get(): Value;
  set(value: Value): void;
  /** Gives what ends the subscription. */
  subscribe(heard: (value: Value) => void): () => void;
}

export function createObservable<Value>(initial: Value): Observable<Value> {
  let current = initial;
  const listeners = new Set<(value: Value) => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const heard of [...listeners]) heard(value);
    },
    subscribe(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
  };
}

export function useObservable<Value>(observable: Observable<Value>): Value {
  const [value, setValue] = useState(observable.get());
  useEffect(() => {
    // It may have changed between the drawing and the subscription.
    setValue(() => observable.get());
    return observable.subscribe((next) => setValue(() => next));
  }, [observable]);
  return value;
}

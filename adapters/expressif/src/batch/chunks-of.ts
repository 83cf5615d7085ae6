import type { Interrupt } from './interrupt.js';

/**
 * Items in lists of up to `size`. A source whose next item does not come is left when the interrupt ends, and is
 * not waited for.
 */
export async function* chunksOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
  interrupt: Interrupt,
): AsyncGenerator<T[], void, undefined> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isOpen = true;
  try {
    while (isOpen) {
      const chunk: T[] = [];
      while (chunk.length < size && isOpen) {
        const next = iterator.next();
        // To wait for what is there already would cost more than an evaluation.
        const { done, value } = 'then' in next ? await interrupt.during(next) : next;
        if (done === true) isOpen = false;
        else chunk.push(value);
      }
      if (chunk.length > 0) yield chunk;
    }
  } finally {
    if (isOpen) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

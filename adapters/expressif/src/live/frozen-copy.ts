/** What is frozen here is so down to its leaves, which `Object.isFrozen` cannot say. */
const frozen = new WeakSet<object>();

/** A copy of plain data that nobody can change, so that what was checked is what is evaluated. */
export const frozenCopy = <T>(data: T): T => freeze(structuredClone(data));

/** Freezes plain data down to its leaves. */
export function freeze<T>(data: T): T {
  if (typeof data !== 'object' || data === null || frozen.has(data)) return data;
  for (const part of Object.values(data)) freeze(part);
  frozen.add(data);
  return Object.freeze(data);
}

/** Whether data was frozen here, and what is computed from it holds for ever. */
export const isFrozenThroughout = (data: object): boolean => frozen.has(data);

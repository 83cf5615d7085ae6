/**
 * A copy without null, undefined, "", [] and {}: CDS Hooks leaves out what has no value. What holds nothing
 * but such things goes as well. Items of arrays are kept in their order.
 */
export function withoutEmpty<T>(content: T): T {
  return pruned(content) as T;
}

function pruned(content: unknown): unknown {
  if (content === null || content === '') return undefined;
  if (Array.isArray(content)) {
    const items = content.map(pruned).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof content !== 'object') return content;
  const entries = Object.entries(content as Record<string, unknown>)
    .map(([name, value]) => [name, pruned(value)] as const)
    .filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

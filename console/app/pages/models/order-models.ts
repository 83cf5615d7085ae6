import type { ModelRow, ModelState } from '../../../src/api.js';

/** What somebody has to look at comes first. */
const URGENCY: Partial<Record<ModelState, number>> = { SUSPENDED: 0, QUARANTINED: 1, READY: 3, UNLOADED: 4 };

const byName = new Intl.Collator('en', { numeric: true });

/** Suspended, quarantined, in between, ready, unloaded; then by name, newest version first. */
export function orderModels(models: readonly ModelRow[]): ModelRow[] {
  const urgency = ({ state }: ModelRow) => URGENCY[state] ?? 2;
  return [...models].sort(
    (left, right) =>
      urgency(left) - urgency(right) ||
      byName.compare(left.name, right.name) ||
      byName.compare(right.version, left.version),
  );
}

/** @param words all of them must be in the name, version or title; empty takes every model */
export function filterModels(models: readonly ModelRow[], words: string, state: ModelState | ''): ModelRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    const all = `${model.name} ${model.version} ${model.title}`.toLowerCase();
    return (state === '' || model.state === state) && wanted.every((word) => all.includes(word));
  });
}

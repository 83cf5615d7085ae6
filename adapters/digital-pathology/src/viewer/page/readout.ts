import { element, made } from './elements.js';
import { cellAt, isWithin } from './value-places.js';
import type { ValueStore } from './value-store.js';
import type { Rectangle, ViewedMap, ViewedSlide } from './view.js';

/** What is read at a point. */
export interface ReadoutState {
  readonly map?: ViewedMap;
  readonly values?: ValueStore;
  readonly label: string;
  readonly unread: readonly Rectangle[];
}

/** Writes value and position of a point of the slide, in pixels of level 0. */
export function createReadout(slide: ViewedSlide, state: () => ReadoutState) {
  const output = element('readout');
  let asked = 0;
  return async (point: { x: number; y: number } | undefined): Promise<void> => {
    const turn = ++asked;
    if (point === undefined || !isWithin({ x: 0, y: 0, ...slide }, point.x, point.y)) {
      output.replaceChildren();
      return;
    }
    const text = await valueText(point, state());
    // The pointer may have moved on in the meantime.
    if (turn !== asked) return;
    const position = `x ${Math.floor(point.x)}, y ${Math.floor(point.y)} (pixels of level 0)`;
    output.replaceChildren(...(text === '' ? [] : [made('b', text)]), made('span', position));
  };
}

async function valueText(
  { x, y }: { x: number; y: number },
  { map, values, label, unread }: ReadoutState,
): Promise<string> {
  if (unread.some((part) => isWithin(part, x, y))) return 'not readable';
  if (map === undefined || values === undefined) return '';
  const cell = cellAt(map.grid, x, y);
  if (cell === undefined) return map.isWhole ? 'not examined' : 'not in the file';
  const value = await values.value(cell.column, cell.row);
  return Number.isNaN(value) ? 'not examined' : `${label} ${value.toFixed(map.isRounded ? 2 : 3)}`;
}

import { contextOf, element, made } from './elements.js';
import { unexaminedPattern, unreadPattern } from './patterns.js';
import type { ViewedMap, ViewedResult } from './view.js';

const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** What does not change of the legend. */
export function prepareLegend(): void {
  element('legend-ticks').replaceChildren(...TICKS.map((tick) => made('li', String(tick))));
  for (const [id, pattern] of [
    ['legend-unexamined', unexaminedPattern],
    ['legend-unread', unreadPattern],
  ] as const) {
    const canvas = element(id).querySelector('canvas');
    if (canvas === null) continue;
    const context = contextOf(canvas);
    context.fillStyle = pattern(context);
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
}

/** What the legend shows. */
let drawn = '';

/** Colours from the threshold on: those below are not shown on the slide either. */
export function drawLegend(
  colours: readonly number[],
  result: ViewedResult,
  map: ViewedMap,
  state: { readonly label: string; readonly threshold: number; readonly level: number },
): void {
  // It is asked for with every frame of a movement.
  const key = JSON.stringify([state, result.label, map.file]);
  if (key === drawn) return;
  drawn = key;
  const canvas = element<HTMLCanvasElement>('legend-colours');
  const context = contextOf(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (let x = 0; x < canvas.width; x++) {
    const value = (x + 0.5) / canvas.width;
    if (value < state.threshold) continue;
    const step = 3 * Math.round(255 * value);
    context.fillStyle = `rgb(${colours.slice(step, step + 3).join(' ')})`;
    context.fillRect(x, 0, 1, canvas.height);
  }
  const parts = [`Probability of ${state.label}`];
  if (state.threshold > 0) parts.push(`below ${state.threshold.toFixed(2)} nothing is shown`);
  if (state.level > 0) parts.push('a point shows the highest of the cells beneath it');
  if (map.isRounded) parts.push('values are cut off to hundredths');
  setText('legend-caption', `${parts.join('; ')}.`);
  const unexamined = element('legend-unexamined').querySelector('span');
  const text = unexaminedText(map);
  if (unexamined !== null && unexamined.textContent !== text) unexamined.textContent = text;
  element('legend-unread').hidden = result.unread.length === 0;
}

function unexaminedText({ tellsExamined, isWhole }: ViewedMap): string {
  if (!tellsExamined) return 'not in the file, which does not tell 0 from not examined';
  return isWhole ? 'not examined' : 'not examined, or cut off at the border of the file';
}

/** Only where it changes: what is read out, is so once. */
function setText(id: string, text: string): void {
  if (element(id).textContent !== text) element(id).textContent = text;
}

import { element, made } from './elements.js';
import type { ViewedRegion, ViewedRegions } from './view.js';

/** Lists regions; `onChoose` gets the place of one in the list. */
export function showRegions(
  regions: ViewedRegions | undefined,
  classes: number,
  onChoose: (index: number, region: ViewedRegion) => void,
): void {
  element('regions').hidden = regions === undefined;
  if (regions === undefined) return;
  const list = element('region-list');
  const { total, thresholds, isTooLarge } = regions;
  const from = Object.entries(thresholds).map(([label, threshold]) => `${label} from ${threshold} on`);
  const listed = regions.regions.length;
  const count = total > listed ? `The largest ${listed} of ${total}` : total === 1 ? '1 region' : `${total} regions`;
  element('regions-hint').textContent = isTooLarge
    ? 'The file of regions is too large to be listed here.'
    : `${count}: ${from.join(', ')}, as the result has them.`;
  list.hidden = listed === 0;
  list.replaceChildren(
    ...regions.regions.map((region, index) => {
      const button = made('button', '', made('span', nameOf(region, index, classes)), areaOf(region));
      button.type = 'button';
      const values = valueText(region);
      if (values !== '') button.append(made('small', values));
      button.addEventListener('click', () => {
        for (const other of list.querySelectorAll('[aria-current]')) other.removeAttribute('aria-current');
        button.setAttribute('aria-current', 'true');
        onChoose(index, region);
      });
      return made('li', '', button);
    }),
  );
}

function nameOf({ label }: ViewedRegion, index: number, classes: number): string {
  return classes > 1 ? `${index + 1}  ${label}` : `Region ${index + 1}`;
}

function areaOf({ areaMm2 }: ViewedRegion): HTMLElement {
  const area = made('span', areaText(areaMm2));
  area.className = 'area';
  return area;
}

/** What is smaller than a thousandth of a square millimetre is read more easily in square micrometres. */
export function areaText(areaMm2: number): string {
  return areaMm2 >= 0.001 ? `${Number(areaMm2.toPrecision(3))} mm²` : `${Number((areaMm2 * 1e6).toPrecision(3))} µm²`;
}

function valueText({ highest, mean }: ViewedRegion): string {
  if (highest === undefined || mean === undefined) return '';
  return `probability: highest ${highest.toFixed(2)}, mean ${mean.toFixed(2)}`;
}

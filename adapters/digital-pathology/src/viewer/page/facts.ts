import { element, made } from './elements.js';
import { areaText } from './region-list.js';
import type { ViewedResult, ViewedSlide } from './view.js';

/** Where slide and map come from; without a result, the slide alone. */
export function showFacts(slide: ViewedSlide, result: ViewedResult | undefined): void {
  const facts: [string, string | HTMLElement][] = [];
  if (result !== undefined) {
    const { model, tiles, runtime, classes } = result;
    facts.push(['Analysis', result.title]);
    for (const { label, areaMm2, threshold } of classes) {
      facts.push([`Area, ${label}`, `${areaText(areaMm2)} from ${threshold} on`]);
    }
    facts.push(
      ['Model', `${model.title} (${model.name} ${model.version}, ${model.license})`],
      ['Model digest', digest(model.packageSha256)],
      ['Tiles', `${tiles.examined} examined, ${tiles.skipped} without tissue`],
      ['Abstained', `${countText(tiles.abstained)} without a decision`],
      ['Not readable', countText(tiles.unread)],
      ['Completed', timeText(result.completedAt)],
      ['Runtime', [runtime.server, runtime.engine, runtime.executionProvider].filter(Boolean).join(', ')],
      ['Plan', digest(result.planSha256)],
      ...(result.map === undefined ? [] : [['Values', result.map.file] as [string, string]]),
    );
  }
  facts.push(
    ['Slide', `${slide.name} (${slide.format})`],
    ['Slide digest', digest(slide.sha256)],
    [
      'Pixel size',
      `${exactly(slide.micronsPerPixel.x)} × ${exactly(slide.micronsPerPixel.y)} µm (${slide.micronsPerPixel.source})`,
    ],
    ['Scanned part', boundsText(slide)],
  );
  element('facts').replaceChildren(...facts.flatMap(([name, value]) => [made('dt', name), factOf(value)]));
  element('warnings').replaceChildren(...(result?.warnings ?? []).map((warning) => made('li', warning)));
  element('use').textContent =
    result === undefined
      ? 'Research software: colours are as stored in the slide, and no claim of clinical validation is made.'
      : 'Research use only: the map is what a model computed, with no claim of clinical validation. It is no diagnosis.';
}

function factOf(value: string | HTMLElement): HTMLElement {
  return typeof value === 'string' ? made('dd', value) : made('dd', '', value);
}

function exactly(micrometres: number): number {
  return Number(micrometres.toPrecision(6));
}

function countText(tiles: number): string {
  return tiles === 1 ? '1 tile' : `${tiles} tiles`;
}

function digest(sha256: string): HTMLElement {
  return made('code', sha256);
}

function timeText(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}

function boundsText({ bounds, width, height }: ViewedSlide): string {
  const isWhole = bounds.width === width && bounds.height === height;
  return isWhole ? 'all' : `${bounds.width} × ${bounds.height} pixels from ${bounds.x}, ${bounds.y}`;
}

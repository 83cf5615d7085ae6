// The viewer's page: a slide, a map over it, and where both come from.
import { element, made } from './elements.js';
import { showFacts } from './facts.js';
import { drawLegend, prepareLegend } from './legend.js';
import { createMapOverlay, type OverlayState } from './map-overlay.js';
import { createReadout } from './readout.js';
import { showRegions } from './region-list.js';
import { scaleLength } from './scale-length.js';
import { createSlideStage, type SlideStage } from './slide-stage.js';
import { createValueStore, type LoadValues, type ValueStore } from './value-store.js';
import type { View, ViewedRegions, ViewedResult } from './view.js';

const SCALE_BAR_PIXELS = 180;

async function jsonOf<T>(address: string): Promise<T> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return (await answer.json()) as T;
}

function loadFrom(base: string): LoadValues {
  return async (level, column, row) => {
    const answer = await fetch(`${base}/${level}/${column}_${row}`);
    if (!answer.ok) throw new Error(`${base} answered ${answer.status}`);
    return answer.arrayBuffer();
  };
}

function start(view: View): void {
  const { slide, results } = view;
  const controls = {
    result: element<HTMLSelectElement>('result'),
    class: element<HTMLSelectElement>('class'),
    isShown: element<HTMLInputElement>('show-map'),
    opacity: element<HTMLInputElement>('opacity'),
    threshold: element<HTMLInputElement>('threshold'),
  };
  let result: ViewedResult | undefined;
  let values: ValueStore | undefined;
  let rings: readonly (readonly number[])[] = [];
  let failedTiles = 0;
  const overlay = createMapOverlay(view);
  const readout = createReadout(slide, () => ({
    ...partsOf(),
    label: labelOf(),
    unread: result?.unread ?? [],
  }));
  const stage: SlideStage = createSlideStage(slide, overlay.canvas, {
    onDraw: () => draw(),
    onPoint: (point) => void readout(point),
    onTileFailed: () => {
      failedTiles++;
      sayStatus();
    },
  });

  function partsOf(): Pick<OverlayState, 'map' | 'values'> {
    const map = result?.map;
    return { ...(map === undefined ? {} : { map }), ...(values === undefined ? {} : { values }) };
  }

  function labelOf(): string {
    return result?.classes[controls.class.selectedIndex]?.label ?? '';
  }

  function draw(): boolean {
    const placement = stage.placement();
    const threshold = Number(controls.threshold.value);
    const { level } = overlay.draw(
      {
        ...partsOf(),
        ...{ isShown: controls.isShown.checked, opacity: Number(controls.opacity.value) / 100, threshold },
        ...{ unread: result?.unread ?? [], rings },
      },
      placement,
    );
    const bar = scaleLength((slide.micronsPerPixel.x / placement.scale) * placement.ratio, SCALE_BAR_PIXELS);
    element('scale-bar').style.width = `${bar.pixels}px`;
    if (element('scale-text').textContent !== bar.text) {
      element('scale-text').textContent = bar.text;
      element('scale').setAttribute('aria-label', `Scale bar: ${bar.text}`);
    }
    if (result?.map !== undefined) drawLegend(view.colours, result, result.map, { label: labelOf(), threshold, level });
    return values?.isLoading !== true;
  }

  function onValues(): void {
    sayStatus();
    stage.redraw();
  }

  function sayStatus(): void {
    const texts = [
      ...(values?.hasFailed ? ['Parts of the map did not arrive: nothing is shown there.'] : []),
      ...(failedTiles > 0 ? ['Parts of the slide did not arrive: what is shown there may be coarser.'] : []),
    ];
    element('status').textContent = texts.join(' ');
  }

  function chooseResult(): void {
    const index = controls.result.selectedIndex;
    result = results[index];
    rings = [];
    showFacts(slide, result);
    element('map-controls').hidden = result?.map === undefined && results.length < 2;
    controls.class.replaceChildren(...(result?.classes ?? []).map(({ label }) => made('option', label)));
    element('class-field').hidden = (result?.classes.length ?? 0) < 2;
    showRegions(undefined, 0, () => undefined);
    if (result?.hasRegions) {
      const { classes } = result;
      void jsonOf<ViewedRegions>(`results/${index}/regions.json`).then((regions) => {
        if (index !== controls.result.selectedIndex) return;
        showRegions(regions, classes.length, async (at, { bounds, label }) => {
          const channel = classes.findIndex((one) => one.label === label);
          if (channel >= 0 && channel !== controls.class.selectedIndex) {
            controls.class.selectedIndex = channel;
            chooseClass();
          }
          stage.show(bounds);
          const outline = await jsonOf<{ rings: number[][] }>(`results/${index}/regions/${at}.json`);
          rings = outline.rings;
          stage.redraw();
        });
      });
    }
    chooseClass();
  }

  function chooseClass(): void {
    const channel = controls.class.selectedIndex;
    const map = result?.map;
    const base = `results/${controls.result.selectedIndex}/values/${channel}`;
    values = map === undefined ? undefined : createValueStore(map, view.valueTile, loadFrom(base), onValues);
    const threshold = result?.classes[channel]?.threshold;
    element('decision').textContent =
      threshold === undefined ? '' : `The result counts ${labelOf()} from ${threshold} on.`;
    resetThreshold();
  }

  function resetThreshold(): void {
    controls.threshold.value = String(result?.classes[controls.class.selectedIndex]?.threshold ?? 0);
    showSettings();
  }

  function showSettings(): void {
    element('opacity-value').textContent = `${controls.opacity.value} %`;
    element('threshold-value').textContent = Number(controls.threshold.value).toFixed(2);
    stage.redraw();
  }

  const { micronsPerPixel } = slide;
  document.title = `${slide.name} – slide viewer`;
  element('slide-name').textContent = slide.name;
  element('slide-facts').textContent = `${slide.width} × ${slide.height} pixels, ${slide.format}`;
  element('scale-source').textContent =
    `${Number(micronsPerPixel.x.toPrecision(4))} µm a pixel (${micronsPerPixel.source})`;
  prepareLegend();
  controls.result.replaceChildren(...results.map(({ title, label }) => made('option', `${title} (${label})`)));
  element('result-field').hidden = results.length < 2;
  controls.result.addEventListener('change', chooseResult);
  controls.class.addEventListener('change', chooseClass);
  for (const control of [controls.isShown, controls.opacity, controls.threshold]) {
    control.addEventListener('input', showSettings);
  }
  element('reset-threshold').addEventListener('click', resetThreshold);
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey;
    if (event.key.toLowerCase() !== 'm' || isTyping) return;
    controls.isShown.checked = !controls.isShown.checked;
    showSettings();
  });
  chooseResult();
}

jsonOf<View>('view.json').then(start, () => {
  element('status').textContent = 'The viewer does not answer. It may have been ended.';
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SlideViewer, startSlideViewer } from '@deephealth/adapter-digital-pathology';
import { findChromium, openPage, type Page } from '@deephealth/sdk/testing';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CELLS, GRID, markedSlide, middleOf, SLIDE, writeMarkedResult } from './marked-slide.js';

const pictures = fileURLToPath(new URL('../../.build/pictures', import.meta.url));
const chromium = findChromium();
const why = chromium === undefined ? ' (skipped: no Chromium on the path and none in DEEPHEALTH_CHROMIUM)' : '';
const YELLOW = [253, 231, 37];

describe.skipIf(chromium === undefined)(`a pathologist in front of a slide${why}`, () => {
  let folder: string;
  let viewer: SlideViewer;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slide-viewer-'));
    const slide = markedSlide();
    await writeMarkedResult(folder, slide);
    viewer = await startSlideViewer({ slide, results: [folder] });
    page = await openPage(chromium ?? '');
    await page.open(viewer.url);
    await page.until(`document.querySelectorAll('#region-list button').length > 0 && ${isStill}`);
  }, 60_000);

  afterAll(async () => {
    await page?.close();
    await viewer?.close();
    await rm(folder, { recursive: true });
  });

  const shown = (selector: string) => page.run<string>(`document.querySelector('${selector}').innerText`);

  /** Where the slide lies when it is shown whole: as large as it fits, in the middle. */
  async function placeOnStage(x: number, y: number): Promise<{ left: number; top: number; scale: number }> {
    const box = await page.run<{ x: number; y: number; width: number; height: number }>(
      `document.getElementById('slide').getBoundingClientRect().toJSON()`,
    );
    const scale = Math.min(box.width / SLIDE.width, box.height / SLIDE.height);
    const left = box.x + box.width / 2 + (x - SLIDE.width / 2) * scale;
    const top = box.y + box.height / 2 + (y - SLIDE.height / 2) * scale;
    return { left: Math.floor(left), top: Math.floor(top), scale };
  }

  /** Colours of the screen at points of the slide, which is shown whole. */
  async function seen(...points: [x: number, y: number][]): Promise<number[][]> {
    const { width, channels, data } = decode(await page.screenshot());
    const places = await Promise.all(points.map(([x, y]) => placeOnStage(x, y)));
    return places.map(({ left, top }) =>
      [...data.subarray((top * width + left) * channels).subarray(0, 3)].map(Number),
    );
  }

  async function set(id: string, value: string): Promise<void> {
    await page.run(`{
      const control = document.getElementById('${id}');
      control.value = '${value}';
      control.dispatchEvent(new Event('${id === 'class' ? 'change' : 'input'}', { bubbles: true }));
    }`);
    await page.until(isStill);
  }

  async function keepPicture(name: string): Promise<void> {
    await mkdir(pictures, { recursive: true });
    await writeFile(join(pictures, `${name}.png`), await page.screenshot());
  }

  const mixed = (colour: readonly number[], share: number) =>
    colour.map((part, at) => Math.round(part * share + (SLIDE.colour[at] as number) * (1 - share)));
  const near = (colour: readonly number[]) => colour.map((part) => expect.closeTo(part, -1));

  it('sees the cell that counts as tumour, at its place, and nothing beside it', async () => {
    const [x, y] = middleOf(CELLS.tumor);
    const [inside, beside, doubtful, plain, outside] = await seen(
      [x, y],
      // Two pixels of the slide on either side of the border of the cell.
      [GRID.x + CELLS.tumor.column * GRID.cellWidth - 3, y],
      middleOf(CELLS.doubtful),
      [700, 500],
      [5, 900],
    );
    expect(inside).toEqual(near(mixed(YELLOW, 0.55)));
    expect(beside).toEqual(near(SLIDE.colour));
    expect(doubtful).not.toEqual(near(SLIDE.colour));
    expect(plain).toEqual(near(SLIDE.colour));
    // Beside the map nothing was examined: a veil, which is neither the slide nor a value.
    expect(outside).not.toEqual(near(SLIDE.colour));
    const within = await seen([GRID.x + CELLS.tumor.column * GRID.cellWidth + 3, y]);
    expect(within[0]).toEqual(near(mixed(YELLOW, 0.55)));
    await keepPicture('slide-map');
  });

  it('moves the threshold: what is below is hidden, and 0 looks other than not examined', async () => {
    await set('threshold', '0.7');
    const [tumor, doubtful] = await seen(middleOf(CELLS.tumor), middleOf(CELLS.doubtful));
    expect([tumor, doubtful]).toEqual([near(mixed(YELLOW, 0.55)), near(SLIDE.colour)]);
    expect(await shown('#threshold-value')).toBe('0.70');
    await set('threshold', '0');
    const [x, y] = middleOf(CELLS.unexamined);
    const places = Array.from({ length: 64 }, (_, at): [number, number] => [
      x - 12 + 3 * (at % 8),
      y - 12 + 3 * (at >> 3),
    ]);
    const [plain, ...veil] = await seen([700, 500], ...places);
    // 0.2 lies in the violet of the scale.
    expect(plain).toEqual(near(mixed([66, 64, 133], 0.55)));
    // Light dots on grey: neither a value, nor the slide as it is.
    expect(veil.some((colour) => Math.min(...colour) > 190)).toBe(true);
    for (const colour of veil) {
      expect(colour).not.toEqual(plain);
      expect(colour).not.toEqual(near(SLIDE.colour));
    }
    await keepPicture('slide-map-all');
    await page.run(`document.getElementById('reset-threshold').click()`);
    expect(await shown('#threshold-value')).toBe('0.50');
  });

  it('finds what could not be read hatched, and named so', async () => {
    const [x, y] = middleOf(CELLS.unread);
    const stripes = await seen(
      ...Array.from({ length: 24 }, (_, step): [number, number] => [x - 24 + 2 * step, y - 18]),
    );
    expect(stripes.some(([red = 0]) => red < 110)).toBe(true);
    expect(stripes.some(([red = 0]) => red > 200)).toBe(true);
    expect(await shown('#legend-unread')).toContain('not readable');
    await page.run(pointAt(await placeOnStage(x, y)));
    await page.until(`document.getElementById('readout').innerText.includes('not readable')`);
  });

  it('reads value and position under the pointer', async () => {
    const [x, y] = middleOf(CELLS.doubtful);
    await page.run(pointAt(await placeOnStage(x, y)));
    await page.until(`document.getElementById('readout').innerText.includes('tumor 0.600')`);
    const [, px = '', py = ''] = /x (\d+), y (\d+)/.exec(await shown('#readout')) ?? [];
    expect(Math.abs(Number(px) - x)).toBeLessThanOrEqual(2);
    expect(Math.abs(Number(py) - y)).toBeLessThanOrEqual(2);
    await page.run(pointAt(await placeOnStage(...middleOf(CELLS.unexamined))));
    await page.until(`document.getElementById('readout').innerText.includes('not examined')`);
  });

  async function scaleBar(): Promise<{ micrometres: number; pixels: number }> {
    const [value = '', unit] = (await shown('#scale-text')).split(' ');
    const pixels = await page.run<number>(`document.getElementById('scale-bar').getBoundingClientRect().width`);
    return { micrometres: Number(value) * (unit === 'mm' ? 1000 : 1), pixels };
  }

  it('measures by the scale bar, at every zoom', async () => {
    const { scale } = await placeOnStage(0, 0);
    const home = await scaleBar();
    expect(home.micrometres).toBe(100);
    expect(home.pixels).toBeCloseTo((home.micrometres / SLIDE.micronsPerPixel) * scale, 0);
    expect(await shown('#scale-source')).toBe('0.5 µm a pixel (openslide.mpp-x)');
    await page.run(`document.getElementById('zoom-in').click()`);
    await page.until(isStill);
    const closer = await scaleBar();
    expect(closer.pixels / closer.micrometres).toBeCloseTo((1.6 * home.pixels) / home.micrometres, 1);
    await page.run(`document.getElementById('whole').click()`);
    await page.until(isStill);
    expect(await scaleBar()).toEqual(home);
  });

  it('chooses a class', async () => {
    await set('class', 'stroma');
    await page.run(pointAt(await placeOnStage(...middleOf(CELLS.tumor))));
    await page.until(`document.getElementById('readout').innerText.includes('stroma 0.600')`);
    await set('class', 'tumor');
    const [tumor] = await seen(middleOf(CELLS.tumor));
    expect(tumor).toEqual(near(mixed(YELLOW, 0.55)));
  });

  it('goes to a region, which is outlined in the middle of the stage', async () => {
    const names = await page.run<string[]>(
      `[...document.querySelectorAll('#region-list button')].map((one) => one.innerText)`,
    );
    const index = names.findIndex((text) => text.includes('tumor') && text.includes('highest 1.00'));
    expect(names[index]).toContain('750 µm²');
    await page.run(`document.querySelectorAll('#region-list button')[${index}].click()`);
    await page.until(isStill);
    expect(await page.run(`document.querySelectorAll('#region-list button')[${index}].ariaCurrent`)).toBe('true');
    const middle = await page.run<{ left: number; top: number }>(`(() => {
      const { x, y, width, height } = document.getElementById('slide').getBoundingClientRect();
      return { left: x + width / 2, top: y + height / 2 };
    })()`);
    await page.run(pointAt(middle));
    await page.until(`document.getElementById('readout').innerText.includes('tumor 1.000')`);
    const [, x = '', y = ''] = /x (\d+), y (\d+)/.exec(await shown('#readout')) ?? [];
    const expected = middleOf(CELLS.tumor);
    expect([Math.abs(Number(x) - expected[0]), Math.abs(Number(y) - expected[1])].every((off) => off <= 1)).toBe(true);
    // With what lies around it: 150 micrometres at least.
    const { micrometres, pixels } = await scaleBar();
    const across = await page.run<number>(`document.getElementById('slide').clientWidth`);
    expect((across * micrometres) / pixels).toBeGreaterThanOrEqual(149);
    await keepPicture('slide-region');
  });

  it('is told what made the map, and of what slide', async () => {
    const facts = await shown('#facts');
    for (const text of [
      'tumor-tiles 1.2.0',
      'b2'.repeat(32),
      '5a'.repeat(32),
      '304 examined',
      '1 tile',
      '2026-11-20',
    ]) {
      expect(facts).toContain(text);
    }
    expect(await shown('#warnings')).toContain('near a threshold');
    expect(await shown('#use')).toContain('Research use only');
  });

  it('can do all of it with the keyboard, and every control has a name', async () => {
    const unnamed = await page.run<number>(
      `[...document.querySelectorAll('button, input, select')].filter((one) => !one.labels?.length && !one.ariaLabel && !one.innerText.trim()).length`,
    );
    expect(unnamed).toBe(0);
    await page.run(`document.querySelector('.openseadragon-canvas').focus()`);
    await page.run(`document.querySelector('.openseadragon-canvas').dispatchEvent(new PointerEvent('pointerleave'))`);
    await page.run(`document.querySelector('#slide > div').dispatchEvent(new PointerEvent('pointerleave'))`);
    await page.run(
      `document.querySelector('.openseadragon-canvas').dispatchEvent(new KeyboardEvent('keyup', { key: 'Tab' }))`,
    );
    await page.until(`document.getElementById('readout').innerText.includes('tumor 1.000')`);
    expect(await page.run(`document.getElementById('middle').hidden`)).toBe(false);
    await page.run(`document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'm', bubbles: true }))`);
    expect(await page.run(`document.getElementById('show-map').checked`)).toBe(false);
    await page.run(`document.getElementById('whole').click()`);
    await page.until(isStill);
    const bare = await seen([700, 500], [5, 900], middleOf(CELLS.unexamined), middleOf(CELLS.unread));
    expect(bare).toEqual(bare.map(() => near(SLIDE.colour)));
  });

  it('had no errors', () => {
    expect(page.errors).toEqual([]);
  });

  it('sees the slide alone where there is no result', async () => {
    const alone = await startSlideViewer({ slide: markedSlide() });
    try {
      await page.open(alone.url);
      await page.until(`document.getElementById('slide-name').innerText === 'marked.svs' && ${isStill}`);
      expect(
        await page.run(`document.getElementById('map-controls').hidden && document.getElementById('regions').hidden`),
      ).toBe(true);
      const [plain] = await seen([700, 500]);
      expect(plain).toEqual(near(SLIDE.colour));
      expect(page.errors).toEqual([]);
    } finally {
      await alone.close();
    }
  });
});

/** All tiles and values are there, and nothing moves. */
const isStill = `document.getElementById('stage').getAttribute('aria-busy') === 'false'`;

const pointAt = ({ left, top }: { left: number; top: number }) =>
  `document.querySelector('#slide .openseadragon-canvas').dispatchEvent(new PointerEvent('pointermove', { clientX: ${left + 0.5}, clientY: ${top + 0.5}, bubbles: true }))`;

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium, openPage, type Page } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endProcesses, startDeephealth } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const SAMPLES = fileURLToPath(new URL('../../samples/models', import.meta.url));
const MODELS = ['heart-disease-risk', 'retina-vessels'];
const chromium = findChromium();
const why = chromium === undefined ? ' (skipped: no Chromium on the path and none in DEEPHEALTH_CHROMIUM)' : '';

describe.skipIf(chromium === undefined)(`the console of "deephealth serve", in a browser${why}`, () => {
  let page: Page;
  let origin: string;

  beforeAll(async () => {
    const folder = temporaryFolder();
    for (const name of MODELS)
      cpSync(join(SAMPLES, name, '1.0.0'), join(folder, 'models', name, '1.0.0'), { recursive: true });
    const served = startDeephealth(['serve', '--port', '0', '--http-port', '0', '--models', 'models'], { cwd: folder });
    [, origin = ''] = await served.printed(/^Console on (http:\/\/127\.0\.0\.1:\d+)\/console\/$/m);
    await served.printed(/^Ready on /m);
    page = await openPage(chromium as string);
    await page.resize(1200, 900);
    await page.open(`${origin}/console/`);
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await endProcesses();
    removeTemporaryFolders();
  });

  /** Follows a link of the page, and waits for what it leads to. */
  async function follow(place: string): Promise<void> {
    const link = JSON.stringify(`a[href="#${place}"]`);
    await page.until(`document.querySelector(${link}) !== null`);
    await page.run(`{ window.leftHeading = document.querySelector('h1'); document.querySelector(${link}).click() }`);
    await page.until(`document.querySelector('h1') !== null && document.querySelector('h1') !== window.leftHeading`);
    await page.until(`document.querySelector('main .loading') === null`);
  }
  const click = async (selector: string) => {
    const one = `document.querySelector(${JSON.stringify(selector)})`;
    await page.until(`${one} !== null && !${one}.disabled`);
    await page.run(`${one}.click()`);
  };
  const runModel = async () => {
    await click('.try-input button[type=submit]');
    await page.until(`document.querySelector('.try-result .origin, .try-result [role=alert]') !== null`, 60_000);
  };
  const words = (selector: string) => page.run<string>(`document.querySelector('${selector}')?.innerText ?? ''`);

  it('runs the model of a table on values of a form, and shows decision, threshold and origin', async () => {
    await follow('/models/heart-disease-risk/1.0.0');
    await follow('/models/heart-disease-risk/1.0.0/try');
    await page.until(`document.querySelectorAll('#fill-example option').length > 1`);
    await page.run(
      `{ const choice = document.getElementById('fill-example'); choice.selectedIndex = 1;
         choice.dispatchEvent(new Event('change', { bubbles: true })) }`,
    );
    await page.until(`[...document.querySelectorAll('.table-form input')].some(({ value }) => value !== '')`);
    await runModel();
    const decision = await words('.try-result .decision');
    expect(['significant-narrowing', 'no-significant-narrowing']).toContain(decision);
    // By the model's own rule: the probability of the class that has a threshold, against that threshold.
    const rows = await page.run<string[][]>(
      `[...document.querySelectorAll('.try-result .classes tbody tr')].map((row) =>
         [...row.querySelectorAll('th, td.number')].map((cell) => cell.firstChild.textContent))`,
    );
    const [, probability = '', threshold = ''] = rows.find(([label]) => label === 'significant-narrowing') ?? [];
    const isOver = Number.parseFloat(probability) >= Number.parseFloat(threshold);
    expect(decision).toBe(isOver ? 'significant-narrowing' : 'no-significant-narrowing');
    expect(await words('.try-result')).toMatch(/Research use only[\s\S]*heart-disease-risk 1\.0\.0/);
  });

  it('draws the vessels that are found over the picture that was sent', async () => {
    await follow('/models');
    await follow('/models/retina-vessels/1.0.0');
    await follow('/models/retina-vessels/1.0.0/try');
    await click('.examples input');
    await runModel();
    // Pixels as the browser has decoded them: the picture is not empty, and some of it, not all, is marked.
    const [picture = 0, marked = 0, drawn] = await page.run<[number, number, boolean]>(
      `Promise.all([...document.querySelectorAll('.try-result .overlay img')].slice(0, 2).map(async (image) => {
         await image.decode();
         const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
         const context = canvas.getContext('2d');
         context.drawImage(image, 0, 0);
         const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
         const shares = [0, 0];
         for (let at = 0; at < data.length; at += 4) {
           if (data[at + 3] > 0) shares[0] += 1;
           if (data[at] + data[at + 1] + data[at + 2] > 0) shares[1] += 1;
         }
         return { seen: shares[0] / (data.length / 4), lit: shares[1] / (data.length / 4), width: image.clientWidth };
       })).then(([background, layer]) => [background.lit, layer.seen, background.width > 100 && layer.width === background.width])`,
    );
    expect(picture).toBeGreaterThan(0.2);
    expect(marked).toBeGreaterThan(0.005);
    expect(marked).toBeLessThan(0.6);
    expect(drawn).toBe(true);
  });

  it('shows on its other pages what the server has, or why it has it not', async () => {
    for (const place of ['/live', '/audit', '/feedback', '/reports', '/rules', '/jobs', '/production']) {
      await follow(place);
      expect(await words('main'), place).not.toContain('This did not work');
      expect((await words('main')).length, place).toBeGreaterThan(60);
    }
  });

  it('has asked no other host for anything, and met no error', async () => {
    const asked = await page.run<string[]>(`performance.getEntriesByType('resource').map(({ name }) => name)`);
    expect(asked.filter((url) => url.includes('/predict'))).toHaveLength(2);
    expect(asked.filter((url) => !url.startsWith(`${origin}/console/`) && !url.startsWith('data:'))).toEqual([]);
    expect(page.errors).toEqual([]);
  });
});

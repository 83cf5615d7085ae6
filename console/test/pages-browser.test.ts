import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsolePage, chromium, openConsole, why } from './console-page.js';

const PLACES = [
  '/models',
  '/models/heart-disease-risk/1.0.0',
  '/models/ecg-beat/1.1.0',
  '/models/chest-xray-pneumonia/0.9.0',
  '/models/every-kind/2.0.0-rc.1',
  '/models/heart-disease-risk/1.0.0/try',
  '/models/ecg-beat/1.0.0/try',
  '/models/ecg-beat/1.1.0/try',
  '/live',
  '/audit',
  '/feedback',
  '/reports',
  '/rules',
  '/slides',
  '/jobs',
  '/production',
  '/no-such-page',
];

/** Colours that are still on their way to others have no contrast to be judged. */
const STILL = { 'prefers-reduced-motion': 'reduce' };

const rows = (selector: string) => `[...document.querySelectorAll('${selector}')].map((one) => one.innerText)`;

describe.skipIf(chromium === undefined)(`pages of the console${why}`, () => {
  let shown: ConsolePage;

  beforeAll(async () => {
    shown = await openConsole();
  });
  afterAll(() => shown?.close());

  it.each(PLACES)(
    '%s has nothing that axe finds wrong in light and dark, no error, and fits 320 pixels',
    async (place) => {
      await shown.page.prefer({ 'prefers-color-scheme': 'light', ...STILL });
      await shown.go(place);
      await shown.page.run(
        `[...document.querySelectorAll('details')].slice(0, 2).forEach((one) => { one.open = true })`,
      );
      expect(await shown.violations()).toEqual([]);
      await shown.page.prefer({ 'prefers-color-scheme': 'dark', ...STILL });
      expect(await shown.violations(['color-contrast'])).toEqual([]);
      await shown.page.resize(320, 700);
      const width = await shown.page.run('document.documentElement.scrollWidth');
      await shown.page.resize(1200, 900);
      expect(width).toBeLessThanOrEqual(320);
      expect(shown.page.errors).toEqual([]);
    },
  );

  it('ask nobody but their server', async () => {
    await shown.go('/models/every-kind/2.0.0-rc.1');
    const asked = await shown.page.run<string[]>(`performance.getEntriesByType('resource').map(({ name }) => name)`);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((url) => !url.startsWith(shown.api.url))).toEqual([]);
  });

  it('take a model card for text, whatever it holds', async () => {
    await shown.go('/models/every-kind/2.0.0-rc.1');
    expect(await shown.words('.markdown')).toContain(`<script>document.title = 'run'</script>`);
    expect(await shown.page.run(`document.querySelectorAll('.markdown script, .markdown img').length`)).toBe(0);
    const links = await shown.page.run(`[...document.querySelectorAll('.markdown a')].map(({ href }) => href)`);
    expect(links).toEqual(['https://example.org/data']);
  });

  it('list suspended and quarantined versions first, with the reasons', async () => {
    await shown.go('/models');
    const [first, second] = await shown.page.run<string[]>(rows('tbody tr'));
    expect(first).toContain('chest-xray-pneumonia 0.9.0');
    expect(first).toContain('Pictures of one detector are read with the wrong window.');
    expect(second).toContain('DH_GOLDEN_MISMATCH');
  });

  it('filter models as somebody types', async () => {
    await shown.go('/models');
    await shown.page.run(`document.querySelector('input[type=search]').focus()`);
    await shown.page.type('hippo');
    await shown.page.until(`document.querySelectorAll('tbody tr').length === 1`);
    expect(await shown.words('.count')).toContain('1 of 9');
    await shown.page.type('xyz');
    await shown.page.until(`document.querySelectorAll('tbody tr').length === 0`);
    expect(await shown.words('.empty')).toContain('No model matches');
  });

  it('move the focus to the heading, and name the window, when somebody follows a link', async () => {
    await shown.go('/models');
    expect(await shown.page.run('document.activeElement.tagName')).toBe('BODY');
    await shown.follow('/models/ecg-beat/1.0.0');
    await shown.page.until(`document.activeElement.tagName === 'H1'`);
    expect(await shown.page.run('document.title')).toContain('ecg-beat 1.0.0');
    await shown.page.run('history.back()');
    await shown.page.until(`document.activeElement.innerText === 'Models'`);
  });

  it('keep the chosen colours', async () => {
    await shown.page.prefer({ 'prefers-color-scheme': 'light' });
    await shown.go('/models');
    const ground = () => shown.page.run<string>('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await shown.page.run(
      `{ const one = document.querySelector('.theme select'); one.value = 'dark'; one.dispatchEvent(new Event('change', { bubbles: true })) }`,
    );
    const dark = await ground();
    expect(dark).not.toBe(light);
    await shown.go('/live');
    expect(await ground()).toBe(dark);
    await shown.page.run('localStorage.clear()');
  });

  it('go on asking for live figures, and do so again after a pause', async () => {
    await shown.go('/live');
    const asked = () => shown.api.requests.filter((one) => one.endsWith('/live')).length;
    const before = asked();
    await expect.poll(asked).toBeGreaterThan(before + 1);
    await shown.page.until(`document.querySelectorAll('.sparkline .line').length > 4`);
    await shown.click('.page-aside button');
    await shown.see('Paused');
    const paused = asked();
    await shown.click('.page-aside button');
    await expect.poll(asked).toBeGreaterThan(paused + 1);
  });

  it('filter the audit trail, load older records and verify the chain', async () => {
    await shown.go('/audit');
    expect(await shown.page.run(`document.querySelectorAll('tbody tr').length`)).toBe(50);
    await shown.page.run(`[...document.querySelectorAll('main button')].at(-1).click()`);
    await shown.page.until(`document.querySelectorAll('tbody tr').length === 58`);
    await shown.click('.verification button');
    await shown.see('The chain is intact: 58 records checked.');
    await shown.page.run(`document.querySelector('select[name=kind]').value = 'model-state'`);
    await shown.click('.filters button');
    await shown.page.until(`document.querySelectorAll('tbody tr').length === 12`);
    expect(await shown.page.run(rows('tbody td:nth-of-type(2)'))).toEqual(Array(12).fill('model-state'));
  });

  it('draw the way to production, with a table that says the same', async () => {
    await shown.go('/production');
    expect(await shown.page.run(`document.querySelectorAll('.timeline .stage').length`)).toBe(17);
    const [first] = await shown.page.run<string[]>(rows('tbody tr'));
    expect(first).toMatch(/Clinical decision support\s+In production\s+2 mins 1 sec\s+46 secs\s+2 steps/);
    expect(await shown.words('.timeline')).toContain('Digital pathology');
  });
});

describe.skipIf(chromium === undefined)(`a console that has little to show${why}`, () => {
  let empty: ConsolePage;
  let without: ConsolePage;
  const REASON = 'Serve with --audit durable for an audit trail.';

  beforeAll(async () => {
    empty = await openConsole({ isEmpty: true });
    without = await openConsole({ missing: { audit: REASON, metrics: 'Metrics are off.', ttmip: 'No folder.' } });
  });
  afterAll(async () => {
    await empty?.close();
    await without?.close();
  });

  it.each(['/models', '/live', '/audit', '/feedback', '/reports', '/rules', '/slides', '/jobs', '/production'])(
    'says on %s that there is nothing, and is sound',
    async (place) => {
      await empty.go(place);
      expect(await empty.words('.empty')).not.toBe('');
      expect(await empty.violations()).toEqual([]);
    },
  );

  it('says why a source is not there, and does not ask it', async () => {
    await without.go('/audit');
    expect(await without.words('main .notice')).toContain(REASON);
    expect(await without.violations()).toEqual([]);
    await without.go('/live');
    expect(await without.words('main .notice')).toContain('Metrics are off.');
    expect(without.api.requests.filter((one) => /\/(audit|live)$/.test(one))).toEqual([]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConsolePage, chromium, openConsole, why } from './console-page.js';

describe.skipIf(chromium === undefined)(`a console that asks who somebody is${why}`, () => {
  let shown: ConsolePage;

  beforeAll(async () => {
    shown = await openConsole({ hasAccessControl: true });
    await shown.page.resize(1200, 900);
  });
  afterAll(() => shown?.close());
  beforeEach(async () => {
    await shown.go('/models');
    await shown.page.run('sessionStorage.clear()');
    await shown.go('/models');
    await shown.page.until(`document.querySelector('dialog[open]') !== null`);
  });

  async function signIn(key: string): Promise<void> {
    await shown.page.run(`document.querySelector('dialog input').focus()`);
    await shown.page.type(key);
    await shown.page.press('Enter');
  }
  const isClosed = () => shown.page.until(`document.querySelector('dialog') === null`);

  it('shows no models to who has not signed in, and is sound', async () => {
    expect(await shown.page.run('document.activeElement.name')).toBe('key');
    expect(await shown.violations()).toEqual([]);
    await shown.page.press('Escape');
    await isClosed();
    expect(await shown.words('main')).toContain('Sign in to see this page.');
    expect(await shown.page.run(`document.querySelectorAll('tbody tr').length`)).toBe(0);
    expect(await shown.violations()).toEqual([]);
  });

  it('says that a key is refused, and keeps none', async () => {
    await signIn('no-such-key');
    await shown.see('The server does not accept this key.');
    expect(await shown.page.run('sessionStorage.length')).toBe(0);
    expect(await shown.violations()).toEqual([]);
  });

  it('keeps a key in this tab only, and in no address', async () => {
    await signIn('key-of-officer');
    await isClosed();
    await shown.page.until(`document.querySelectorAll('tbody tr').length === 9`);
    expect(await shown.words('.top-bar')).toContain('a.moreau (safety-officer)');
    expect(await shown.page.run('[location.href, document.cookie, JSON.stringify(localStorage)].join()')).not.toContain(
      'key-of-officer',
    );
    expect(shown.api.requests.join()).not.toContain('key-of-officer');
    // It outlasts a reload, and ends when somebody signs out.
    await shown.go('/models');
    await shown.page.until(`document.querySelectorAll('tbody tr').length === 9`);
    await shown.page.run(`[...document.querySelectorAll('.top-bar button')].at(-1).click()`);
    await shown.page.until(`document.querySelector('dialog[open]') !== null`);
    expect(await shown.page.run('sessionStorage.length')).toBe(0);
    expect(await shown.page.run(`document.querySelectorAll('tbody tr').length`)).toBe(0);
  });

  it('offers nobody what their role does not allow, and says so', async () => {
    await signIn('key-of-viewer');
    await isClosed();
    await shown.follow('/models/ecg-beat/1.0.0');
    expect(await shown.page.run(`document.querySelectorAll('.model-head button').length`)).toBe(0);
    await shown.follow('/models/ecg-beat/1.0.0/try');
    expect(await shown.words('main')).toContain('Your role does not let you run models.');
    await shown.follow('/audit');
    expect(await shown.words('main')).toContain('Your role does not let you read the audit trail.');
    expect(shown.api.requests.filter((one) => one.includes('/audit'))).toEqual([]);
  });

  it('suspends with a reason, after a confirmation that says what happens, and resumes', async () => {
    await signIn('key-of-officer');
    await isClosed();
    await shown.follow('/models/ecg-beat/1.0.0');
    await shown.click('.model-head button');
    await shown.page.until(`document.querySelector('dialog[open]') !== null`);
    expect(await shown.words('dialog')).toContain('no answer of this version leaves the server');
    expect(await shown.violations()).toEqual([]);
    const posts = () => shown.api.requests.filter((one) => one.startsWith('POST'));
    await shown.click('dialog button[type=submit]');
    await shown.see('Write a reason.');
    expect(posts()).toEqual([]);
    await signIn('Wrong units since this morning');
    await isClosed();
    await shown.see('Suspended by a.moreau');
    expect(posts()).toEqual(['POST /console/api/v1/models/ecg-beat/suspend']);
    expect(await shown.words('main')).toContain('Wrong units since this morning');
    expect(await shown.words('[role=status].unseen')).toContain('ecg-beat 1.0.0 is suspended.');
    // The focus comes back to where it was, as far as that is still there.
    expect(await shown.page.run('document.activeElement !== document.body')).toBe(true);
    expect(await shown.page.run(`document.querySelector('a.primary') === null`)).toBe(true);

    await shown.click('.model-head button');
    await shown.page.until(`document.querySelector('dialog[open] input') !== null`);
    await shown.page.run(`document.querySelector('dialog input').focus()`);
    await shown.page.type('Corrected');
    await shown.page.press('Enter');
    await isClosed();
    await shown.page.until(`document.querySelector('a.primary') !== null`);
  });

  it('keeps the focus in a dialog, and gives it back', async () => {
    await signIn('key-of-officer');
    await isClosed();
    await shown.follow('/models/ecg-beat/1.0.0');
    await shown.page.run(`document.querySelector('.model-head button').focus()`);
    await shown.page.press('Enter');
    await shown.page.until(`document.querySelector('dialog[open]') !== null`);
    for (let count = 0; count < 6; count += 1) {
      await shown.page.press('Tab');
      const place = `document.activeElement.closest('dialog') !== null || document.activeElement === document.body`;
      expect(await shown.page.run(place)).toBe(true);
    }
    await shown.page.press('Escape');
    await isClosed();
    await shown.page.until(`document.activeElement === document.querySelector('.model-head button')`);
  });
});

describe.skipIf(chromium === undefined)(`a console whose server goes away${why}`, () => {
  it('says so, keeps what it shows, and goes on when the server is back', async () => {
    const shown = await openConsole();
    try {
      await shown.page.resize(1200, 900);
      await shown.go('/live');
      await shown.api.goAway();
      await shown.see('The server does not answer.');
      expect(await shown.page.run(`document.querySelectorAll('tbody tr').length`)).toBeGreaterThan(0);
      expect(await shown.violations()).toEqual([]);
      await shown.api.comeBack();
      await shown.page.until(`!document.querySelector('main').textContent.includes('The server does not answer.')`);
      expect(await shown.words('[role=status].unseen')).toContain('The server answers again.');
      await shown.follow('/jobs');
      expect(await shown.page.run(`document.querySelectorAll('tbody tr').length`)).toBe(3);
    } finally {
      await shown.close();
    }
  });
});

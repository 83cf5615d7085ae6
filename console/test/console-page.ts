// The built app in a headless Chromium, with the fake API behind it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { findChromium, openPage, type Page } from '@deephealth/sdk/testing';
import { type FakeApi, type FakeOptions, startFakeApi } from '../app/testing/fake-api.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const chromium = findChromium();
/** For the title of a suite that has none. */
export const why = chromium === undefined ? ' (skipped: no Chromium on the path and none in DEEPHEALTH_CHROMIUM)' : '';

export interface ConsolePage {
  readonly api: FakeApi;
  readonly page: Page;
  /** Loads a place of the console anew, and waits until it is there. */
  go(place: string): Promise<void>;
  /** Follows a link within the app. */
  follow(place: string): Promise<void>;
  /** What axe finds wrong with what is shown, by rule and place; with all of its rules if none are named. */
  violations(rules?: readonly string[]): Promise<string[]>;
  /** Text of what a selector finds; empty if it finds nothing. */
  words(selector: string): Promise<string>;
  click(selector: string): Promise<void>;
  /** Waits until a text is on the page, those that are only read out among them. */
  see(words: string): Promise<void>;
  close(): Promise<void>;
}

const isThere = `document.querySelector('h1') !== null && document.querySelector('main .loading') === null`;

export async function openConsole(options: FakeOptions = {}): Promise<ConsolePage> {
  const api = await startFakeApi(options);
  const page = await openPage(chromium as string);
  const quoted = (text: string) => JSON.stringify(text);
  return {
    api,
    page,
    async go(place) {
      await page.open('about:blank');
      await page.open(`${api.url}#${place}`);
      await page.until(isThere);
    },
    async follow(place) {
      await page.run(`{ window.leftHeading = document.querySelector('h1'); location.hash = ${quoted(place)} }`);
      await page.until(`document.querySelector('h1') !== window.leftHeading && ${isThere}`);
    },
    async violations(rules) {
      if (!(await page.run<boolean>(`typeof axe === 'object'`))) await page.run(`${axe};undefined`);
      return page.run<string[]>(
        // A colour that is on its way to another has a contrast of its own.
        `Promise.allSettled(
          document.getAnimations()
            .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
            .map(({ finished }) => finished),
        ).then(() => axe.run(document, ${JSON.stringify(rules ? { runOnly: rules } : {})})).then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.target.join(' ') + ' ' + node.failureSummary)))`,
      );
    },
    words: (selector) => page.run(`document.querySelector(${quoted(selector)})?.innerText ?? ''`),
    async click(selector) {
      await page.until(
        `document.querySelector(${quoted(selector)}) !== null && !document.querySelector(${quoted(selector)}).disabled`,
      );
      await page.run(`document.querySelector(${quoted(selector)}).click()`);
    },
    see: (words) => page.until(`document.body.textContent.includes(${quoted(words)})`),
    async close() {
      await page.close();
      await api.close();
    },
  };
}

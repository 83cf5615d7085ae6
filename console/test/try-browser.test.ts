import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsolePage, chromium, openConsole, why } from './console-page.js';

const HEART = '/models/heart-disease-risk/1.0.0/try';
const EVERY = '/models/every-kind/2.0.0-rc.1/try';
const ECG = '/models/ecg-beat/1.0.0/try';
const RUN = '.try-input button[type=submit]';

describe.skipIf(chromium === undefined)(`somebody who tries a model${why}`, () => {
  let shown: ConsolePage;

  beforeAll(async () => {
    shown = await openConsole();
    await shown.page.resize(1200, 900);
  });
  afterAll(() => shown?.close());

  const set = (selector: string, value: string, event: 'input' | 'change') =>
    shown.page.run(
      `{ const one = document.querySelector('${selector}'); one.value = ${JSON.stringify(value)};
         one.dispatchEvent(new Event('${event}', { bubbles: true })) }`,
    );
  const choose = (number: number) => shown.click(`.examples label:nth-of-type(${number}) input`);
  const result = () => shown.words('.try-result');
  /** Gives the input for files a file, as a person who chooses or drops one does. */
  const give = (way: 'choose' | 'drop', name: string, content: string) =>
    shown.page.run(
      `{ const files = new DataTransfer(); files.items.add(new File([${JSON.stringify(content)}], ${JSON.stringify(name)}));
         if ('${way}' === 'drop') document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
         else { const input = document.querySelector('input[type=file]'); input.files = files.files; input.dispatchEvent(new Event('change', { bubbles: true })) } }`,
    );
  const byFile = () =>
    shown.page.run(
      `document.querySelectorAll('[name=way]')[document.querySelectorAll('[name=way]').length - 1].click()`,
    );

  it('sees warnings and "research use only" before the decision, and what the result came from beside it', async () => {
    await shown.go(ECG);
    await choose(4);
    await shown.click(RUN);
    await shown.see('Close to the threshold');
    const words = await result();
    const places = [
      'Research use only',
      'Close to the threshold',
      'Input: near threshold',
      'Decided',
      '20236d800d87',
      'Limits of this model',
    ];
    const found = places.map((one) => words.indexOf(one));
    expect(found).not.toContain(-1);
    expect(found).toEqual([...found].sort((left, right) => left - right));
    expect(words).toContain('ecg-beat 1.0.0');
    expect(words).toContain('Trained on 20 patients');
    expect(await shown.words('[role=status].unseen')).toContain('ventricular');
    expect(await shown.violations()).toEqual([]);
  });

  it('sees probabilities with the marks of their thresholds', async () => {
    await shown.go(ECG);
    await choose(4);
    await shown.click(RUN);
    await shown.page.until(`document.querySelectorAll('.classes tbody tr').length === 2`);
    expect(await shown.words('.classes .decided')).toMatch(/ventricular\s*Decided\s+0.485\s+0.480/);
    expect(await shown.page.run(`document.querySelector('.decided .threshold').getAttribute('x1')`)).toBe('48');
    const width = Number(await shown.page.run(`document.querySelector('.decided .filled').getAttribute('width')`));
    expect(width).toBeCloseTo(48.517, 2);
  });

  it('never sees the result of an earlier input under a new one', async () => {
    await shown.go(ECG);
    await choose(5);
    await shown.click(RUN);
    await shown.see('Input: normal');
    await choose(7);
    await shown.page.until(`document.querySelector('.result') === null`);
    expect(await result()).toContain('The input has changed');

    const release = shown.api.holdPredictions();
    const before = shown.api.sent.length;
    await shown.click(RUN);
    await expect.poll(() => shown.api.sent.length).toBe(before + 1);
    // Another input while the first is still computed.
    await choose(5);
    release();
    await shown.click(RUN);
    await shown.see('Input: normal');
    const decision = await shown.words('.decision');
    expect(decision).toBe('other');
    await expect.poll(() => shown.api.sent.length).toBe(before + 2);
  });

  it('asks for a frame of a file that may have several, and for regions where the model finds them', async () => {
    await shown.go(EVERY);
    await give('choose', 'plain.png', 'one');
    await shown.see('plain.png');
    expect(await shown.page.run(`document.querySelector('#run-frame') === null`)).toBe(true);
    await give('choose', 'slices.tif', 'many');
    await shown.page.until(`document.querySelector('#run-frame') !== null`);
    await set('#run-frame', '1.5', 'input');
    await shown.see('Write a whole number from 0.');
    expect(await shown.page.run(`document.querySelector('${RUN}').disabled`)).toBe(true);
    expect(await shown.violations()).toEqual([]);
    await set('#run-frame', '3', 'input');
    await shown.click('.run-highlight input');
    await shown.click(RUN);
    await shown.see('Input: slices.tif');
    expect(shown.api.requests.filter((one) => one.startsWith('POST')).at(-1)).toMatch(
      /\/every-kind\/[^/]+\/predict\?frame=3&highlight=true$/,
    );
    await shown.go(HEART);
    expect(await shown.page.run(`document.querySelector('.run-highlight, #run-frame') === null`)).toBe(true);
  });

  it('stops a run that takes too long', async () => {
    await shown.go(ECG);
    await choose(5);
    const release = shown.api.holdPredictions();
    await shown.click(RUN);
    await shown.page.until(`document.querySelector('.try-input .actions').children.length === 2`);
    await shown.click('.try-input .actions button[type=button]');
    await shown.see('Stopped. There is no result.');
    release();
  });

  it('fills in a form, is told what is wrong in it, and gets the result of its values', async () => {
    await shown.go(HEART);
    await shown.click(RUN);
    await shown.see('Correct 11 values.');
    expect(await shown.page.run('document.activeElement.id')).toBe('value-age');
    expect(await shown.violations()).toEqual([]);
    await set('#fill-example', 'file-2', 'change');
    await shown.page.until(`document.querySelector('#value-age').value !== ''`);
    await set('#value-age', '17', 'input');
    await shown.click(RUN);
    await shown.see('Between 18 and 100.');
    await set('#value-age', '99', 'input');
    await shown.see('Outside the training data.');
    await set('#value-age', '58', 'input');
    await shown.click(RUN);
    await shown.see('significant-narrowing');
    expect(await result()).toContain('0.994');
    const last = shown.api.sent.at(-1);
    expect(last?.contentType).toBe('application/json');
    expect(JSON.parse(String(last?.body))).toMatchObject({ age: { value: 58, unit: 'a' }, sex: { value: 'male' } });
    // A changed value takes the result away.
    await set('#value-age', '59', 'input');
    await shown.page.until(`document.querySelector('.result') === null`);
  });

  it('leaves out what the model replaces, and is warned of it', async () => {
    await shown.go(HEART);
    await set('#fill-example', 'file-5', 'change');
    await shown.page.until(`document.querySelector('#value-age').value !== ''`);
    await shown.click(RUN);
    await shown.see('2 warnings');
    expect(await result()).toContain('A missing value was replaced');
    expect(JSON.parse(String(shown.api.sent.at(-1)?.body))).not.toHaveProperty('major_vessels');
  });

  it.each(['choose', 'drop'] as const)('gives a file: %s', async (way) => {
    await shown.go(EVERY);
    await give(way, 'nächtliche Aufnahme.edf', 'bytes');
    await shown.see('nächtliche Aufnahme.edf, 5 byte');
    await shown.click(RUN);
    await shown.see('2 events');
    expect(shown.api.sent.at(-1)).toMatchObject({ fileName: 'nächtliche Aufnahme.edf', body: Buffer.from('bytes') });
    expect(await shown.page.run(`document.querySelectorAll('.event').length`)).toBe(2);
    expect(await result()).toContain('No change since <b>before</b>.');
    expect(await result()).toMatch(/lesion\s+0.733\s+12\s+40/);
    expect(await result()).toContain('Only a part of the input was examined');
    expect(await shown.violations()).toEqual([]);
  });

  it('sees an abstention before all else, and no decision', async () => {
    await shown.go(EVERY);
    await give('choose', 'a.edf', 'unlike all');
    await shown.click(RUN);
    await shown.see('The model gives no decision');
    const words = await result();
    expect(words.indexOf('The model gives no decision')).toBeLessThan(words.indexOf('Seizures'));
    expect(words).not.toContain('61.2 a');
    expect(await shown.violations()).toEqual([]);
  });

  it('switches layers, and sees more or less of them', async () => {
    await shown.go('/models/retina-vessels/1.0.0/try');
    await choose(1);
    await shown.click(RUN);
    await shown.page.until(`document.querySelectorAll('.stack img').length === 2`);
    expect(
      await shown.page.run(`[...document.querySelectorAll('.stack img')].every((one) => one.naturalWidth === 96)`),
    ).toBe(true);
    await set('.opacity input', '0.25', 'input');
    await shown.page.until(`getComputedStyle(document.querySelectorAll('.stack img')[1]).opacity === '0.25'`);
    await shown.click('.layers input[type=checkbox]');
    await shown.page.until(`document.querySelectorAll('.stack img').length === 1`);
    expect(await shown.violations()).toEqual([]);
  });

  it('is told code, message and next step of a refusal', async () => {
    await shown.go(ECG);
    await byFile();
    await give('choose', 'other.csv', 'nothing');
    await shown.click(RUN);
    await shown.see('The input is none of the sample inputs.');
    expect(await result()).toContain('DH_REQUEST_MALFORMED');
    expect(await result()).toContain('Correct the input');
    shown.api.failNext('DH_MODEL_SUSPENDED', 'The model is suspended.', 400);
    await shown.click(RUN);
    await shown.see('The model is suspended.');
  });

  it('cannot try what is not ready', async () => {
    await shown.go('/models/ecg-beat/1.1.0/try');
    expect(await shown.words('main')).toContain('Only a version that is ready can be tried.');
    expect(await shown.page.run(`document.querySelector('${RUN}') === null`)).toBe(true);
  });

  it('uses the keyboard alone', async () => {
    await shown.go(ECG);
    const press = async (key: Parameters<typeof shown.page.press>[0], times = 1) => {
      for (let count = 0; count < times; count += 1) await shown.page.press(key);
    };
    const focused = () =>
      shown.page.run<string>(
        `document.activeElement.innerText || document.activeElement.name || document.activeElement.tagName`,
      );
    await press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await press('Enter');
    await shown.page.until(`document.activeElement.tagName === 'MAIN'`);
    // Back to the model, the ways of input, the examples.
    await press('Tab', 3);
    expect(await focused()).toBe('example');
    await press(' ');
    await press('ArrowDown', 3);
    expect(await shown.page.run(`document.querySelectorAll('[name=example]')[3].checked`)).toBe(true);
    await press('Tab');
    expect(await focused()).toBe('Run the model');
    await press('Enter');
    await shown.see('Close to the threshold');
  });
});

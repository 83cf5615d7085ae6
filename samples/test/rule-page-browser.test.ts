import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  answerRulePage,
  createEngine,
  type KnowledgeBase,
  parseFll,
  renderRulePage,
  rulePagePolicy,
} from '@deephealth/adapter-expressif';
import { findChromium, openPage, type Page } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samples } from './sample-files.js';

const pictures = fileURLToPath(new URL('../../.build/pictures', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const chromium = findChromium();
const why = chromium === undefined ? ' (skipped: no Chromium on the path and none in DEEPHEALTH_CHROMIUM)' : '';
const DARK = ['--blink-settings=preferredColorScheme=0'];

const SEPSIS = parseFll(`Engine: sepsis_signs
InputVariable: lactate
  range: 0 10
  term: normal Ramp 2 1
  term: raised Ramp 1 4
InputVariable: pressure
  range: 30 140
  term: low Ramp 75 60
  term: normal Ramp 65 80
OutputVariable: risk
  range: 0 100
  aggregation: Maximum
  defuzzifier: Centroid 200
  term: small Triangle 0 20 40
  term: large Triangle 60 80 100
RuleBlock: signs
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if lactate is normal and pressure is normal then risk is small
  rule: if lactate is raised and pressure is low then risk is large
`);
const ODD = `"><img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
const renamed = (text: string): KnowledgeBase =>
  JSON.parse(text, (_, value) => (value === 'lactate' || value === 'sepsis_signs' ? `${value}${ODD}` : value));
// What JSON does not carry is not in this rule base but for its default.
const odd = renamed(JSON.stringify(SEPSIS));
const ODD_BASE: KnowledgeBase = { ...odd, outputs: odd.outputs.map((output) => ({ ...output, default: Number.NaN })) };
const HEART = parseFll(readFileSync(join(samples, 'rules', 'heart-disease.fll'), 'utf8'));

const OPTIONS = { version: '1.4.0', digest: `sha256:${'5f'.repeat(32)}`, evaluateAddress: '/evaluate' };
const pages: Record<string, () => string> = {
  '/': () => renderRulePage(SEPSIS, { ...OPTIONS, inputs: { lactate: 0.5, pressure: 100 } }),
  '/odd': () => renderRulePage(ODD_BASE, { ...OPTIONS, version: ODD, explanationText: ODD, inputs: { pressure: 90 } }),
  '/heart': () => renderRulePage(HEART, { version: '1', digest: 'sha256:0', language: 'fr', inputs: {} }),
};

describe.skipIf(chromium === undefined)(`a hospital engineer in front of a rule base${why}`, () => {
  let server: Server;
  let address: string;
  let light: Page;
  let dark: Page;
  let isDown = false;
  const asked: string[] = [];

  beforeAll(async () => {
    const engine = createEngine(SEPSIS);
    server = createServer((request, response) => {
      if (request.method === 'POST') {
        let body = '';
        request.on('data', (chunk) => (body += chunk));
        request.on('end', () => {
          asked.push(body);
          if (isDown) response.writeHead(503).end('{}');
          else response.end(JSON.stringify(answerRulePage(engine, JSON.parse(body))));
        });
        return;
      }
      const page = pages[request.url ?? ''];
      const policy = `${rulePagePolicy('/evaluate')}; frame-ancestors 'none'`;
      response.writeHead(page ? 200 : 404, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
      });
      response.end(page?.() ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    [light, dark] = await Promise.all([openPage(chromium ?? ''), openPage(chromium ?? '', DARK)]);
    await Promise.all([light.open(address), dark.open(address)]);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([light?.close(), dark?.close()]);
    await new Promise((resolve) => server.close(resolve));
  });

  const shown = (selector: string) => light.run<string>(`document.querySelector('${selector}').innerText`);
  const set = (id: string, value: string) =>
    light.run(`{
      const control = document.getElementById('${id}');
      control.value = '${value}';
      control.dispatchEvent(new Event('input', { bubbles: true }));
    }`);
  const isStill = `document.querySelector('main').getAttribute('aria-busy') === 'false'`;

  async function keepPicture(page: Page, name: string): Promise<void> {
    await mkdir(pictures, { recursive: true });
    await writeFile(join(pictures, `${name}.png`), await page.screenshot());
  }

  /** What axe finds against WCAG 2.2 A and AA, and its own good practice. */
  async function barriers(page: Page): Promise<string[]> {
    await page.run(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
    await page.run(`${axe}; undefined`);
    return page.run<string[]>(
      `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target.join(' '))))`,
    );
  }

  it('sees the result, the degrees, and which rule fired', async () => {
    expect(await shown('#part-results')).toContain('20');
    expect(await light.run(`document.querySelectorAll('tr.fired').length`)).toBe(1);
    expect(await shown('tr.fired')).toContain('if lactate is normal and pressure is normal then risk is small');
    await keepPicture(light, 'rule-page-light');
    await keepPicture(dark, 'rule-page-dark');
  });

  it('moves a slider, and number, plots and rules follow', async () => {
    await set('slider-lactate', '4');
    await light.until(isStill);
    expect(await light.run(`document.getElementById('value-lactate').value`)).toBe('4');
    await set('value-pressure', '60');
    await light.until(`${isStill} && document.getElementById('part-results').innerText.includes('80')`);
    expect(await light.run(`document.getElementById('slider-pressure').value`)).toBe('60');
    expect(await shown('tr.fired')).toContain('then risk is large');
    expect(await light.run(`document.querySelector('#part-input-lactate desc').textContent`)).toContain(
      'At 4 the degrees are: normal 0, raised 1',
    );
    expect(await shown('#status')).toBe('Evaluated.');
    expect(JSON.parse(asked.at(-1) ?? '')).toEqual({
      values: { lactate: 4, pressure: 60 },
      surface: { output: 'risk', x: 'lactate', y: 'pressure' },
    });
    expect(await light.run('location.search')).toBe('');
  });

  it('chooses what is shown over what', async () => {
    await light.run(`{
      const choice = document.querySelector('select[name="y"]');
      choice.value = '';
      document.querySelector('select[name="x"]').value = 'pressure';
      choice.dispatchEvent(new Event('input', { bubbles: true }));
    }`);
    await light.until(
      `${isStill} && document.getElementById('part-behaviour').innerText.startsWith('risk over pressure')`,
    );
    expect(await light.run(`document.querySelectorAll('#part-behaviour svg').length`)).toBe(1);
  });

  it('is told why there is no number for a value that is emptied or out of range', async () => {
    await set('value-lactate', '');
    await light.until(`${isStill} && document.getElementById('part-results').innerText.includes('a value is missing')`);
    await set('value-lactate', '11');
    await light.until(`${isStill} && document.getElementById('part-results').innerText.includes('out of its range')`);
    expect(await light.run(`document.querySelectorAll('tr.fired').length`)).toBe(0);
    await set('value-lactate', '4');
    await light.until(`${isStill} && document.getElementById('part-results').innerText.includes('80')`);
  });

  it('is told when an answer fails that what is shown belongs to other values', async () => {
    isDown = true;
    await set('value-lactate', '1');
    await light.until(`${isStill} && document.getElementById('status').innerText.startsWith('No answer')`);
    expect(await light.run(`document.querySelector('main').classList.contains('stale')`)).toBe(true);
    expect(await light.run(`Number(getComputedStyle(document.getElementById('part-results')).opacity) < 0.6`)).toBe(
      true,
    );
    isDown = false;
    await light.run(`document.querySelector('button').click()`);
    await light.until(`${isStill} && document.getElementById('status').innerText === 'Evaluated.'`);
    expect(await light.run(`document.querySelector('main').classList.contains('stale')`)).toBe(false);
    // The browser itself reports the 503.
    expect(light.errors.filter((error) => !error.includes('503'))).toEqual([]);
  });

  it('meets no barrier that axe knows, in light and in dark', async () => {
    await light.open(address);
    expect(await barriers(light)).toEqual([]);
    expect(await dark.run(`getComputedStyle(document.body).backgroundColor`)).toBe('rgb(20, 24, 30)');
    expect(await barriers(dark)).toEqual([]);
    await dark.open(`${address}/heart`);
    expect(await barriers(dark)).toEqual([]);
    await keepPicture(dark, 'rule-page-heart-dark');
    await light.open(`${address}/heart`);
    expect(await barriers(light)).toEqual([]);
    await keepPicture(light, 'rule-page-heart-light');
  }, 60_000);

  it('reads odd names as text: nothing in them runs', async () => {
    await light.open(`${address}/odd`);
    expect(await light.run(`document.querySelector('h1').textContent`)).toBe(`sepsis_signs${ODD}`);
    expect(await light.run('document.title')).not.toBe('run');
    expect(
      await light.run(`document.querySelectorAll('img').length + document.querySelectorAll('script').length`),
    ).toBe(1);
    const broken = await light.run(
      `[...document.querySelectorAll('svg')].filter((svg) => new DOMParser().parseFromString(svg.outerHTML, 'image/svg+xml').querySelector('parsererror')).length`,
    );
    expect(broken).toBe(0);
  });

  it('had no errors: its policy let pass all that it needs', () => {
    expect(dark.errors).toEqual([]);
    expect(light.errors.filter((error) => !error.includes('503'))).toEqual([]);
  });
});

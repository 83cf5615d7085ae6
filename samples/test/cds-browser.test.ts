import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium, openPage, type Page } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ehr, startEhr } from '../hosts/cds/ehr-server.js';
import { type SampleHost, startSampleHost } from '../hosts/cds/sample-host.js';
import { readSamplePatients } from '../hosts/cds/sample-patients.js';

const samples = fileURLToPath(new URL('..', import.meta.url));
const pictures = fileURLToPath(new URL('../../.build/pictures', import.meta.url));
const chromium = findChromium();
const why = chromium === undefined ? ' (skipped: no Chromium on the path and none in DEEPHEALTH_CHROMIUM)' : '';

describe.skipIf(chromium === undefined)(`a clinician in front of the sample EHR${why}`, () => {
  let folder: string;
  let host: SampleHost;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cds-browser-'));
    // How fast answers are is measured elsewhere; here other tests may keep the machine busy.
    host = await startSampleHost({ samples, stateFolder: folder, port: 0, ehrPort: 0, deadlineMs: 10_000 });
    page = await openPage(chromium ?? '');
  }, 120_000);

  afterAll(async () => {
    await page?.close();
    await host?.stop();
    await rm(folder, { recursive: true });
  });

  /** Chooses by value and asks; waits until the page says something new. */
  async function ask(patientId: string, service: string): Promise<void> {
    await page.run(`{
      document.getElementById('patient').value = '${patientId}';
      const services = document.getElementById('service');
      services.value = [...services.options].find(({ text }) => text.includes('(${service})')).value;
      services.dispatchEvent(new Event('change'));
      document.getElementById('call').click();
    }`);
    await page.until(`!document.getElementById('call').disabled`);
  }

  const shown = (selector: string) => page.run<string>(`document.querySelector('${selector}')?.innerText ?? ''`);
  const status = () => shown('#status');

  async function keepPicture(name: string): Promise<void> {
    const picture = await page.screenshot();
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(picture.byteLength).toBeGreaterThan(10_000);
    await mkdir(pictures, { recursive: true });
    await writeFile(join(pictures, `${name}.png`), picture);
  }

  it('finds the services of the model', async () => {
    await page.open(host.ehrUrl);
    await page.until(`document.getElementById('service').options.length > 0`);
    expect(await status()).toBe('2 services found.');
    expect(await page.run(`document.getElementById('patient').options.length`)).toBe(3);
  });

  it('is shown a card with the score, the values behind it, and where it comes from', async () => {
    await ask('adam', 'eu.deephealth.exercise-test-reported');
    expect(await status()).toMatch(/^1 card/);
    expect(await shown('.card .indicator')).toBe('WARNING');
    expect(await shown('.card h3')).toMatch(/\d+ %/);
    const rows = await page.run<string[][]>(
      `[...document.querySelectorAll('.card tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText))`,
    );
    expect(rows.flat().join(' ')).toContain('128 mm[Hg]');
    expect(rows.length).toBeGreaterThanOrEqual(13);
    expect(await page.run(`document.querySelector('.card .source a').href`)).toBe(
      `${host.serviceUrl}/models/heart-disease-risk/1.0.0`,
    );
    await keepPicture('cds-card');
  });

  it('accepts the suggestion: a draft order is in the EHR, and the service knows', async () => {
    await page.run(`document.querySelector('.card button.accept').click()`);
    await page.until(`document.querySelector('.card .status').innerText.includes('Feedback was sent')`);
    expect(host.ehr.store.ofType('ServiceRequest')).toMatchObject([
      { status: 'draft', subject: { reference: 'Patient/adam' } },
    ]);
    expect(host.adapter.statistics()).toMatchObject([{ accepted: 1, overridden: 0 }]);
    // Done is done.
    expect(await page.run(`[...document.querySelectorAll('.card button')].every(({ disabled }) => disabled)`)).toBe(
      true,
    );
    await keepPicture('cds-accepted');
  });

  it('dismisses a card with a reason', async () => {
    await ask('berta', 'patient-view');
    expect(await shown('.card .indicator')).toBe('INFORMATION');
    await page.run(`{
      const reasons = document.querySelector('.card select');
      reasons.value = [...reasons.options].at(-1).value;
      document.querySelector('.card button.dismiss').click();
    }`);
    await page.until(`document.querySelector('.card .status').innerText.startsWith('Dismissed')`);
    expect(host.adapter.statistics()).toMatchObject([{ accepted: 1, overridden: 1 }]);
  });

  it('is told what is missing, and shown no number, for a patient without an exercise test', async () => {
    await ask('cleo', 'patient-view');
    expect(await shown('.card h3')).not.toMatch(/\d/);
    await keepPicture('cds-abstained');
    await ask('cleo', 'eu.deephealth.exercise-test-reported');
    expect(await status()).toMatch(/^The service answered 412: /);
    // No card of the call before is left.
    expect(await page.run(`document.querySelectorAll('.card').length`)).toBe(0);
  });

  it('had no other errors than the answer 412', () => {
    expect(page.errors.filter((text) => !text.includes('412'))).toEqual([]);
  });

  describe('of another hospital', () => {
    let stranger: Ehr;

    beforeAll(async () => {
      stranger = await startEhr({
        patients: await readSamplePatients(samples, new Date()),
        page: join(samples, 'hosts', 'cds', 'page'),
        script: join(samples, 'dist', 'hosts', 'cds', 'page.js'),
      });
      stranger.useService(host.serviceUrl);
    });

    afterAll(() => stranger.close());

    it('gets nothing from the service, since this origin is not allowed', async () => {
      await page.open(stranger.url);
      await page.until(`document.getElementById('status').innerText.includes('cannot be reached')`);
      expect(await page.run(`document.getElementById('service').options.length`)).toBe(0);
      expect(page.errors.join(' ')).toContain('CORS');
      await keepPicture('cds-refused');
    });
  });
});

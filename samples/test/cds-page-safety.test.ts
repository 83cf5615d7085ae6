import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { findChromium, openPage, type Page } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ehr, startEhr } from '../hosts/cds/ehr-server.js';
import { readSamplePatients } from '../hosts/cds/sample-patients.js';

const samples = fileURLToPath(new URL('..', import.meta.url));
const chromium = findChromium();
const why = chromium === undefined ? ' (skipped: no Chromium on the path and none in DEEPHEALTH_CHROMIUM)' : '';

const SCRIPT = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
const HOSTILE_CARD = {
  uuid: 'card-1',
  summary: `Summary ${SCRIPT}`,
  indicator: 'constructor',
  source: { label: `Source ${SCRIPT}`, url: 'javascript:window.hurt=1' },
  detail: `${SCRIPT}\n\n| a ${SCRIPT} | b |\n|---|---|\n| [x](javascript:window.hurt=1) | **${SCRIPT}** |\n\n[ok](https://ok.example/)`,
  links: [
    { label: `Link ${SCRIPT}`, url: 'javascript:window.hurt=1', type: 'absolute' },
    { label: 'Data', url: 'data:text/html,<script>window.hurt=1</script>', type: 'absolute' },
    { label: 'Good', url: 'https://good.example/', type: 'absolute' },
  ],
  selectionBehavior: 'any',
  suggestions: [{ label: `Suggestion ${SCRIPT}`, uuid: 'suggestion-1', actions: [] }],
  overrideReasons: [{ code: 'no', system: 'urn:x', display: SCRIPT }],
};

// What a service of someone else may send; ours is asked in cds-browser.test.ts.
describe.skipIf(chromium === undefined)(`the sample EHR and a hostile service${why}`, () => {
  let service: Server;
  let ehr: Ehr;
  let page: Page;
  const received: { path: string; authorization: string | undefined; body: string }[] = [];

  beforeAll(async () => {
    service = createServer(async (request, response) => {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'authorization, content-type');
      if (request.method === 'OPTIONS') return response.writeHead(204).end();
      const path = request.url ?? '';
      received.push({ path, authorization: request.headers.authorization, body: await textOf(request) });
      const answer = path.endsWith('/cds-services')
        ? {
            services: [
              {
                id: 'one',
                hook: 'patient-view',
                title: SCRIPT,
                description: SCRIPT,
                prefetch: {
                  patient: 'Patient/{{context.patientId}}',
                  none: 'Observation?patient={{context.patientId}}&code=none',
                  lost: 'Patient/{{userPatientId}}',
                },
              },
            ],
          }
        : { cards: [HOSTILE_CARD] };
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    ehr = await startEhr({
      patients: await readSamplePatients(samples, new Date()),
      page: `${samples}/hosts/cds/page`,
      script: `${samples}/dist/hosts/cds/page.js`,
    });
    ehr.useService(`http://127.0.0.1:${(service.address() as AddressInfo).port}`);
    page = await openPage(chromium ?? '');
    await page.open(ehr.url);
    await page.until(`document.getElementById('service').options.length > 0`);
    await page.run(`document.getElementById('call').click()`);
    await page.until(`document.querySelector('.card') !== null`);
  }, 60_000);

  afterAll(async () => {
    await page?.close();
    await ehr?.close();
    await new Promise((resolve) => {
      service.close(resolve);
      service.closeAllConnections();
    });
  });

  it('shows what the service wrote as text, and runs none of it', async () => {
    expect(await page.run('document.querySelectorAll("main img, main script").length')).toBe(0);
    expect(await page.run('window.hurt ?? 0')).toBe(0);
    expect(await page.run('document.querySelector(".card h3").textContent')).toBe(HOSTILE_CARD.summary);
    expect(await page.run('document.querySelector(".card td strong").textContent')).toBe(SCRIPT);
  });

  it('makes links of web addresses alone', async () => {
    const links = await page.run<string[]>('[...document.querySelectorAll(".card a")].map(({ href }) => href)');
    expect(links).toEqual(['https://ok.example/', 'https://good.example/']);
  });

  it('takes an indicator that it does not know for the mildest', async () => {
    expect(await page.run('document.querySelector(".card").className')).toBe('card info');
  });

  it('sends each call with a token of its own for its address, and prefetch only as far as it can fill it', async () => {
    await page.run('document.querySelector(".card button.accept").click()');
    await page.until('document.querySelector(".card .status").textContent.includes("Feedback was sent")');
    expect(received.map(({ path }) => path)).toEqual([
      '/cds-services',
      '/cds-services/one',
      '/cds-services/one/feedback',
    ]);
    const claims = received.map(
      ({ authorization = '' }) =>
        JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString()) as {
          aud: string;
          jti: string;
        },
    );
    expect(claims.map(({ aud }) => new URL(aud).pathname)).toEqual(received.map(({ path }) => path));
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(3);
    const call = JSON.parse(received[1]?.body ?? '');
    expect(call).toMatchObject({
      hook: 'patient-view',
      context: { patientId: 'adam', encounterId: 'adam-visit', userId: 'Practitioner/example' },
      fhirAuthorization: { token_type: 'Bearer', expires_in: 300, subject: 'deephealth-cds', patient: 'adam' },
      prefetch: { patient: { resourceType: 'Patient', id: 'adam' }, none: { resourceType: 'Bundle', total: 0 } },
    });
    expect(Object.keys(call.prefetch)).toEqual(['patient', 'none']);
    expect(JSON.parse(received[2]?.body ?? '').feedback).toMatchObject([
      { card: 'card-1', outcome: 'accepted', acceptedSuggestions: [{ id: 'suggestion-1' }] },
    ]);
  });
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

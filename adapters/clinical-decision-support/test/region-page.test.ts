import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pngChunk, pngFile } from '@deephealth/sdk/testing';
import Fastify from 'fastify';
import type { AuditEvent } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { xrayCall, xrayFile } from './explained-xray.js';
import { NOW } from './heart-package.js';
import { ask } from './served-adapter.js';
import { problemsOf } from './validators.js';
import { PATIENT, useXrayService } from './xray-with-region.js';

const { call, cardOf, serve, xray } = useXrayService();
const get = (url: string, headers = {}) => ask(url, { headers });

describe('the page of a link', () => {
  it('is kept by nobody, sent on to nobody, framed by nobody, and runs nothing', async () => {
    await serve();
    const { url } = await cardOf();
    const page = await get(url);
    expect(page.status).toBe(200);
    const headers = Object.fromEntries(page.headers);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script|unsafe|\*/);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(page.text).not.toMatch(/<script|javascript:| style=| on[a-z]+=/);
  });

  it('has the very image that was sent, and it is nothing but an image', async () => {
    await serve();
    const { url } = await cardOf();
    const picture = await fetch(`${url}/picture`);
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(xrayFile());
    expect(Object.fromEntries(picture.headers)).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    });
  });

  it('has no image where a browser would show another than the model saw', async () => {
    const animation = pngFile({
      ...{ width: 28, height: 28, depth: 8, colour: 'gray' },
      bytes: Array(784).fill(9),
      chunks: [pngChunk('acTL', new Uint8Array(8))],
    });
    await serve();
    const { url } = await cardOf(call(xrayCall(animation, PATIENT)));
    expect((await get(url)).text).toContain('A browser does not show this image');
    expect((await get(`${url}/picture`)).status).toBe(404);
  });

  it('is answered to GET alone', async () => {
    await serve();
    const { url } = await cardOf();
    for (const method of ['HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE']) {
      const answer = await ask(url, { method });
      expect({ method, status: answer.status, allow: answer.headers.get('allow') }).toEqual({
        method,
        status: 405,
        allow: 'GET',
      });
      expect(answer.text).not.toContain('<html');
    }
  });

  it('is gone when its time is over, and says what to do', async () => {
    await serve({ regionLinks: { lifetimeMs: 60_000 } });
    const { url } = await cardOf();
    xray.now = new Date(NOW.getTime() + 59_999);
    expect((await get(url)).status).toBe(200);
    xray.now = new Date(NOW.getTime() + 60_000);
    for (const address of [url, `${url}/picture`]) {
      const gone = await get(address, { 'accept-language': 'de' });
      expect(gone.status).toBe(404);
      expect(gone.headers.get('cache-control')).toBe('no-store');
      expect(gone.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(gone.text).toContain('Die Akte des Patienten erneut öffnen');
    }
  });

  it('is gone after a restart', async () => {
    await serve();
    const path = new URL((await cardOf()).url).pathname;
    await xray.served.stop();
    await serve();
    expect((await xray.served.get(path)).status).toBe(404);
  });

  it('gives way to newer ones', async () => {
    await serve({ regionLinks: { maxCount: 2 } });
    const urls: string[] = [];
    for (let i = 0; i < 3; i += 1) urls.push((await cardOf()).url);
    expect(new Set(urls).size).toBe(3);
    const found: number[] = [];
    for (const url of urls) found.push((await get(url)).status);
    expect(found).toEqual([404, 200, 200]);
  });

  it.each(['', 'x', `${'A'.repeat(43)}`, '%2e%2e', '__proto__', `${'A'.repeat(43)}/picture`, 'a/b/c'])(
    'is not at the guess "%s"',
    async (guess) => {
      await serve();
      await cardOf();
      expect((await xray.served.get(`/regions/${guess}`)).status).toBe(404);
    },
  );

  it('is under the path of the base URL', async () => {
    await serve({ baseUrl: 'http://localhost:8081/deephealth' });
    const { url } = await cardOf();
    expect(url).toMatch(/^http:\/\/localhost:8081\/deephealth\/regions\//);
    const { pathname } = new URL(url);
    for (const path of [pathname, pathname.replace('/deephealth', '')]) {
      expect((await xray.served.get(path)).status).toBe(200);
    }
  });
});

describe('who looked', () => {
  const events = (): AuditEvent[] =>
    readFileSync(join(xray.stateFolder, 'audit.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event)
      .filter((event) => event.subtype[0].code === 'read');

  it('is audited as far as it is known, before the page is sent, and what leads nowhere is not', async () => {
    await serve({ audit: {} });
    const { card, url } = await cardOf();
    expect(events()).toEqual([]);
    const page = await get(url);
    await get(`${url}/picture`);
    await get(`${xray.served.baseUrl}/regions/${'A'.repeat(43)}`);
    const seen = events();
    expect(seen.flatMap(problemsOf)).toEqual([]);
    expect(seen.map(({ entity }) => entity?.find(({ role }) => role?.code === '3')?.name)).toEqual(['page', 'picture']);
    const [first] = seen;
    expect(first?.action).toBe('R');
    expect(first?.entity?.[0]?.what?.reference).toBe(`Patient/${PATIENT}`);
    expect(first?.entity?.find(({ role }) => role?.code === '3')?.what?.identifier?.value).toBe(
      card.extension['eu.deephealth.provenance'].requestId,
    );
    expect(first?.entity?.at(-1)?.what?.identifier?.value).toBe(page.headers.get('x-request-id'));
    expect(first?.agent[0]).toMatchObject({
      network: { type: '2' },
      who: { display: 'whoever has the link of the card' },
    });
    expect(first?.agent[0]?.network?.address).toMatch(/127\.0\.0\.1$/);
  });
});

describe('no token and no patient', () => {
  const printed: string[] = [];
  beforeAll(() => {
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, name).mockImplementation((...parts) => printed.push(parts.map(String).join(' ')));
    }
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  const image = pngFile({
    ...{ width: 28, height: 28, depth: 8, colour: 'gray' },
    bytes: Array(784).fill(9),
    chunks: [pngChunk('tEXt', Buffer.from('Patient\0CanaryInTheImage'))],
  });

  it('is in a log, in a file, in an address or on a page; only the audit names the patient', async () => {
    await serve({ audit: {} });
    const body = xrayCall(image, PATIENT) as { prefetch: { pictures: { entry: { resource: object }[] } } };
    Object.assign(body.prefetch.pictures.entry[0]?.resource ?? {}, {
      note: [{ text: 'CanaryNote' }],
      operator: { display: 'CanaryOperator' },
      subject: { reference: `Patient/${PATIENT}`, display: 'CanaryName' },
    });
    const { url } = await cardOf(call(body));
    const token = url.split('/').at(-1) ?? '';
    const page = await get(`${url}?x=CanaryQuery`, { referer: 'https://ehr.example/CanaryReferer' });
    await get(`${url}/picture`);
    await ask(url, { method: 'POST', body: 'CanaryBody' });
    await xray.served.adapter.kill('xray');
    await get(url);
    const cut = token.slice(0, 20);
    await get(`${xray.served.baseUrl}/regions/${cut}`);
    await xray.served.stop();
    expect(page.status).toBe(200);
    for (const text of [url, page.text.replaceAll(token, '')])
      expect(text).not.toMatch(/Canary|media-1|dr-1|2026-11-20T08/);
    const files = readdirSync(xray.stateFolder).map(
      (name) => [name, readFileSync(join(xray.stateFolder, name), 'utf8')] as const,
    );
    expect(files.map(([name]) => name)).toContain('audit.ndjson');
    const pixels = image.toString('base64').slice(0, 60);
    for (const [name, text] of [
      ...files,
      ['log', xray.served.logged.join('\n')],
      ['console', printed.join('\n')],
    ] as const) {
      for (const secret of [cut, pixels, image.toString('latin1').slice(0, 40)]) {
        expect(text.includes(secret), name).toBe(false);
      }
      const allowed = name === 'audit.ndjson' ? text.replaceAll(`Patient/${PATIENT}`, '') : text;
      expect(allowed, name).not.toContain('Canary');
    }
    const regions = xray.served.logged.map((line) => JSON.parse(line)).filter(({ route }) => route === 'region');
    expect(regions.map(({ status }) => status)).toEqual([200, 200, 405, 404, 404]);
  });

  it('is in the log of a fastify server that logs every request', async () => {
    await serve();
    const lines: string[] = [];
    const server = Fastify({ logger: { level: 'trace', stream: { write: (line: string) => void lines.push(line) } } });
    await server.register(xray.served.adapter.fastifyPlugin);
    try {
      const { url } = await cardOf();
      const { pathname } = new URL(url);
      expect((await server.inject(pathname)).statusCode).toBe(200);
      expect((await server.inject(`${pathname}/picture`)).statusCode).toBe(200);
      await server.inject('/health/live');
      expect(lines.join('')).toContain('/health/live');
      expect(lines.join('')).not.toContain('/regions/');
    } finally {
      await server.close();
    }
  });
});

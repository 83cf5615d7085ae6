import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdapterClient, DeepHealthError, type RuntimeClient, serveContractFace } from '@deephealth/sdk';
import { pngChunk, pngFile } from '@deephealth/sdk/testing';
import Fastify from 'fastify';
import type { AuditEvent } from 'fhir/r4.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeExplainedXray, xrayCall, xrayFile, xrayService } from './explained-xray.js';
import { fakeRuntime } from './fake-runtime.js';
import { NOW } from './heart-package.js';
import { highlightOf, type MadeRegion, xrayAnswer } from './region-answer.js';
import { ask, type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';
import { problemsOf } from './validators.js';

const PATIENT = 'CanaryPatient';
let folder: string;
let served: ServedAdapter;
let stateFolder: string;
let now: Date;
let predict: RuntimeClient['predict'];
let asked: Parameters<RuntimeClient['predict']>[];

beforeAll(async () => {
  folder = await writeExplainedXray(temporaryFolder(), [xrayService(), xrayService('xray-shadow', { isShadow: true })]);
});
beforeEach(() => {
  now = NOW;
  asked = [];
  predict = async (request) => xrayAnswer(request);
  stateFolder = temporaryFolder();
});
afterEach(async () => {
  await served?.stop();
});

async function serve(more: Partial<Parameters<typeof serveAdapter>[0]> = {}): Promise<void> {
  served = await serveAdapter({
    runtime: fakeRuntime((request, settings) => {
      asked.push([request, settings]);
      return predict(request, settings);
    }),
    packages: [folder],
    stateFolder,
    languages: ['en', 'de', 'it'],
    now: () => now,
    ...more,
  });
}

const call = (body = xrayCall(xrayFile(), PATIENT), headers = {}) => served.post('/cds-services/xray', body, headers);
const made = (region: MadeRegion) => {
  predict = async (request) => xrayAnswer(request, 0.9, region);
};

/** The card of a call, and the address of its region where it has one. */
async function cardOf(answer = call()) {
  const { status, json } = await answer;
  expect(status).toBe(200);
  const [card] = json.cards;
  const link = card.links.find(({ url }: { url: string }) => url.includes('/regions/'));
  return { card, link, url: link?.url as string, region: card.extension['eu.deephealth.finding'].region };
}
const get = (url: string, headers = {}) => ask(url, { headers });
const lastCall = () => served.logged.map((line) => JSON.parse(line)).findLast(({ route }) => route === 'call');
const records = () =>
  readFileSync(join(stateFolder, 'inferences.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a card with the region behind its score', () => {
  it('links first to an address of this service, and says what is seen there and until when', async () => {
    await serve();
    const { card, link, region } = await cardOf();
    expect(card.links.map(({ label }: { label: string }) => label)).toEqual(['Region behind the score', 'Guideline']);
    expect(Object.keys(link).sort()).toEqual(['label', 'type', 'url']);
    expect(link.type).toBe('absolute');
    expect(link.url).toMatch(new RegExp(`^${served.baseUrl}/regions/[A-Za-z0-9_-]{43}$`));
    expect(card.detail).toContain('lower the score for “pneumonia” (90.0 %) when they are covered');
    expect(card.detail).toContain('until 2026-11-20 10:15 UTC');
    expect(card.detail).toContain('sooner than in each of 9 random orders');
    expect(region).toMatchObject({ isShown: true, target: 'pneumonia', probability: 0.9 });
    expect(region.deletion.isBetterThanRandom).toBe(true);
  });

  it('asks for the score alone, and then for the region with what is left, behind the scores of others', async () => {
    await serve({ deadlineMs: 5_000 });
    await cardOf();
    const [[score], [region, settings]] = asked as [(typeof asked)[0], (typeof asked)[0]];
    expect(score).toMatchObject({ priority: 'PRIORITY_ROUTINE', outputs: ['finding'] });
    expect(score.highlights).toBeUndefined();
    expect(region).toMatchObject({ priority: 'PRIORITY_BATCH', highlights: ['finding'], requestId: score.requestId });
    expect(region.inputs).toEqual(score.inputs);
    expect(settings?.deadlineMs).toBeLessThan(5_000 - 40);
    expect(settings?.deadlineMs).toBeGreaterThan(1_000);
  });

  it('does not ask twice where the manifest says that there always is a region', async () => {
    predict = async (request) => xrayAnswer({ ...request, highlights: ['finding'] });
    await serve();
    expect((await cardOf()).url).toBeDefined();
    expect(asked).toHaveLength(1);
  });

  it('asks for none where another rule holds, or the model abstains', async () => {
    predict = async (request) => xrayAnswer(request, 0.2);
    await serve();
    const { json } = await call();
    expect(json.cards[0]).not.toHaveProperty('links');
    predict = async (request) => {
      const answer = xrayAnswer(request);
      return {
        ...answer,
        findings: answer.findings.map((one) => ({
          ...one,
          classification: { ...one.classification, abstained: true } as never,
        })),
      };
    };
    expect((await call()).json.cards[0]).not.toHaveProperty('links');
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['en', 'Doubtful region: ', 'Do not take the coloured places as the reason of the score.'],
    ['de', 'Zweifelhafte Region: ', 'Die farbigen Stellen nicht als Grund des Werts verstehen.'],
    ['it', 'Regione dubbia: ', 'Non considerare i punti colorati come la ragione del valore.'],
  ])('says in "%s", in words of a clinician, that the region is doubtful', async (language, what, so) => {
    made({ isBetterThanRandom: false });
    await serve();
    const { card, url } = await cardOf(call(undefined, { 'accept-language': language }));
    expect(card.detail).toMatch(new RegExp(`\\*\\*${what}.*${so}\\*\\*`));
    expect(card.detail).not.toContain('RAW WORDS');
    expect(card.extension['eu.deephealth.provenance'].warnings).toContainEqual(
      expect.objectContaining({ kind: 'HIGHLIGHT_DOUBTFUL' }),
    );
    expect((await get(url)).text).toContain(so);
    expect(lastCall()).toMatchObject({ status: 200, region: 'doubtful' });
    expect(records()[0].region).toBe('doubtful');
  });

  it('tells over the contract face the same, with both answers of the runtime and another address', async () => {
    await serve();
    const { card } = await cardOf();
    const face = await serveContractFace({ runtime: '127.0.0.1:1', platform: served.adapter.platformFace });
    const client = createAdapterClient({ address: face.address });
    try {
      const input = Buffer.from(JSON.stringify(xrayCall(xrayFile(), PATIENT)));
      const ran = await client.runBinding({ bindingId: 'xray', input, mediaType: 'application/json' });
      const [other] = JSON.parse(Buffer.from(ran.output).toString()).cards;
      const sameFor = ({ uuid: _, links, extension, ...rest }: typeof card) => ({
        ...rest,
        links: links.map(({ label, type }: { label: string; type: string }) => ({ label, type })),
        finding: extension['eu.deephealth.finding'],
      });
      expect(sameFor(other)).toEqual(sameFor(card));
      expect(other.links[0].url).not.toBe(card.links[0].url);
      expect((await get(other.links[0].url)).status).toBe(200);
      expect(ran.runs).toHaveLength(2);
    } finally {
      client.close();
      await face.stop(0);
    }
  });
});

describe('a score', () => {
  const never = new Promise<never>(() => undefined);

  it('is in time though its region is not, and the card says so', async () => {
    predict = (request) => (request.highlights === undefined ? Promise.resolve(xrayAnswer(request)) : never);
    // What is late is refused with 503: an answer is one that was in time.
    await serve({ deadlineMs: 1_000 });
    const { card, url, region } = await cardOf();
    expect(url).toBeUndefined();
    expect(card.summary).toBe('Pneumonia: 90.0 %.');
    expect(card.detail).toContain('was not ready in time and is not shown. The score is not affected.');
    expect(region).toEqual({ isShown: false, why: 'late' });
    expect(lastCall()).toMatchObject({ status: 200, region: 'late', regionCode: 'DH_DEADLINE_EXCEEDED' });
    expect(records()[0]).toMatchObject({ outcome: 'card', region: 'late' });
  });

  it.each<[string, RuntimeClient['predict'], string]>([
    [
      'that the runtime refuses',
      async () => {
        throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'No.');
      },
      'DH_FEATURE_UNSUPPORTED',
    ],
    ['of another score', async (request) => xrayAnswer(request, 0.9, { score: 0.8 }), 'DH_RESPONSE_INVALID'],
    [
      'of another class',
      async (request) =>
        xrayAnswer(request, 0.9, {
          map: { explanation: { ...highlightOf(0.9).explanation, target: 'effusion' } as never },
        }),
      'DH_RESPONSE_INVALID',
    ],
    [
      'without its test',
      async (request) =>
        xrayAnswer(request, 0.9, {
          map: { explanation: { ...highlightOf(0.9).explanation, deletion: null } as never },
        }),
      'DH_RESPONSE_INVALID',
    ],
    ['on no grid', async (request) => xrayAnswer(request, 0.9, { map: { grid: null } }), 'DH_RESPONSE_INVALID'],
    [
      'of another input',
      async (request) => {
        const answer = xrayAnswer(request);
        return { ...answer, provenance: { ...answer.provenance, inputSha256: 'c'.repeat(64) } as never };
      },
      'DH_RESPONSE_INVALID',
    ],
    [
      'of another package',
      async (request) => {
        const answer = xrayAnswer(request);
        return { ...answer, provenance: { ...answer.provenance, packageSha256: 'c'.repeat(64) } as never };
      },
      'DH_RESPONSE_INVALID',
    ],
  ])('stands though there is none to show but one %s', async (_what, region, code) => {
    predict = (request, settings) =>
      request.highlights === undefined ? Promise.resolve(xrayAnswer(request)) : region(request, settings);
    await serve();
    const { card, url } = await cardOf();
    expect(url).toBeUndefined();
    expect(card.detail).toContain('could not be made and is not shown. The score is not affected.');
    expect(lastCall()).toMatchObject({ region: 'failed', regionCode: code });
  });

  it('stands though the image is larger than all that is kept', async () => {
    await serve({ regionLinks: { maxBytes: 1_000 } });
    expect((await cardOf()).region).toEqual({ isShown: false, why: 'failed' });
  });
});

describe('no region is asked for and none is kept', () => {
  it('in shadow', async () => {
    await serve();
    expect((await served.post('/cds-services/xray-shadow', xrayCall())).json).toEqual({ cards: [] });
    expect(asked).toHaveLength(1);
  });

  it('once the service is switched off, and what there is is shown no more', async () => {
    await serve();
    const { url } = await cardOf();
    expect((await get(`${url}/picture`)).status).toBe(200);
    await served.adapter.kill('xray');
    expect((await call()).status).toBe(503);
    expect(asked).toHaveLength(2);
    expect((await get(url)).status).toBe(404);
    expect((await get(`${url}/picture`)).status).toBe(404);
  });
});

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
    now = new Date(NOW.getTime() + 59_999);
    expect((await get(url)).status).toBe(200);
    now = new Date(NOW.getTime() + 60_000);
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
    await served.stop();
    await serve();
    expect((await served.get(path)).status).toBe(404);
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
      expect((await served.get(`/regions/${guess}`)).status).toBe(404);
    },
  );

  it('is under the path of the base URL', async () => {
    await serve({ baseUrl: 'http://localhost:8081/deephealth' });
    const { url } = await cardOf();
    expect(url).toMatch(/^http:\/\/localhost:8081\/deephealth\/regions\//);
    const { pathname } = new URL(url);
    for (const path of [pathname, pathname.replace('/deephealth', '')]) {
      expect((await served.get(path)).status).toBe(200);
    }
  });
});

describe('who looked', () => {
  const events = (): AuditEvent[] =>
    readFileSync(join(stateFolder, 'audit.ndjson'), 'utf8')
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
    await get(`${served.baseUrl}/regions/${'A'.repeat(43)}`);
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
    await served.adapter.kill('xray');
    await get(url);
    const cut = token.slice(0, 20);
    await get(`${served.baseUrl}/regions/${cut}`);
    await served.stop();
    expect(page.status).toBe(200);
    for (const text of [url, page.text.replaceAll(token, '')])
      expect(text).not.toMatch(/Canary|media-1|dr-1|2026-11-20T08/);
    const files = readdirSync(stateFolder).map(
      (name) => [name, readFileSync(join(stateFolder, name), 'utf8')] as const,
    );
    expect(files.map(([name]) => name)).toContain('audit.ndjson');
    const pixels = image.toString('base64').slice(0, 60);
    for (const [name, text] of [
      ...files,
      ['log', served.logged.join('\n')],
      ['console', printed.join('\n')],
    ] as const) {
      for (const secret of [cut, pixels, image.toString('latin1').slice(0, 40)]) {
        expect(text.includes(secret), name).toBe(false);
      }
      const allowed = name === 'audit.ndjson' ? text.replaceAll(`Patient/${PATIENT}`, '') : text;
      expect(allowed, name).not.toContain('Canary');
    }
    const regions = served.logged.map((line) => JSON.parse(line)).filter(({ route }) => route === 'region');
    expect(regions.map(({ status }) => status)).toEqual([200, 200, 405, 404, 404]);
  });

  it('is in the log of a fastify server that logs every request', async () => {
    await serve();
    const lines: string[] = [];
    const server = Fastify({ logger: { level: 'trace', stream: { write: (line: string) => void lines.push(line) } } });
    await server.register(served.adapter.fastifyPlugin);
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

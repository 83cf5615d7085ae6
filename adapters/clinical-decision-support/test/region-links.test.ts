import { createAdapterClient, DeepHealthError, type RuntimeClient, serveContractFace } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { xrayCall, xrayFile } from './explained-xray.js';
import { highlightOf, xrayAnswer } from './region-answer.js';
import { ask } from './served-adapter.js';
import { PATIENT, useXrayService } from './xray-with-region.js';

const { call, cardOf, lastCall, made, records, serve, xray } = useXrayService();
const get = (url: string, headers = {}) => ask(url, { headers });

describe('a card with the region behind its score', () => {
  it('links first to an address of this service, and says what is seen there and until when', async () => {
    await serve();
    const { card, link, region } = await cardOf();
    expect(card.links.map(({ label }: { label: string }) => label)).toEqual(['Region behind the score', 'Guideline']);
    expect(Object.keys(link).sort()).toEqual(['label', 'type', 'url']);
    expect(link.type).toBe('absolute');
    expect(link.url).toMatch(new RegExp(`^${xray.served.baseUrl}/regions/[A-Za-z0-9_-]{43}$`));
    expect(card.detail).toContain('lower the score for “pneumonia” (90.0 %) when they are covered');
    expect(card.detail).toContain('until 2026-11-20 10:15 UTC');
    expect(card.detail).toContain('sooner than in each of 9 random orders');
    expect(region).toMatchObject({ isShown: true, target: 'pneumonia', probability: 0.9 });
    expect(region.deletion.isBetterThanRandom).toBe(true);
  });

  it('asks for the score alone, and then for the region with what is left, behind the scores of others', async () => {
    await serve({ deadlineMs: 5_000 });
    await cardOf();
    const [[score], [region, settings]] = xray.asked as [(typeof xray.asked)[0], (typeof xray.asked)[0]];
    expect(score).toMatchObject({ priority: 'PRIORITY_ROUTINE', outputs: ['finding'] });
    expect(score.highlights).toBeUndefined();
    expect(region).toMatchObject({ priority: 'PRIORITY_BATCH', highlights: ['finding'], requestId: score.requestId });
    expect(region.inputs).toEqual(score.inputs);
    expect(settings?.deadlineMs).toBeLessThan(5_000 - 40);
    expect(settings?.deadlineMs).toBeGreaterThan(1_000);
  });

  it('does not ask twice where the manifest says that there always is a region', async () => {
    xray.predict = async (request) => xrayAnswer({ ...request, highlights: ['finding'] });
    await serve();
    expect((await cardOf()).url).toBeDefined();
    expect(xray.asked).toHaveLength(1);
  });

  it('asks for none where another rule holds, or the model abstains', async () => {
    xray.predict = async (request) => xrayAnswer(request, 0.2);
    await serve();
    const { json } = await call();
    expect(json.cards[0]).not.toHaveProperty('links');
    xray.predict = async (request) => {
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
    expect(xray.asked).toHaveLength(2);
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
    const face = await serveContractFace({ runtime: '127.0.0.1:1', platform: xray.served.adapter.platformFace });
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
    xray.predict = (request) => (request.highlights === undefined ? Promise.resolve(xrayAnswer(request)) : never);
    // What is late is refused with 503: an answer is one that was in time.
    await serve({ deadlineMs: 3_000 });
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
    xray.predict = (request, settings) =>
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
    expect((await xray.served.post('/cds-services/xray-shadow', xrayCall())).json).toEqual({ cards: [] });
    expect(xray.asked).toHaveLength(1);
  });

  it('once the service is switched off, and what there is is shown no more', async () => {
    await serve();
    const { url } = await cardOf();
    expect((await get(`${url}/picture`)).status).toBe(200);
    await xray.served.adapter.kill('xray');
    expect((await call()).status).toBe(503);
    expect(xray.asked).toHaveLength(2);
    expect((await get(url)).status).toBe(404);
    expect((await get(`${url}/picture`)).status).toBe(404);
  });
});

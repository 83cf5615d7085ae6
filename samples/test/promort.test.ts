import {
  createPromortClient,
  type PromortPrediction,
  registerOmeroDataset,
} from '@deephealth/adapter-digital-pathology';
import { afterEach, describe, expect, it } from 'vitest';
import { type PromortDouble, startPromortDouble } from '../hosts/pathology/promort-double.js';

const PASSWORD = 'correct horse';
const doubles: PromortDouble[] = [];
afterEach(async () => {
  for (const double of doubles.splice(0)) await double.close();
});

async function start(settings: { readonly password?: string } = {}) {
  const double = await startPromortDouble({
    users: { importer: PASSWORD },
    slides: ['patient_001_A', 'patient_002.mrxs'],
  });
  doubles.push(double);
  const client = createPromortClient({
    baseUrl: double.url,
    username: 'importer',
    password: settings.password ?? PASSWORD,
    retryDelayMs: 1,
  });
  return { double, client };
}

const prediction: PromortPrediction = {
  label: 'tissue-7',
  slide: 'patient_001_A',
  type: 'TISSUE',
  reviewRequired: true,
  provenance: {
    model: 'tissue 1.0.0',
    start_date: '2026-11-20T10:00:00.000Z',
    end_date: '2026-11-20T10:05:00.000Z',
    params: { level: 9, plan_sha256: 'ab' },
  },
};
const shape = (x: number) => ({
  coordinates: [
    [x, 0.1],
    [x, 7 / 3],
    [x + 5, 0.1],
    [x, 0.1],
  ] as [number, number][],
  length: 5.3,
  area: 5.5,
});

describe('createPromortClient', () => {
  it('enters a prediction with provenance, and that it has to be reviewed, in one request', async () => {
    const { double, client } = await start();
    expect(await client.importPrediction(prediction)).toEqual({ id: 1, isNew: true });
    expect(double.tables.predictions).toMatchObject([
      {
        label: 'tissue-7',
        slide: 'patient_001_A',
        type: 'TISSUE',
        review_required: true,
        provenance: prediction.provenance,
      },
    ]);
    expect(double.requests).toEqual(['POST /api/auth/login/ 200', 'POST /api/predictions/ 201']);
    await client.close();
    expect(double.requests.at(-1)).toBe('POST /api/auth/logout/ 204');
  });

  it.each(['patient_001_A', 'patient_002.mrxs'])(
    'finds the same prediction that is there already: %s',
    async (slide) => {
      const { double, client } = await start();
      await client.importPrediction({ ...prediction, slide });
      // Another time is not another result; the order of members says nothing.
      const again = {
        ...prediction,
        slide,
        provenance: {
          ...prediction.provenance,
          end_date: '2027-01-01T00:00:00Z',
          params: { plan_sha256: 'ab', level: 9 },
        },
      } as PromortPrediction;
      expect(await client.importPrediction(again)).toEqual({ id: 1, isNew: false });
      expect(double.tables.predictions).toHaveLength(1);
    },
  );

  it.each([
    ['another type', { type: 'TUMOR' }, 'type'],
    ['another plan', { provenance: { ...prediction.provenance, params: { level: 8 } } }, 'provenance.params'],
    ['another review', { reviewRequired: false }, 'review_required'],
    ['an array in OMERO', { omeroId: 7 }, 'omero_id'],
    ['another slide', { slide: 'patient_002.mrxs' }, 'slide'],
  ])('tells a conflict with %s, and changes nothing', async (_, change, name) => {
    const { double, client } = await start();
    await client.importPrediction(prediction);
    const error = await client
      .importPrediction({ ...prediction, ...change } as PromortPrediction)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'DH_PLATFORM_CONFLICT', message: expect.stringContaining(name) });
    expect(double.tables.predictions).toHaveLength(1);
  });

  it('enters nothing twice where an answer gets lost', async () => {
    const { double, client } = await start();
    double.loseAnswers('POST /api/predictions/', 1);
    expect(await client.importPrediction(prediction)).toEqual({ id: 1, isNew: false });
    double.loseAnswers('POST /api/tissue_fragments_collections/', 1);
    double.loseAnswers('POST /api/tissue_fragments_collections/1/fragments/', 2);
    expect(await client.importTissueFragments(1, [shape(0), shape(10), shape(20)])).toEqual({
      collectionId: 1,
      added: 3,
    });
    expect(
      [double.tables.predictions, double.tables.collections, double.tables.fragments].map((rows) => rows.length),
    ).toEqual([1, 1, 3]);
  });

  it('completes a collection that was begun, and adds nothing to one that is complete', async () => {
    const { double, client } = await start();
    await client.importPrediction(prediction);
    await client.importTissueFragments(1, [shape(0)]);
    expect(await client.importTissueFragments(1, [shape(0), shape(10)])).toEqual({ collectionId: 1, added: 1 });
    expect(await client.importTissueFragments(1, [shape(0), shape(10)])).toEqual({ collectionId: 1, added: 0 });
    expect(double.tables.fragments.map(({ shape_json }) => JSON.parse(String(shape_json)))).toEqual([
      shape(0),
      shape(10),
    ]);
    await expect(client.importTissueFragments(1, [shape(10)])).rejects.toMatchObject({ code: 'DH_PLATFORM_CONFLICT' });
  });

  it('logs in once more when the session has run out', async () => {
    const { double, client } = await start();
    await client.importPrediction(prediction);
    double.endSessions();
    expect(await client.importPrediction({ ...prediction, label: 'tissue-8' })).toEqual({ id: 2, isNew: true });
  });

  it('says that user or password was not accepted, and repeats neither', async () => {
    const { client } = await start({ password: 'wrong battery' });
    const error = (await client.importPrediction(prediction).catch((e: unknown) => e)) as Error;
    expect(error).toMatchObject({ code: 'DH_PLATFORM_UNAUTHENTICATED' });
    expect(error.message).not.toContain('battery');
  });

  it('says what the platform objected to', async () => {
    const { client } = await start();
    await expect(client.importPrediction({ ...prediction, slide: 'unknown' })).rejects.toMatchObject({
      code: 'DH_PLATFORM_REFUSED',
      message: expect.stringContaining('object does not exist'),
    });
  });

  it('sends nothing that the tables of the platform do not hold', async () => {
    const { double, client } = await start();
    for (const change of [{ label: 'x'.repeat(101) }, { slide: 'x'.repeat(26) }, { label: '' }, { type: 'OTHER' }]) {
      const sent = client.importPrediction({ ...prediction, ...change } as PromortPrediction);
      await expect(sent).rejects.toMatchObject({ code: 'DH_REQUEST_MALFORMED' });
    }
    expect(double.requests).toEqual([]);
  });

  it('says that the platform is away', async () => {
    const { double, client } = await start();
    await double.close();
    await expect(client.importPrediction(prediction)).rejects.toMatchObject({ code: 'DH_PLATFORM_UNREACHABLE' });
  });
});

describe('registerOmeroDataset', () => {
  it('makes an array known, and finds it known', async () => {
    const { double } = await start();
    const registration = { baseUrl: `${double.url}ome_seadragon`, dataset: 'a-1.zip', extractArchive: true };
    expect(await registerOmeroDataset(registration)).toEqual({ omeroId: 100, label: 'a-1.zip', isNew: true });
    expect(await registerOmeroDataset(registration)).toEqual({ omeroId: 100, label: 'a-1.zip', isNew: false });
    expect(double.requests[0]).toContain('dataset_label=a-1.zip&keep_archive=true&extract_archive=true');
    await expect(registerOmeroDataset({ ...registration, dataset: '../x' })).rejects.toMatchObject({
      code: 'DH_PLATFORM_REFUSED',
      message: expect.stringContaining('Invalid dataset name'),
    });
  });
});

describe('the double', () => {
  it('fails to require a review, as the platform does, and refuses a wrong CSRF token', async () => {
    const { double } = await start();
    const login = await fetch(`${double.url}api/auth/login/`, {
      method: 'POST',
      body: JSON.stringify({ username: 'importer', password: PASSWORD }),
    });
    const cookies = login.headers.getSetCookie().map((line) => line.split(';')[0] as string);
    const csrf = cookies.find((one) => one.startsWith('csrftoken'))?.split('=')[1] as string;
    const send = (token: string) =>
      fetch(`${double.url}api/predictions/1/require_review/`, {
        method: 'PUT',
        headers: { cookie: cookies.join('; '), 'x-csrftoken': token },
      });
    expect([(await send(csrf)).status, (await send('other')).status]).toEqual([500, 403]);
  });
});

import { describe, expect, it } from 'vitest';
import { CHAIN, PROCESS, servedFaces } from './served-faces.js';

const EXECUTION = `/ogc/processes/${PROCESS}/execution`;
const EXCEPTION = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0';
const PNG = { value: Buffer.from('png').toString('base64'), mediaType: 'image/png', encoding: 'base64' };

async function oneJob(
  document: object = { inputs: { studies: [PNG] } },
  options: Parameters<typeof servedFaces>[0] = {},
) {
  const faces = await servedFaces(options);
  const { body, status } = await faces.json('POST', EXECUTION, document);
  expect(status).toBe(201);
  const id: string = body.jobID;
  return { ...faces, id, get: (path = '') => faces.json('GET', `/ogc/jobs/${id}${path}`) };
}

describe('OGC API - Processes', () => {
  it('leads from its landing page to everything else', async () => {
    const { json, server } = await servedFaces();
    const { body } = await json('GET', '/ogc');
    for (const { href, rel, type } of body.links) {
      const answer = await json('GET', href.slice(server.url.length));
      expect([answer.status, answer.headers.get('content-type')?.split(';')[0]], rel).toEqual([
        200,
        type.split(';')[0],
      ]);
    }
    expect((await json('GET', '/ogc/conformance')).body.conformsTo).toContain(
      'http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list',
    );
    expect((await json('GET', '/ogc/api')).body).toMatchObject({
      openapi: '3.0.3',
      servers: [{ url: `${server.url}/ogc` }],
    });
  });

  it('describes chains as processes, by their ids without slashes or percent-encoded', async () => {
    const { json } = await servedFaces();
    const { processes } = (await json('GET', '/ogc/processes')).body;
    expect(processes.map(({ id }: { id: string }) => id)).toEqual([PROCESS, 'xray-findings.1.2.0.hand']);
    const { status, body } = await json('GET', `/ogc/processes/${PROCESS}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ id: PROCESS, version: '1.2.0', title: 'Findings in chest X-rays' },
      ...{ jobControlOptions: ['async-execute', 'dismiss'], outputTransmission: ['reference'] },
    });
    expect(Object.keys(body.inputs)).toEqual(['studies', 'highlight', 'frame']);
    expect((await json('GET', `/ogc/processes/${encodeURIComponent(CHAIN)}`)).body).toEqual(body);
    const missing = await json('GET', '/ogc/processes/none');
    expect([missing.status, missing.body.type]).toEqual([404, `${EXCEPTION}/no-such-process`]);
    expect(missing.headers.get('content-type')).toContain('application/problem+json');
  });

  it('begins a job and never waits for it, whether it is asked to or not', async () => {
    const { json, server } = await servedFaces();
    const preferred = await json(
      'POST',
      EXECUTION,
      { inputs: { studies: [PNG] } },
      { prefer: 'wait=5, respond-async' },
    );
    const plain = await json('POST', EXECUTION, { inputs: { studies: PNG } });
    expect([preferred, plain].map(({ status }) => status)).toEqual([201, 201]);
    expect(preferred.headers.get('preference-applied')).toBe('respond-async');
    expect(plain.headers.get('preference-applied')).toBeNull();
    const { jobID } = preferred.body;
    expect(preferred.headers.get('location')).toBe(`${server.url}/ogc/jobs/${jobID}`);
    expect(preferred.body).toMatchObject({
      ...{ id: jobID, processID: PROCESS, type: 'process', processingEntityType: 'ogc-api-processes' },
      ...{ status: 'accepted', progress: 0 },
    });
  });

  it('takes values in base64 and as JSON, links below roots, and parameters', async () => {
    const { json, double } = await servedFaces({ roots: [{ name: 'archive', folder: '/srv/archive' }] });
    const studies = [
      PNG,
      { href: 'root:archive/one.dcm', type: 'application/dicom' },
      { href: 'file:///srv/archive/s/' },
    ];
    const { status } = await json('POST', EXECUTION, { inputs: { studies, highlight: { value: false }, frame: 2 } });
    expect(status).toBe(201);
    const [request] = double.submitted;
    expect(request).toMatchObject({
      ...{ face: 'ogc', chain: CHAIN, parameters: { highlight: false, frame: 2 } },
      inputs: [
        { kind: 'attachment', path: 'study-000001.png' },
        { kind: 'root', root: 'archive', path: 'one.dcm' },
        { kind: 'root', root: 'archive', path: 's' },
      ],
    });
    expect(String(double.uploads[0]?.files.get('study-000001.png'))).toBe('png');
  });

  it('tells states, progress and times', async () => {
    const { id, get, double } = await oneJob();
    const expected = {
      ...{
        QUEUED: 'accepted',
        INITIALIZING: 'accepted',
        RUNNING: 'running',
        PAUSED: 'running',
        COMPLETE: 'successful',
      },
      ...{ EXECUTOR_ERROR: 'failed', SYSTEM_ERROR: 'failed', PREEMPTED: 'failed' },
      ...{ CANCELING: 'dismissed', CANCELED: 'dismissed' },
    } as const;
    for (const [state, status] of Object.entries(expected)) {
      double.change(id, { state: state as keyof typeof expected, progress: 41.7 });
      const { body } = await get();
      expect([body.status, body.progress], state).toEqual([status, 41]);
      const { type } = body.links.at(-1);
      expect(type).toBe(status === 'failed' ? 'application/problem+json' : 'application/json');
    }
  });

  it('links to results when there are some, and says why when there are none', async () => {
    const { id, get, double, json, server } = await oneJob();
    const early = await get('/results');
    expect([early.status, early.body.type]).toEqual([404, `${EXCEPTION}/result-not-ready`]);
    double.complete(id, {
      'scores.csv': { mediaType: 'text/csv', content: 'item\n' },
      'results.ndjson': { mediaType: 'application/x-ndjson', content: '{}\n' },
      'files/item-000001/mask.nii.gz': { mediaType: 'application/x-nifti', content: 'mask' },
    });
    const { body } = await get('/results');
    expect(Object.keys(body)).toEqual(['scores', 'results', 'files']);
    expect(body.files).toHaveLength(1);
    expect((await json('GET', body.scores.href.slice(server.url.length))).text).toBe('item\n');
    double.change(id, {
      state: 'SYSTEM_ERROR',
      failure: { code: 'DH_CHAIN_INPUT_CHANGED', message: 'Study 1 changed.' },
    });
    const failed = await get('/results');
    expect([failed.status, failed.body.code, failed.body.detail]).toEqual([
      ...[409, 'DH_CHAIN_INPUT_CHANGED', 'Study 1 changed.'],
    ]);
    expect((await get()).body.exception).toMatchObject({ status: 409, code: 'DH_CHAIN_INPUT_CHANGED' });
    double.change(id, { state: 'CANCELED' });
    const dismissed = await get('/results');
    expect([dismissed.status, dismissed.body.type]).toEqual([404, `${EXCEPTION}/result-not-available`]);
  });

  it('hands out the outputs that were asked for, and no others', async () => {
    const { id, get, double } = await oneJob({ inputs: { studies: [PNG] }, outputs: { scores: {} } });
    double.complete(id, {
      'scores.csv': { mediaType: 'text/csv', content: 'item\n' },
      'report.html': { mediaType: 'text/html', content: '' },
    });
    expect(Object.keys((await get('/results')).body)).toEqual(['scores']);
  });

  it('dismisses a job; one that has ended stays as it is', async () => {
    const { id, json, get, double } = await oneJob();
    const dismissed = await json('DELETE', `/ogc/jobs/${id}`);
    expect([dismissed.status, dismissed.body.status]).toEqual([200, 'dismissed']);
    double.change(id, { state: 'COMPLETE' });
    expect((await json('DELETE', `/ogc/jobs/${id}`)).body.status).toBe('successful');
    expect((await get()).body.status).toBe('successful');
  });

  it('lists jobs by their status, process, time and duration, in pages', async () => {
    let day = 0;
    const { json, double } = await servedFaces({}, { now: () => new Date(Date.UTC(2026, 2, 1 + day)) });
    const ids: string[] = [];
    for (const process of ['chest', 'hand', 'chest', 'chest', 'hand', 'chest']) {
      day += 1;
      const path = `/ogc/processes/xray-findings.1.2.0.${process}/execution`;
      ids.unshift((await json('POST', path, { inputs: { studies: [PNG] } })).body.jobID);
    }
    double.change(ids[0] as string, {
      state: 'RUNNING',
      startedAt: '2026-03-07T00:00:00Z',
      endedAt: '2026-03-07T00:01:00Z',
    });
    double.change(ids[3] as string, { state: 'COMPLETE' });
    const wanted = async (query: string) => {
      const { status, body, text } = await json('GET', `/ogc/jobs?${query}`);
      expect(status, text).toBe(200);
      return body.jobs.map(({ jobID }: { jobID: string }) => ids.indexOf(jobID));
    };
    expect(await wanted('')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await wanted('status=running,successful')).toEqual([0, 3]);
    expect(await wanted('status=running&status=successful&type=process')).toEqual([0, 3]);
    expect(await wanted('processID=xray-findings.1.2.0.hand')).toEqual([1, 4]);
    expect(await wanted('datetime=2026-03-03T00:00:00Z/2026-03-05T00:00:00Z')).toEqual([2, 3, 4]);
    expect(await wanted('datetime=../2026-03-03T00:00:00Z')).toEqual([4, 5]);
    expect(await wanted('datetime=2026-03-07T00:00:00%2B00:00/..')).toEqual([0]);
    expect(await wanted('datetime=2026-03-05T00:00:00Z')).toEqual([2]);
    expect(await wanted('minDuration=60&maxDuration=60')).toEqual([0]);
    expect(await wanted('minDuration=61')).toEqual([]);
    const seen: string[] = [];
    let path: string | undefined = '/ogc/jobs?limit=1&processID=xray-findings.1.2.0.hand';
    while (path !== undefined) {
      const { body } = await json('GET', path);
      expect(body.jobs.length).toBeLessThanOrEqual(1);
      seen.push(...body.jobs.map(({ jobID }: { jobID: string }) => jobID));
      const next = body.links.find(({ rel }: { rel: string }) => rel === 'next');
      path = next === undefined ? undefined : new URL(next.href).pathname + new URL(next.href).search;
    }
    expect(seen).toEqual([ids[1], ids[4]]);
  });

  it('refuses queries that the standard does not know, as it says', async () => {
    const { json } = await servedFaces();
    const queries = [
      ...['limit=0', 'limit=1001', 'limit=x', 'status=done', 'type=job', 'datetime=2026', 'datetime=../..'],
      ...['datetime=a/b/c', 'minDuration=-1', 'maxDuration=1&maxDuration=2', 'page_token=none', 'bbox=1'],
      'datetime=2026-13-45T00:00:00Z',
    ];
    for (const query of queries) {
      const { status, body } = await json('GET', `/ogc/jobs?${query}`);
      expect([status, body.type], query).toEqual([400, `${EXCEPTION}/invalid-query-parameter-value`]);
    }
  });

  it('shows runs of the other face', async () => {
    const { double, json, id } = await oneJob();
    expect((await json('GET', `/ga4gh/wes/v1/runs/${id}`)).body.request).toMatchObject({
      ...{ workflow_type: 'CWL', workflow_type_version: 'v1.2', workflow_url: CHAIN },
    });
    double.change(id, { face: 'wes' });
    expect((await json('GET', '/ogc/jobs')).body.jobs).toHaveLength(1);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { attachment, CHAIN, file, runParts, servedFaces } from './served-faces.js';

const RUNS = '/ga4gh/wes/v1/runs';
const SHA1 = `sha1$${createHash('sha1').update('DICM').digest('hex')}`;
const STATES = [
  ...['QUEUED', 'INITIALIZING', 'RUNNING', 'PAUSED', 'COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR'],
  ...['CANCELED', 'CANCELING', 'PREEMPTED'],
] as const;

async function oneRun(options: Parameters<typeof servedFaces>[0] = {}) {
  const faces = await servedFaces(options);
  const { body } = await faces.form([...runParts({ studies: [file('a.dcm')] }), attachment('a.dcm')]);
  const id: string = body.run_id;
  return { ...faces, id, get: (path = '') => faces.json('GET', `${RUNS}/${id}${path}`) };
}

describe('WES 1.1', () => {
  it('says what it is, what it runs, and how many runs the tenant has in each state', async () => {
    const { json } = await oneRun({ roots: [{ name: 'archive', folder: '/srv/archive' }] });
    const { status, body } = await json('GET', '/ga4gh/wes/v1/service-info');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      type: { group: 'org.ga4gh', artifact: 'wes', version: '1.1.0' },
      workflow_type_versions: { CWL: { workflow_type_version: ['v1.2'] } },
      supported_filesystem_protocols: ['file'],
      system_state_counts: { QUEUED: 1, RUNNING: 0 },
      tags: { chains: `${CHAIN} xray-findings/1.2.0/hand`, roots: 'archive' },
    });
    expect(body.organization.url).toMatch(/^http:/);
    expect(JSON.stringify(body)).not.toContain('/srv');
  });

  it('takes attachments, folders of them, checksums, parameters and tags', async () => {
    const { form, double } = await servedFaces();
    const params = {
      studies: [file('a.dcm', { checksum: SHA1 }), { class: 'Directory', path: 'series one/' }, file('b%20c.dcm')],
      highlight: false,
    };
    const answer = await form([
      attachment('a.dcm'),
      attachment('series one/1.dcm', 'one'),
      attachment('series one/2.dcm', 'two'),
      ...runParts(params, { tags: '{"ward": "3"}', workflow_engine: 'deephealth', workflow_engine_version: '0.1.0' }),
      attachment('b c.dcm'),
    ]);
    expect(answer.body).toEqual({ run_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(answer.status).toBe(200);
    expect(double.submitted[0]).toMatchObject({
      ...{ tenant: 'local', face: 'wes', chain: CHAIN, parameters: { highlight: false } },
      inputs: [
        { kind: 'attachment', path: 'a.dcm', checksum: SHA1 },
        { kind: 'attachment', path: 'series one' },
        { kind: 'attachment', path: 'b c.dcm' },
      ],
    });
    const [upload] = double.uploads;
    expect(upload?.fate).toBe('taken');
    expect([...(upload?.files ?? [])].map(([name, content]) => [name, `${content}`])).toEqual([
      ['a.dcm', 'DICM'],
      ['series one/1.dcm', 'one'],
      ['series one/2.dcm', 'two'],
      ['b c.dcm', 'DICM'],
    ]);
  });

  it('takes a file that is larger than any buffer, as it comes', async () => {
    const { form, double } = await servedFaces();
    const content = Buffer.alloc(24 * 2 ** 20, 'slide');
    const answer = await form([attachment('s.dcm', content), ...runParts({ studies: [file('s.dcm')] })]);
    expect(answer.status).toBe(200);
    expect(double.uploads[0]?.files.get('s.dcm')?.equals(content)).toBe(true);
  });

  it('takes many small files, in their order', async () => {
    const { form, double } = await servedFaces();
    const names = Array.from({ length: 300 }, (_, index) => `series/${index}.dcm`);
    const answer = await form([
      ...names.map((name) => attachment(name, name)),
      ...runParts({ studies: [{ class: 'Directory', location: 'series' }] }),
    ]);
    expect(answer.status).toBe(200);
    expect(double.uploads[0]?.names).toEqual(names);
  });

  it('keeps no name of a file that was sent', async () => {
    const { form, json } = await servedFaces();
    const { body } = await form([
      ...runParts({ studies: [file('DUPONT_Jean.dcm', { checksum: SHA1 })] }),
      attachment('DUPONT_Jean.dcm'),
    ]);
    const log = await json('GET', `${RUNS}/${body.run_id}`);
    expect(log.text).not.toContain('DUPONT');
    expect(log.body.request).toEqual({
      workflow_params: { studies: [file('study-000001', { checksum: SHA1 })] },
      ...{ workflow_type: 'CWL', workflow_type_version: 'v1.2', workflow_url: CHAIN, tags: {} },
    });
  });

  it('takes inputs below the roots of the tenant, as file: and as root:', async () => {
    const { form, double } = await servedFaces({ roots: [{ name: 'archive', folder: '/srv/archive' }] });
    const studies = [
      file('root:archive/2026/one.dcm'),
      file('file:///srv/archive/2026/two%20b.dcm'),
      { class: 'Directory', path: 'root:archive/2026/series/' },
    ];
    expect((await form(runParts({ studies }))).status).toBe(200);
    expect(double.submitted[0]?.inputs).toEqual([
      { kind: 'root', root: 'archive', path: '2026/one.dcm' },
      { kind: 'root', root: 'archive', path: '2026/two b.dcm' },
      { kind: 'root', root: 'archive', path: '2026/series' },
    ]);
    expect(double.uploads).toEqual([]);
  });

  it('takes fields with a file name, and a plain form, as clients that know no better send them', async () => {
    const { form, send } = await servedFaces({ roots: [{ name: 'archive', folder: '/srv/archive' }] });
    const fields = runParts({ studies: [file('root:archive/one.dcm')] });
    expect((await form(fields.map((part) => ({ ...part, fileName: part.name })))).status).toBe(200);
    const plain = new URLSearchParams(fields.map(({ name, content }) => [name, String(content)]));
    expect((await send('POST', RUNS, { body: plain })).status).toBe(200);
  });

  it('finds a chain by its id and by the address of its CWL, with #main or without', async () => {
    const { form, server, double } = await servedFaces({ roots: [{ name: 'archive', folder: '/srv/archive' }] });
    const cwl = `/chains/${CHAIN}/workflow.cwl`;
    const urls = [CHAIN, `${CHAIN}#main`, cwl, `${cwl}#main`, `${server.url}${cwl}`, `${server.url}${cwl}#main`];
    for (const url of urls) {
      const answer = await form(runParts({ studies: [file('root:archive/one.dcm')] }, { workflow_url: url }));
      expect(answer.status, url).toBe(200);
    }
    expect(double.submitted.map(({ chain }) => chain)).toEqual(urls.map(() => CHAIN));
    const served = await fetch(`${server.url}${cwl}`);
    expect(JSON.parse(await served.text())).toMatchObject({ cwlVersion: 'v1.2' });
  });

  it('gives the same run for the same idempotency key, and refuses another request with it', async () => {
    const { form, double } = await servedFaces();
    const send = (content: string) =>
      form([...runParts({ studies: [file('a.dcm')] }), attachment('a.dcm', content)], { 'idempotency-key': 'k-1' });
    const [first, second, other] = [await send('one'), await send('one'), await send('other')];
    expect(second.body).toEqual(first.body);
    expect(double.runs).toHaveLength(1);
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ status_code: 409, code: 'DH_RUN_CONFLICT' });
    expect(double.uploads.map(({ fate }) => fate)).toEqual(['taken', 'discarded', 'discarded']);
  });

  it('tells each of its states, and the failure where there is one', async () => {
    const { id, get, double } = await oneRun();
    for (const state of STATES) {
      const failure = { code: 'DH_CHUNK_FAILED', message: 'A task failed.' };
      double.change(id, { state, ...(state === 'EXECUTOR_ERROR' ? { failure } : {}) });
      expect((await get('/status')).body).toEqual({ run_id: id, state });
      expect((await get()).body.state).toBe(state);
    }
    double.change(id, { startedAt: '2026-03-01T12:00:00.123Z', endedAt: '2026-03-01T12:00:07.9Z', progress: 40 });
    const { run_log } = (await get()).body;
    expect(run_log).toMatchObject({ start_time: '2026-03-01T12:00:00Z', end_time: '2026-03-01T12:00:07Z' });
    expect(run_log.system_logs).toEqual(['backend: double', 'progress: 40 %', 'DH_CHUNK_FAILED: A task failed.']);
  });

  it('lists runs in pages, newest first, without a gap', async () => {
    const { form, json } = await servedFaces({ roots: [{ name: 'archive', folder: '/srv/archive' }] });
    const ids: string[] = [];
    for (const tag of ['a', 'b', 'c', 'd', 'e']) {
      const parts = runParts({ studies: [file('root:archive/one.dcm')] }, { tags: JSON.stringify({ tag }) });
      ids.unshift((await form(parts)).body.run_id);
    }
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await json('GET', `${RUNS}?page_size=2&page_token=${encodeURIComponent(token)}`);
      expect(body.runs.length).toBeLessThanOrEqual(2);
      seen.push(...body.runs.map((run: { run_id: string }) => run.run_id));
      token = body.next_page_token;
    } while (token !== '');
    expect(seen).toEqual(ids);
    expect((await json('GET', RUNS)).body.runs[0]).toEqual({ run_id: ids[0], state: 'QUEUED', tags: { tag: 'e' } });
    for (const query of [
      'page_size=0',
      'page_size=1001',
      'page_size=x',
      'page_size=1&page_size=2',
      'page_token=none',
    ]) {
      const { status, body } = await json('GET', `${RUNS}?${query}`);
      expect([status, body.status_code, body.code], query).toEqual([400, 400, 'DH_CHAIN_REQUEST_INVALID']);
    }
  });

  it('lists tasks in pages, with their logs as addresses', async () => {
    const { id, get, json, double, server } = await oneRun();
    const tasks = Array.from({ length: 230 }, (_, index) => ({
      ...{ name: `chunk-${String(index).padStart(5, '0')}`, state: 'COMPLETE' as const, attempts: 1, exitCode: 0 },
    }));
    double.change(id, { tasks });
    double.setTaskLog(id, 'chunk-00007', 'seven\n');
    expect((await get()).body.task_logs).toBeNull();
    const names: string[] = [];
    let token = '';
    do {
      const { body } = await get(`/tasks?page_size=100&page_token=${token}`);
      expect(body.task_logs.length).toBeLessThanOrEqual(100);
      names.push(...body.task_logs.map((task: { id: string }) => task.id));
      token = body.next_page_token;
    } while (token !== '');
    expect(names).toEqual(tasks.map(({ name }) => name));
    const task = (await get('/tasks/chunk-00007')).body;
    expect(task).toMatchObject({ id: 'chunk-00007', exit_code: 0, system_logs: ['state: COMPLETE', 'attempts: 1'] });
    expect((await json('GET', task.stderr.slice(server.url.length))).text).toBe('seven\n');
    expect((await json('GET', task.stdout.slice(server.url.length))).text).toBe('');
    for (const path of ['/tasks/chunk-99999', '/tasks/chunk-00007/secrets', '/tasks/chunk-99999/stderr']) {
      expect((await get(path)).status, path).toBe(404);
    }
    double.change(id, { tasks: tasks.slice(0, 3) });
    expect((await get()).body.task_logs).toHaveLength(3);
  });

  it('hands out artefacts with their digest, and not again to whoever has them', async () => {
    const { id, get, send, double, server } = await oneRun();
    double.complete(id, {
      'scores.csv': { mediaType: 'text/csv', content: 'item,score\n' },
      'files/item-000001/mask.nii.gz': { mediaType: 'application/x-nifti', content: 'mask' },
      'report.html': { mediaType: 'text/html', content: '<script>1</script>' },
    });
    const { outputs } = (await get()).body;
    expect(outputs.results.listing.map((one: { basename: string }) => one.basename)).toEqual([
      ...['scores.csv', 'files/item-000001/mask.nii.gz', 'report.html'],
    ]);
    const sha256 = createHash('sha256').update('mask').digest();
    const [, mask] = outputs.results.listing;
    expect(mask).toMatchObject({ class: 'File', size: 4, checksum: `sha256$${sha256.toString('hex')}` });
    const path = mask.location.slice(server.url.length);
    const answer = await send('GET', path);
    expect(answer.text).toBe('mask');
    const etag = `"sha256-${sha256.toString('hex')}"`;
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag,
      'repr-digest': `sha-256=:${sha256.toString('base64')}:`,
      'content-type': 'application/x-nifti',
      'content-disposition': 'attachment; filename="mask.nii.gz"',
    });
    expect((await send('GET', path, { headers: { 'if-none-match': `"x", W/${etag}` } })).status).toBe(304);
    const head = await send('HEAD', path);
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '4', '']);
    expect((await get('/artefacts/report.html')).headers.get('content-security-policy')).toContain('sandbox');
    for (const other of ['none.csv', 'files', 'files/item-000001', '..%2fscores.csv', '']) {
      expect((await get(`/artefacts/${other}`)).status, other).toBe(404);
    }
    double.change(id, { state: 'RUNNING' });
    const early = await get('/artefacts/scores.csv');
    expect([early.status, early.body.code]).toEqual([400, 'DH_RUN_NOT_COMPLETE']);
  });

  it('cancels a run, and an ended one without changing it', async () => {
    const { id, get, json, double } = await oneRun();
    expect((await json('POST', `${RUNS}/${id}/cancel`)).body).toEqual({ run_id: id });
    expect((await get('/status')).body.state).toBe('CANCELING');
    double.change(id, { state: 'COMPLETE' });
    expect((await json('POST', `${RUNS}/${id}/cancel`)).status).toBe(200);
    expect((await get('/status')).body.state).toBe('COMPLETE');
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveAnswer, ModelAnswer, ModelsAnswer, Prediction } from '@deephealth/console';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { api, as, errorOf, example, gated, HEART, MOST_BYTES, open, PATIENT, useConsoles } from './served-consoles.js';

useConsoles();

describe('models', () => {
  it('are listed with their state, and only those that the caller may see', async () => {
    const { models } = (await api(gated, 'models', as('admin'))).json as ModelsAnswer;
    expect(models.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      'heart-disease-risk READY',
      'image READY',
      'vector READY',
    ]);
    const few = (await api(gated, 'models', as('heart'))).json as ModelsAnswer;
    expect(few.models.map(({ name }) => name)).toEqual(['heart-disease-risk']);
    for (const path of ['models/vector/1.0.0', 'models/none/1.0.0', 'models/vector/1.0.0/examples/golden-1']) {
      const { status, json } = await api(gated, path, as('heart'));
      expect([status, errorOf(json).code]).toEqual([403, 'DH_PERMISSION_DENIED']);
    }
  });

  it('are described with card, bindings, checks and examples', async () => {
    const model = (await api(open, HEART)).json as ModelAnswer;
    expect(model.card).toMatch(/^# /);
    expect(model.platforms).toEqual(['cds-hooks', 'expressif', 'processing-chain']);
    expect(model.manifest).toMatchObject({ name: 'heart-disease-risk' });
    expect(model.descriptor).not.toHaveProperty('manifestJson');
    expect(model.goldenCases.count).toBe(7);
    expect(model.goldenCases.worstError).toBeLessThan(1);
    expect(model.checks.map(({ name, status }) => `${name} ${status}`)).toContain('golden PASSED');
    expect(model.examples).toHaveLength(7);
  });

  it.each([
    ['models/none/1.0.0', 404, 'DH_MODEL_NOT_FOUND'],
    ['models/vector/9.9.9', 404, 'DH_MODEL_VERSION_NOT_FOUND'],
    ['models/..%2f..%2fetc/1.0.0', 404, 'DH_MODEL_NOT_FOUND'],
    [`${HEART}/examples/golden-99`, 404, 'DH_CONSOLE_ITEM_NOT_FOUND'],
    [`${HEART}/examples/..%2f..%2fmodel.json`, 404, 'DH_CONSOLE_ITEM_NOT_FOUND'],
    [`${HEART}/examples/__proto__`, 404, 'DH_CONSOLE_ITEM_NOT_FOUND'],
    ['models/%E0%A4%A/1.0.0', 400, 'DH_REQUEST_MALFORMED'],
  ])('that there are not are not found: %s', async (path, status, code) => {
    const answer = await api(open, path);
    expect([answer.status, errorOf(answer.json).code]).toEqual([status, code]);
  });
});

describe('a prediction', () => {
  it('of an example of the package is answered with findings, provenance and limits', async () => {
    const key = gated.keys.clinician;
    const { status, json } = await api(gated, `${HEART}/predict`, {
      ...(await example(gated, 'heart-disease-risk/1.0.0', key)),
      key,
    });
    expect(status).toBe(200);
    const { findings, model, provenance, researchUseOnly, limits, timings, warnings } = json as Prediction;
    expect(findings).toMatchObject([
      { output: 'heart_disease', kind: 'classification', decision: 'significant-narrowing' },
    ]);
    expect(findings[0]?.classes?.map(({ probability }) => probability).sort()).toEqual([
      0.440701425075531, 0.559298574924469,
    ]);
    expect(model.name).toBe('heart-disease-risk');
    expect(provenance.inputSha256).toMatch(/^[0-9a-f]{64}$/);
    expect({ researchUseOnly, limits: limits.length }).toEqual({ researchUseOnly: true, limits: 4 });
    expect(warnings.map(({ code }) => code)).toContain('RESEARCH_USE_ONLY');
    expect(timings.totalMs).toBeGreaterThan(0);
    // Recorded as the caller's own, as if it had asked the contract.
    const { json: audit } = await api(gated, 'audit?kind=inference&limit=1', as('auditor'));
    expect((audit as { records: object[] }).records[0]).toMatchObject({
      caller: { subject: 'clinician', roles: ['clinician'], authentication: 'key' },
      model: 'heart-disease-risk',
    });
  });

  it('of an image is drawn over it', async () => {
    const body = Buffer.from(encode({ width: 2, height: 1, channels: 1, data: new Uint8Array([0, 255]) }));
    const { status, json } = await api(open, 'models/image/1.0.0/predict', {
      ...{ method: 'POST', body, headers: { 'content-type': 'image/png' } },
    });
    expect(status).toBe(200);
    expect((json as Prediction).findings[0]?.drawing).toMatchObject({ kind: 'overlay', widthPx: 2, heightPx: 1 });
  });

  const post = (body: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) => ({
    ...{ method: 'POST', body, headers },
  });
  it.each([
    ['no JSON', HEART, post('{'), 400, 'DH_REQUEST_MALFORMED'],
    ['nothing', HEART, post(''), 400, 'DH_REQUEST_MALFORMED'],
    ['a list', HEART, post('[]'), 400, 'DH_REQUEST_MALFORMED'],
    ['too few columns', HEART, post(JSON.stringify(PATIENT)), 400, 'DH_COLUMN_MISSING'],
    ['a name that is none', HEART, post('{}', { 'x-deephealth-file-name': '%E0%A4%A' }), 400, 'DH_REQUEST_MALFORMED'],
    [
      'no image',
      'models/image/1.0.0',
      post('GIF89a', { 'content-type': 'image/gif' }),
      415,
      'DH_MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'a record in several files',
      HEART,
      post('a 1 360', { 'x-deephealth-file-name': 'a.hea' }),
      415,
      'DH_MEDIA_TYPE_UNSUPPORTED',
    ],
    ['a frame that is none', `${HEART}/predict?frame=-1`, post('{}'), 400, 'DH_REQUEST_MALFORMED'],
    ['too much', HEART, post(Buffer.alloc(MOST_BYTES + 1)), 413, 'DH_MESSAGE_TOO_LARGE'],
    ['an unknown model', 'models/none/1.0.0', post('{}'), 404, 'DH_MODEL_NOT_FOUND'],
  ])('of %s is refused', async (_, path, question, status, code) => {
    const answer = await api(open, path.includes('/predict') ? path : `${path}/predict`, question);
    expect([errorOf(answer.json).code, answer.status]).toEqual([code, status]);
  });

  it('of a model that the caller may not use is refused before its file is read', async () => {
    const { status, json } = await api(gated, 'models/vector/1.0.0/predict', { ...post('no JSON'), ...as('heart') });
    expect([status, errorOf(json).code]).toEqual([403, 'DH_PERMISSION_DENIED']);
  });
});

describe('the stop of a model', () => {
  it('is recorded as that of who asked, and ended by who may', async () => {
    const stop = (path: string, id: string, body: object) =>
      api(gated, path, { method: 'POST', body: JSON.stringify(body), ...as(id) });
    const stopped = await stop('models/vector/suspend', 'operator', { version: '1.0.0', reason: 'a test' });
    expect(stopped.status).toBe(200);
    expect((stopped.json as ModelsAnswer).models).toMatchObject([
      { name: 'vector', state: 'SUSPENDED', suspension: { reason: 'a test', by: 'operator' } },
    ]);
    expect((await stop('models/vector/resume', 'operator', { reason: 'may not' })).status).toBe(403);
    const released = await stop('models/vector/resume', 'safety-officer', { reason: 'it was a test' });
    expect((released.json as ModelsAnswer).models).toMatchObject([{ name: 'vector', state: 'READY' }]);
    const { json } = await api(gated, 'audit?kind=control&limit=2', as('auditor'));
    expect(
      (json as { records: { caller: { subject: string } }[] }).records.map(({ caller }) => caller.subject),
    ).toEqual(['safety-officer', 'operator']);
  });

  it.each(['{', '{}', '{"reason": 1}', '{"reason": "x", "version": 1}', '{"reason": "x", "more": 1}', '[]'])(
    'is refused for the body %s',
    async (body) => {
      const { status, json } = await api(gated, 'models/vector/suspend', { method: 'POST', body, ...as('operator') });
      expect([status, errorOf(json).code]).toEqual([400, 'DH_REQUEST_MALFORMED']);
    },
  );

  it("is nobody's on a server that asks nobody", async () => {
    for (const act of ['suspend', 'resume']) {
      const body = JSON.stringify({ reason: 'x' });
      const { status, json } = await api(open, `models/vector/${act}`, { method: 'POST', body });
      expect([status, errorOf(json).code]).toEqual([403, 'DH_PERMISSION_DENIED']);
    }
    const { models } = (await api(open, 'models')).json as ModelsAnswer;
    expect(models.find(({ name }) => name === 'vector')?.state).toBe('READY');
  });
});

describe('what runs', () => {
  it('is told in numbers, of the models that the caller may see', async () => {
    await api(open, `${HEART}/predict`, await example(open, 'heart-disease-risk/1.0.0'));
    const { models, process: own } = (await api(open, 'live')).json as LiveAnswer;
    const heart = models.find(({ name }) => name === 'heart-disease-risk');
    expect(heart).toMatchObject({ waiting: 0, running: 0, hosts: 1, restarts: 0 });
    expect(heart?.latencyMs.p50).toBeGreaterThan(0);
    expect(heart?.latencyMs.p99).toBeGreaterThanOrEqual(heart?.latencyMs.p50 as number);
    expect(own.rssBytes).toBeGreaterThan(1e7);
    const few = (await api(gated, 'live', as('heart'))).json as LiveAnswer;
    expect(few.models.map(({ name }) => name)).toEqual(['heart-disease-risk']);
  });
});

describe('the audit log', () => {
  type Page = {
    records: { seq: number; model?: string; caller?: { tenant: string } }[];
    next?: number;
    head: { seq: number };
  };
  const page = async (query: string, id = 'auditor') => (await api(gated, `audit?${query}`, as(id))).json as Page;

  it('is read page by page, newest first, each record once', async () => {
    const seqs: number[] = [];
    let before = '';
    for (;;) {
      const { records, next } = await page(`limit=5${before}`);
      seqs.push(...records.map(({ seq }) => seq));
      if (next === undefined) break;
      before = `&before=${next}`;
    }
    expect(seqs).toEqual([...seqs].sort((one, other) => other - one));
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(seqs.at(-1)).toBe(1);
  });

  it('shows a caller of a tenant its tenant, and one of some models those', async () => {
    const key = gated.keys['ward-a'];
    await api(gated, `${HEART}/predict`, { ...(await example(gated, 'heart-disease-risk/1.0.0', key)), key });
    const ofTenant = await page('limit=500', 'ward-a');
    expect(ofTenant.records.some(({ caller }) => caller?.tenant === 'ward-a')).toBe(true);
    expect(ofTenant.records.filter(({ caller }) => caller !== undefined && caller.tenant !== 'ward-a')).toEqual([]);
    const ofModels = await page('limit=500', 'heart');
    expect(ofModels.records.some(({ model }) => model === 'heart-disease-risk')).toBe(true);
    expect(ofModels.records.filter(({ model }) => model !== undefined && !model.startsWith('heart-'))).toEqual([]);
  });

  it.each(['limit=0', 'limit=501', 'limit=x', 'before=-1', `model=${'x'.repeat(201)}`])('refuses %s', async (query) => {
    const { status, json } = await api(gated, `audit?${query}`, as('auditor'));
    expect([status, errorOf(json).code]).toEqual([400, 'DH_REQUEST_MALFORMED']);
  });

  it('is verified on demand', async () => {
    const { json } = await api(gated, 'audit/verification', as('auditor'));
    expect(json).toMatchObject({ valid: true, checked: expect.any(Number) });
  });
});

describe('conformance reports', () => {
  it('are those of the state folder, shown in a sandbox', async () => {
    const place = join(open.folder, 'state', 'reports');
    const write = (id: string, files: Record<string, string>) => {
      mkdirSync(join(place, id), { recursive: true });
      for (const [name, content] of Object.entries(files)) writeFileSync(join(place, id, name), content);
    };
    const report = {
      ...{ verdict: 'conformant', counts: { pass: 7, fail: 1, skipped: 2 }, claim: { profiles: ['core'] } },
      target: { name: 'deephealth-runtime' },
    };
    write('core-1', { 'report.json': JSON.stringify(report), 'report.html': '<h1>report</h1>' });
    write('broken', { 'report.json': '{' });
    expect((await api(open, 'reports')).json).toEqual({
      reports: [
        {
          ...{ id: 'core-1', target: 'deephealth-runtime', profile: 'core', verdict: 'conformant' },
          ...{ passed: 7, failed: 1, cases: 10, at: expect.stringMatching(/^\d{4}-/) },
        },
      ],
    });
    const shown = await api(open, 'reports/core-1');
    expect(shown.text).toBe('<h1>report</h1>');
    expect(shown.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
    for (const id of ['..%2freports%2fcore-1', '..', '.hidden', 'core-1%2f..%2fcore-1']) {
      expect((await api(open, `reports/${id}`)).status).toBe(404);
    }
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveAnswer, ModelAnswer, ModelsAnswer, Prediction, SessionAnswer } from '@deephealth/console';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type ServedConsole, serveConsole, type WebQuestion } from './console-server.js';
import { removeTemporaryFolders } from './temporary-folder.js';

const API = '/console/api/v1';
const HEART = 'models/heart-disease-risk/1.0.0';
const MOST_BYTES = 1024 * 1024;
const PATIENT = {
  ...{ age: { value: 63, unit: 'a' }, sex: 'male', chest_pain_type: 'asymptomatic' },
};

/** Asks nobody who they are. */
let open: ServedConsole;
/** Asks everybody. */
let gated: ServedConsole;

beforeAll(async () => {
  open = await serveConsole({ isOpen: true, maxMessageBytes: MOST_BYTES });
  gated = await serveConsole({ maxMessageBytes: MOST_BYTES });
}, 120_000);
afterAll(async () => {
  await open?.stop();
  await gated?.stop();
  removeTemporaryFolders();
});

const api = (served: ServedConsole, path: string, question?: WebQuestion) =>
  ask(served.origin, `${API}/${path}`, question);
const as = (id: string): WebQuestion => ({ key: gated.keys[id] });
const errorOf = (json: unknown) => (json as { error: { code: string; message: string; retryable: boolean } }).error;

/** An example of a model as a caller gets it, ready to be sent. */
async function example(served: ServedConsole, model: string, key?: string) {
  const path = `models/${model}`;
  const { json } = await api(served, path, { ...(key !== undefined && { key }) });
  const [first] = (json as ModelAnswer).examples;
  const { headers, text } = await api(served, `${path}/examples/${first?.id}`, { ...(key !== undefined && { key }) });
  const sent = {
    'content-type': headers['content-type'] as string,
    'x-deephealth-file-name': headers['x-deephealth-file-name'] as string,
  };
  return { method: 'POST', body: text, headers: sent };
}

describe('the page', () => {
  it.each(['/', '/console'])('is where %s leads', async (path) => {
    const { status, headers } = await ask(gated.origin, path);
    expect([status, headers.location]).toEqual([301, '/console/']);
  });

  it('needs no key, loads nothing of others and lies in no frame', async () => {
    const { status, headers, text } = await ask(gated.origin, '/console/');
    expect(status).toBe(200);
    expect(text).toMatch(/^<!doctype html>/i);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('is answered at its own places, and HEAD without a body', async () => {
    expect((await ask(gated.origin, '/console/models/heart-disease-risk')).status).toBe(200);
    const head = await ask(gated.origin, '/console/', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
  });

  it.each([
    '/console/..%2f..%2fpackage.json',
    '/console/../package.json',
    '/console/assets/..%2F..%2Fapi.js',
    '/console/%2e%2e/package.json',
    '/console/..%5c..%5cpackage.json',
    '/console//etc/passwd.txt',
    `${API}/nothing`,
  ])('is not left by %s', async (path) => {
    const { status, json } = await ask(gated.origin, path);
    expect([404, 400]).toContain(status);
    expect(errorOf(json).code).toMatch(/^DH_/);
  });

  it.each([
    ['POST', '/console/'],
    ['DELETE', `${API}/models`],
    ['PUT', `${API}/${HEART}/predict`],
    ['GET', `${API}/${HEART}/predict`],
  ])('has no other methods: %s %s', async (method, path) => {
    const { status, headers, json } = await ask(gated.origin, path, { method, ...as('admin') });
    expect(status).toBe(405);
    expect(headers.allow).toBeTruthy();
    expect(errorOf(json).code).toBe('DH_FEATURE_UNSUPPORTED');
  });
});

describe('the session', () => {
  it('of a server that asks nobody is one that reads and tries', async () => {
    const { json, headers } = await api(open, 'session');
    const { accessControl, caller, permissions, server, sources } = json as SessionAnswer;
    expect({ accessControl, caller, permissions }).toEqual({
      accessControl: false,
      permissions: ['models.read', 'predict', 'metrics.read', 'audit.read', 'feedback.read'],
    });
    expect(server.contractVersions).toContain('1.0');
    expect(sources.audit).toEqual({ available: true });
    expect(sources.rules).toMatchObject({ available: false, reason: expect.stringContaining('expressif') });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('of who shows no key says that one is asked for', async () => {
    const { accessControl, caller, permissions } = (await api(gated, 'session')).json as SessionAnswer;
    expect({ accessControl, caller, permissions }).toEqual({ accessControl: true, permissions: [] });
  });

  it('of a caller says who it is and what it may do', async () => {
    const session = (await api(gated, 'session', as('ward-a'))).json as SessionAnswer;
    expect(session.caller).toEqual({ subject: 'ward-a', roles: ['clinician', 'auditor'], tenant: 'ward-a' });
    expect([...session.permissions].sort()).toEqual(
      ['models.read', 'predict', 'metrics.read', 'audit.read', 'feedback.read'].sort(),
    );
  });

  it('is refused with a key that is wrong, and the refusal is recorded', async () => {
    const { status, headers, json } = await api(gated, 'session', { key: 'x'.repeat(43) });
    expect([status, errorOf(json).code]).toEqual([401, 'DH_UNAUTHENTICATED']);
    expect(headers['www-authenticate']).toBe('Bearer');
    const { json: audit } = await api(gated, 'audit?kind=access-denied', as('auditor'));
    expect((audit as { records: object[] }).records).toContainEqual(
      expect.objectContaining({ code: 'DH_UNAUTHENTICATED', action: `${API}/session` }),
    );
  });
});

/** Every route of the API that has a permission, with roles that have it and one that does not. */
const ROUTES = [
  { path: 'models', may: 'auditor', status: 200 },
  { path: HEART, may: 'auditor', status: 200 },
  { path: `${HEART}/examples/golden-1`, may: 'auditor', status: 200 },
  { path: `${HEART}/predict`, method: 'POST', may: 'clinician', mayNot: 'auditor', status: 400 },
  { path: 'live', may: 'operator', mayNot: 'clinician', status: 200 },
  { path: 'audit', may: 'auditor', mayNot: 'operator', status: 200 },
  { path: 'audit/verification', may: 'safety-officer', mayNot: 'clinician', status: 200 },
  { path: 'feedback', may: 'auditor', mayNot: 'clinician', status: 501 },
  { path: 'reports', may: 'operator', status: 200 },
  { path: 'reports/none', may: 'operator', status: 404 },
  { path: 'rules', may: 'operator', status: 501 },
  { path: 'slides', may: 'operator', status: 501 },
  { path: 'jobs', may: 'operator', status: 501 },
  { path: 'ttmip', may: 'operator', status: 501 },
  { path: 'models/vector/suspend', method: 'POST', may: 'operator', mayNot: 'clinician', status: 400 },
  { path: 'models/vector/resume', method: 'POST', may: 'safety-officer', mayNot: 'operator', status: 400 },
];

describe('every route of the API', () => {
  it.each(ROUTES)('$path asks who calls, and what they may', async ({ path, method = 'GET', may, mayNot, status }) => {
    const asked = { method, ...(method === 'POST' && { body: '' }) };
    const nobody = await api(gated, path, asked);
    expect([nobody.status, errorOf(nobody.json).code]).toEqual([401, 'DH_UNAUTHENTICATED']);
    expect((await api(gated, path, { ...asked, key: 'y'.repeat(43) })).status).toBe(401);
    if (mayNot !== undefined) {
      const denied = await api(gated, path, { ...asked, ...as(mayNot) });
      expect([denied.status, errorOf(denied.json).code]).toEqual([403, 'DH_PERMISSION_DENIED']);
    }
    const allowed = await api(gated, path, { ...asked, ...as(may) });
    expect(allowed.status).toBe(status);
    expect(allowed.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it.each(ROUTES)('$path is not for pages of others', async ({ path, method = 'GET', may }) => {
    const asked = { method, ...(method === 'POST' && { body: '' }), ...as(may) };
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const { status, headers: answered } = await api(gated, path, { ...asked, headers });
      expect(status).toBe(403);
      expect(answered).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('without access control is asked by a name of this machine only', async () => {
    const bent = await api(open, 'audit', { headers: { host: 'evil.example' } });
    expect([bent.status, errorOf(bent.json).code]).toEqual([403, 'DH_REQUEST_MALFORMED']);
    expect((await api(open, 'audit', { headers: { host: 'localhost:8080' } })).status).toBe(200);
  });

  it('answers HEAD as GET, without the body', async () => {
    const { status, text } = await api(gated, 'models', { method: 'HEAD', ...as('auditor') });
    expect([status, text]).toEqual([200, '']);
    expect((await api(gated, 'models', { method: 'HEAD' })).status).toBe(401);
  });
});

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

describe('a canary', () => {
  const CANARY = 'Canary-Mustermann-19500101';

  it('in a file, its name or a path comes back in no answer, and neither does a path of the server', async () => {
    const body = JSON.stringify({ ...PATIENT, sex: CANARY, chest_pain_type: CANARY });
    const named = (file: string, content: string | Buffer) => ({
      ...{ method: 'POST', body: content, headers: { 'x-deephealth-file-name': encodeURIComponent(file) } },
    });
    const questions: [string, WebQuestion][] = [
      [`${HEART}/predict`, named(`${CANARY}.json`, body)],
      [`${HEART}/predict`, named(`${CANARY}.json`, CANARY)],
      [`${HEART}/predict`, named(`${CANARY}.edf`, CANARY)],
      [`${HEART}/predict`, named(`${CANARY}.${CANARY}`, CANARY)],
      [`${HEART}/predict`, named(`/srv/${CANARY}/x.csv`, CANARY)],
      ['models/image/1.0.0/predict', named(`${CANARY}.png`, Buffer.from(`\x89PNG\r\n\x1a\n${CANARY}`, 'latin1'))],
      [`${HEART}/examples/${CANARY}`, {}],
      [`reports/${CANARY}`, {}],
      [`audit?before=${CANARY}`, {}],
      [`nothing/${CANARY}`, {}],
      ['models/vector/suspend', { method: 'POST', body: `{"${CANARY}": "${CANARY}", "reason": ""}` }],
    ];
    for (const [path, question] of questions) {
      const { status, text, headers } = await api(open, path, question);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(`${text}${JSON.stringify(headers)}`, path).not.toContain(CANARY);
      expect(text, path).not.toContain(open.folder);
      expect(text, path).not.toMatch(/(?:node_modules|\/tmp\/|\.ts\b|\bat \w+ \()/);
    }
    const { text } = await api(open, 'audit?limit=500');
    expect(text).not.toContain(CANARY);
  });
});

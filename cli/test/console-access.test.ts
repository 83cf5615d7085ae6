import type { SessionAnswer } from '@deephealth/console';
import { describe, expect, it } from 'vitest';
import { ask, type WebQuestion } from './console-server.js';
import { API, api, as, errorOf, gated, HEART, open, PATIENT, useConsoles } from './served-consoles.js';

useConsoles();

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

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attachment, file, multipart, PROCESS, runParts, sendRaw, servedFaces } from './served-faces.js';

const KEY = { hospital: 'the key of the hospital 0001', clinic: 'the-key-of-the-clinic-000002' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const RUNS = '/ga4gh/wes/v1/runs';
const STUDY = { value: Buffer.from('png').toString('base64'), mediaType: 'image/png' };

function keyFile(key: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'key'), `${key}\n`);
  return join(folder, 'key');
}

const twoTenants = () => [
  { name: 'clinic', keyFile: keyFile(KEY.clinic) },
  { name: 'other', keySha256: sha256('another-key-another-key-another') },
];

describe('startChainServer', () => {
  it('leaves loopback only with tenants, and where it is told to', async () => {
    const tenants = twoTenants();
    for (const options of [{}, { insecureBind: true }, { tenants }]) {
      await expect(servedFaces({ host: '0.0.0.0', ...options })).rejects.toMatchObject({
        code: 'DH_INSECURE_BIND_REFUSED',
      });
    }
    const { server } = await servedFaces({ host: '0.0.0.0', insecureBind: true, tenants });
    const { status } = await fetch(`http://127.0.0.1:${server.port}/healthz`);
    expect(status).toBe(200);
  });

  it('refuses tenants, roots and addresses that are none', async () => {
    const good = { name: 'a', keySha256: sha256('x') };
    const wrong = [
      { tenants: [] },
      { tenants: [{ name: 'a' }] },
      { tenants: [{ ...good, keyFile: 'x' }] },
      { tenants: [{ name: 'a b', keySha256: sha256('x') }] },
      { tenants: [{ name: 'a', keySha256: 'abc' }] },
      { tenants: [{ name: 'a', keyFile: '/nowhere/at/all' }] },
      { tenants: [{ name: 'a', keyFile: keyFile('short') }] },
      { tenants: [{ name: 'a', keyFile: keyFile(KEY.hospital) }] },
      { tenants: [good, { ...good, name: 'b' }] },
      { tenants: [good, { ...good, keySha256: sha256('y') }] },
      { roots: [{ name: '../x', folder: '/srv' }] },
      {
        roots: [
          { name: 'x', folder: '/srv' },
          { name: 'x', folder: '/tmp' },
        ],
      },
      { publicUrl: 'nowhere' },
      { publicUrl: 'ftp://x' },
      { callbackHosts: ['a/b'] },
    ];
    for (const options of wrong) {
      const failure = await servedFaces(options).catch((thrown) => thrown);
      expect(failure, JSON.stringify(options)).toMatchObject({ code: 'DH_CONFIG_INVALID' });
      expect(String(failure)).not.toMatch(/nowhere\/at|keys-|of the hospital/);
    }
  });

  it('lets nobody in without a key but to health and to how one gets in', async () => {
    const { json, server } = await servedFaces({ tenants: twoTenants() });
    for (const path of ['/healthz', '/auth-instructions']) expect((await json('GET', path)).status, path).toBe(200);
    const paths = [
      ...['/ga4gh/wes/v1/service-info', RUNS, `${RUNS}/x`, '/ogc', '/ogc/api', '/ogc/jobs', '/ogc/processes', '/none'],
      '/chains/xray-findings/1.2.0/chest/workflow.cwl',
    ];
    const wrong = [
      '',
      'Bearer',
      'Bearer x',
      `Basic ${KEY.clinic}`,
      `Bearer ${KEY.clinic}x`,
      `Bearer ${KEY.clinic} x`,
      KEY.clinic,
    ];
    for (const path of paths) {
      for (const authorization of wrong) {
        const answer = await json('GET', path, undefined, { authorization });
        expect([answer.status, answer.headers.get('www-authenticate')], `${path} ${authorization}`).toEqual([
          401,
          'Bearer',
        ]);
        expect(answer.text).not.toContain(KEY.clinic);
      }
    }
    expect((await json('GET', '/ogc/jobs', undefined, bearer(KEY.clinic))).status).toBe(200);
    expect((await json('POST', RUNS, undefined, {})).body).toMatchObject({ status_code: 401 });
    expect((await json('DELETE', '/ogc/jobs/x')).body).toMatchObject({ type: 'about:blank', status: 401 });
    expect(
      await sendRaw(
        server.port,
        `GET ${RUNS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \r\nConnection: close\r\n\r\n`,
      ),
    ).toContain(' 401 ');
  });

  it('shows no run to another tenant, on any route', async () => {
    const { json, send, double } = await servedFaces({ tenants: twoTenants() });
    const clinic = bearer(KEY.clinic);
    const other = bearer('another-key-another-key-another');
    const execution = `/ogc/processes/${PROCESS}/execution`;
    const { jobID } = (await json('POST', execution, { inputs: { studies: [STUDY] } }, clinic)).body;
    const tasks = [{ name: 'merge', state: 'COMPLETE' as const, attempts: 1 }];
    double.change(jobID, { tasks });
    double.complete(jobID, { 'scores.csv': { mediaType: 'text/csv', content: 'x' } });
    const routes = [
      ...['', '/status', '/tasks', '/tasks/merge', '/tasks/merge/stderr', '/artefacts/scores.csv'].map(
        (path) => ['GET', `${RUNS}/${jobID}${path}`] as const,
      ),
      ['GET', `/ogc/jobs/${jobID}`] as const,
      ['GET', `/ogc/jobs/${jobID}/results`] as const,
      ['POST', `${RUNS}/${jobID}/cancel`] as const,
      ['DELETE', `/ogc/jobs/${jobID}`] as const,
    ];
    for (const [method, path] of routes) {
      const theirs = await send(method, path, { headers: other });
      expect([theirs.status, theirs.body.code], path).toEqual([404, 'DH_RUN_NOT_FOUND']);
      const unknown = await send(method, path.replace(jobID, '0'.repeat(32)), { headers: other });
      expect(unknown.body, path).toEqual(theirs.body);
      expect((await send(method, path, { headers: clinic })).status, path).toBe(200);
    }
    expect((await json('GET', RUNS, undefined, other)).body.runs).toEqual([]);
    expect((await json('GET', '/ogc/jobs', undefined, other)).body.jobs).toEqual([]);
    expect((await json('GET', '/ga4gh/wes/v1/service-info', undefined, other)).body.system_state_counts.COMPLETE).toBe(
      0,
    );
  });

  it('opens a root only to its tenants, and says nothing of it to others', async () => {
    const roots = [{ name: 'archive', folder: '/srv/archive', tenants: ['clinic'] }];
    const { form, json } = await servedFaces({ tenants: twoTenants(), roots });
    const other = bearer('another-key-another-key-another');
    for (const location of ['root:archive/a.dcm', 'file:///srv/archive/a.dcm']) {
      expect((await form(runParts({ studies: [file(location)] }), bearer(KEY.clinic))).status).toBe(200);
      expect((await form(runParts({ studies: [file(location)] }), other)).status).toBe(400);
    }
    const info = await json('GET', '/ga4gh/wes/v1/service-info', undefined, other);
    expect(info.body.tags.roots).toBe('');
  });

  it('keeps every answer out of caches and pages, and pages of others out', async () => {
    const { json, server } = await servedFaces();
    for (const path of ['/healthz', '/ogc/jobs', `${RUNS}/x`, '/none', '/ogc/none']) {
      const { headers } = await json('GET', path);
      expect(Object.fromEntries(headers), path).toMatchObject({
        ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' },
      });
    }
    const ask = (headers: string) =>
      sendRaw(server.port, `GET /ogc/jobs HTTP/1.1\r\nConnection: close\r\n${headers}\r\n\r\n`);
    const own = `Host: 127.0.0.1:${server.port}`;
    expect(await ask(own)).toContain(' 200 ');
    for (const headers of [
      ...['Host: evil.example', `Host: evil.example:${server.port}`, 'Host: 127.0.0.1@evil.example', 'Host: '],
      ...[`${own}\r\nOrigin: http://evil.example`, `${own}\r\nSec-Fetch-Site: cross-site`, `${own}\r\nOrigin: null`],
    ]) {
      expect(await ask(headers), headers).toMatch(/ 40[03] /);
    }
  });

  it('says where it is reached in its links', async () => {
    const { json } = await servedFaces({ publicUrl: 'https://chains.hospital.example/deephealth/' });
    const { links } = (await json('GET', '/ogc')).body;
    for (const { href } of links) expect(href).toMatch(/^https:\/\/chains\.hospital\.example\/deephealth\/ogc/);
  });

  it('takes no request that two servers could read in two ways', async () => {
    const { server, double } = await servedFaces();
    const head = `POST /ogc/processes/${PROCESS}/execution HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\n`;
    const smuggled = 'GET /ogc/jobs HTTP/1.1\r\nHost: x\r\n\r\n';
    const requests = [
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}${smuggled}`,
      `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
      `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `${head}Content-Length: +4\r\n\r\n{}{}${smuggled}`,
      `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${smuggled}`,
      `${head}X: a\rb: c\r\nContent-Length: 0\r\n\r\n${smuggled}`,
      `GET /ogc/jobs HTTP/1.1\r\n\r\n`,
      `GET /ogc/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    ];
    for (const request of requests) {
      const answer = await sendRaw(server.port, request);
      expect(answer.match(/HTTP\/1\.1 /g), request.slice(0, 300)).toHaveLength(1);
      expect(answer, request.slice(0, 300)).toMatch(/^HTTP\/1\.1 4/);
    }
    expect(double.runs).toEqual([]);
  });

  it('says nothing of an address that it cannot read', async () => {
    const { server } = await servedFaces();
    for (const path of [
      '/ogc/jobs/DUPONT%',
      '/ogc/%E0%A4%A/DUPONT',
      `${RUNS}/DUPONT%ZZ`,
      `/ogc/jobs/${'DUPONT'.repeat(900)}`,
    ]) {
      const answer = await sendRaw(server.port, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      expect(answer, path).toMatch(/^HTTP\/1\.1 4/);
      expect(answer).not.toContain('DUPONT');
    }
  });

  it('lets no slow body hold a connection', async () => {
    const { server, double } = await servedFaces({ idleTimeoutMs: 200 });
    const body = multipart([attachment('a.dcm', 'x'.repeat(1000))]);
    const head = `POST ${RUNS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=the-boundary\r\nContent-Length: ${body.length}\r\n\r\n`;
    // Resolves when the server closes the connection.
    await sendRaw(server.port, head + body.subarray(0, 500).toString('latin1'));
    await expect.poll(() => double.uploads.map(({ fate }) => fate)).toEqual(['discarded']);
    expect(double.runs).toEqual([]);
  });

  it('tells the log what was thrown, without names and keys', async () => {
    const { form, json, errors, double } = await servedFaces({ tenants: twoTenants() });
    await form([...runParts({ studies: [file('../DUPONT')] }), attachment('../DUPONT')], bearer(KEY.clinic));
    await form([...runParts({ studies: [file('DUPONT.dcm')] })], bearer(KEY.clinic));
    await json('GET', '/ogc/jobs?status=DUPONT', undefined, bearer(KEY.clinic));
    await json('GET', '/ogc/jobs', undefined, bearer('DUPONT-DUPONT-DUPONT'));
    double.failNext('createUpload', new Error('EACCES /srv/secret/DUPONT'));
    const answer = await form([attachment('a.dcm')], bearer(KEY.clinic));
    expect([answer.status, answer.body]).toEqual([
      500,
      {
        ...{ status_code: 500, code: 'DH_INTERNAL', details: {} },
        msg: 'Internal error. The log of the server has the details.',
      },
    ]);
    const told = errors.slice(0, 4).map((one) => `${one} ${JSON.stringify(one)} ${(one as Error).cause ?? ''}`);
    expect(told).toHaveLength(4);
    for (const text of told) expect(text).not.toMatch(/DUPONT|the-key/);
  });
});

import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createClinicalDecisionSupportAdapter } from '@deephealth/adapter-clinical-decision-support';
import fastify from 'fastify';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { callBody, NOW, writeHeartPackage } from './heart-package.js';
import { ask, listen, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

const PATH = '/cds-services/heart-risk';
let folder: string;

beforeAll(async () => {
  folder = await writeHeartPackage(temporaryFolder());
});

const runtime = fakeRuntime(async (request) => soundAnswer(request, 0.95));
const create = (baseUrl: string) =>
  createClinicalDecisionSupportAdapter({
    runtime,
    packages: [folder],
    baseUrl,
    trust: { mode: 'none' },
    stateFolder: temporaryFolder(),
    deadlineMs: 10_000,
    now: () => NOW,
  });
const post = (url: string, body: unknown) =>
  ask(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe('the service inside another server', () => {
  it('is a fastify plugin below a prefix, and leaves the other routes alone', async () => {
    const server = fastify();
    const adapter = await create('http://127.0.0.1:1/cds');
    await server.register(adapter.fastifyPlugin, { prefix: '/cds' });
    server.post('/own', async (request) => ({ got: request.body }));
    const base = await server.listen({ port: 0, host: '127.0.0.1' });
    expect((await ask(`${base}/cds/cds-services`, {})).json.services).toHaveLength(5);
    expect((await post(`${base}/cds${PATH}`, callBody('high-risk'))).json.cards).toHaveLength(1);
    expect((await post(`${base}/cds${PATH}`, { a: 1 })).json.resourceType).toBe('OperationOutcome');
    expect((await post(`${base}/own`, { a: 1 })).json).toEqual({ got: { a: 1 } });
    const large = await ask(`${base}/cds${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(6 * 1024 * 1024),
    });
    expect(large.status).toBe(413);
    expect(large.json.resourceType).toBe('OperationOutcome');
    expect((await ask(`${base}/cds/cds-services`, { method: 'HEAD' })).text).toBe('');
    await server.close();
    await adapter.close();
  });

  it('is a listener below a path that a router has cut off, with a body that was parsed before', async () => {
    const adapter = await create('http://127.0.0.1:1/cds');
    // What Express and its json() do to a request.
    const server = createServer(async (request: IncomingMessage & { body?: unknown }, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      request.body = JSON.parse(Buffer.concat(chunks).toString());
      request.url = request.url?.slice('/cds'.length) ?? '';
      adapter.listener(request, response);
    });
    const base = `http://127.0.0.1:${await listen(server)}/cds`;
    expect((await post(`${base}${PATH}`, callBody('high-risk'))).json.cards).toHaveLength(1);
    server.closeAllConnections();
    server.close();
    await adapter.close();
  });

  it('is a function that needs no server', async () => {
    const adapter = await create('http://localhost:1');
    const { status, headers, body } = await adapter.answer({
      method: 'POST',
      path: PATH,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(callBody('high-risk'))),
    });
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json; charset=utf-8' });
    expect(JSON.parse(String(body)).cards).toHaveLength(1);
    await adapter.close();
  });
});

describe('a service that is switched off', () => {
  it('is off at once, hidden from discovery, over a restart, and on again when it is revived', async () => {
    const stateFolder = temporaryFolder();
    const served = await serveAdapter({ runtime, packages: [folder], stateFolder });
    await served.adapter.kill('heart-risk');
    const { status, json, headers } = await served.post(PATH, callBody('high-risk'));
    expect({ status, code: json.issue[0].details.coding[0].code }).toEqual({ status: 503, code: 'DH_CDS_SERVICE_OFF' });
    expect(headers.get('retry-after')).toBe('300');
    const ids = async () => (await served.get('/cds-services')).json.services.map(({ id }: { id: string }) => id);
    expect(await ids()).not.toContain('heart-risk');
    expect((await served.post('/cds-services/heart-risk-abstaining', callBody('high-risk'))).status).toBe(200);
    await served.stop();
    const again = await serveAdapter({ runtime, packages: [folder], stateFolder });
    expect((await again.post(PATH, callBody('high-risk'))).status).toBe(503);
    await again.adapter.revive('heart-risk');
    expect((await again.post(PATH, callBody('high-risk'))).status).toBe(200);
    await expect(again.adapter.kill('nothing')).rejects.toMatchObject({ code: 'DH_CDS_SERVICE_NOT_FOUND' });
    await again.stop();
  });

  it('is so within a second of writing the file, and everything is if the file cannot be read', async () => {
    const stateFolder = temporaryFolder();
    const served = await serveAdapter({ runtime, packages: [folder], stateFolder });
    const file = join(stateFolder, 'switched-off.json');
    const status = async (id: string) => (await served.post(`/cds-services/${id}`, callBody('high-risk'))).status;
    const becomes = (id: string, expected: number) =>
      vi.waitFor(async () => expect(await status(id)).toBe(expected), { timeout: 1_000, interval: 50 });
    writeFileSync(file, '["heart-risk"]');
    await becomes('heart-risk', 503);
    expect(await status('heart-risk-abstaining')).toBe(200);
    writeFileSync(file, '["heart-ri');
    await becomes('heart-risk-abstaining', 503);
    writeFileSync(file, '[]');
    await becomes('heart-risk', 200);
    await served.stop();
  });
});

describe('pages of another origin', () => {
  const origin = 'https://ehr.example';

  it('may call from an origin that is listed, and read errors too', async () => {
    const served = await serveAdapter({ runtime, packages: [folder], allowedOrigins: [origin] });
    for (const path of ['/cds-services', PATH, `${PATH}/feedback`]) {
      const preflight = await ask(`${served.baseUrl}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': path === '/cds-services' ? 'GET' : 'POST',
          'access-control-request-headers': 'authorization, content-type',
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
      expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization, content-type');
    }
    const good = await served.post(PATH, callBody('high-risk'), { origin });
    expect({ status: good.status, allowed: good.headers.get('access-control-allow-origin') }).toEqual({
      status: 200,
      allowed: origin,
    });
    const bad = await served.post(PATH, '{', { origin });
    expect({ status: bad.status, allowed: bad.headers.get('access-control-allow-origin') }).toEqual({
      status: 400,
      allowed: origin,
    });
    const foreign = await served.post(PATH, callBody('high-risk'), { origin: 'https://other.example' });
    expect({ status: foreign.status, allowed: foreign.headers.get('access-control-allow-origin') }).toEqual({
      status: 403,
      allowed: null,
    });
    await served.stop();
  });
});

describe('what the factory refuses', () => {
  it.each<[string, object, string]>([
    ['no package', { packages: [] }, 'DH_CONFIG_INVALID'],
    ['an address that is none', { baseUrl: 'cds' }, 'DH_CONFIG_INVALID'],
    ['an address with a query', { baseUrl: 'https://cds.example/?a=1' }, 'DH_CONFIG_INVALID'],
    ['a wildcard for origins', { allowedOrigins: ['*'] }, 'DH_CONFIG_INVALID'],
    ['a FHIR server that is none', { fhirServers: ['fhir'] }, 'DH_CONFIG_INVALID'],
    ['a language that is none', { languages: ['english!'] }, 'DH_CONFIG_INVALID'],
    ['a limit of nothing', { maxInFlight: 0 }, 'DH_CONFIG_INVALID'],
    ['a folder that is not there', { packages: ['/nowhere'] }, 'DH_PACKAGE_FILE_MISSING'],
  ])('%s', async (_what, changes, code) => {
    const options = {
      runtime,
      packages: [folder],
      baseUrl: 'http://localhost:1',
      trust: { mode: 'none' as const },
      stateFolder: temporaryFolder(),
    };
    await expect(createClinicalDecisionSupportAdapter({ ...options, ...changes })).rejects.toMatchObject({ code });
  });

  it('two services of one id', async () => {
    const options = {
      runtime,
      packages: [folder, folder],
      baseUrl: 'http://localhost:1',
      trust: { mode: 'none' as const },
      stateFolder: temporaryFolder(),
    };
    await expect(createClinicalDecisionSupportAdapter(options)).rejects.toMatchObject({
      code: 'DH_CDS_BINDING_INVALID',
    });
  });
});

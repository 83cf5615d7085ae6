import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ClinicalDecisionSupportAdapter,
  createClinicalDecisionSupportAdapter,
} from '@deephealth/adapter-clinical-decision-support';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClientSigner } from '../hosts/cds/client-signer.js';
import { mountClinicalDecisionSupport } from '../hosts/cds/embed-express.js';
import { serveBesideOwnRoutes } from '../hosts/cds/embed-node-http.js';

const samples = fileURLToPath(new URL('..', import.meta.url));
const ISSUER = 'https://ehr.example';
const signer = createClientSigner(ISSUER, `${ISSUER}/jwks.json`);

let folder: string;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cds-embedding-'));
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true });
});

/** Discovery needs no runtime, so that none is there. */
function createAdapter(baseUrl: string): Promise<ClinicalDecisionSupportAdapter> {
  return createClinicalDecisionSupportAdapter({
    runtime: '127.0.0.1:9',
    packages: [join(samples, 'models', 'heart-disease-risk', '1.0.0')],
    baseUrl,
    trust: { clients: [{ issuer: ISSUER, jwks: signer.keySet as never }] },
    stateFolder: folder,
  });
}

/** What Express does with `app.use(path, handler)`: a mount takes its path off `request.url`. */
class ExpressLikeApp {
  private readonly mounts: { path: string; handler: (request: IncomingMessage, response: ServerResponse) => void }[] =
    [];

  use(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): void {
    this.mounts.push({ path, handler });
  }

  readonly listener = (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '/';
    const mount = this.mounts.find(({ path }) => url === path || url.startsWith(`${path}/`));
    if (mount === undefined) return response.writeHead(404).end('Cannot find it');
    request.url = url.slice(mount.path.length) || '/';
    return mount.handler(request, response);
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function expectServiceAt(baseUrl: string): Promise<void> {
  const discovery = `${baseUrl}/cds-services`;
  const ask = (audience?: string) =>
    fetch(discovery, audience === undefined ? {} : { headers: { authorization: `Bearer ${signer.token(audience)}` } });
  const found = await ask(discovery);
  expect(found.status).toBe(200);
  const { services } = (await found.json()) as { services: { id: string }[] };
  expect(services.map(({ id }) => id)).toEqual(['heart-disease-exercise-test', 'heart-disease-patient-view']);
  // A refusal says nothing of its reason.
  const refusals = await Promise.all([ask(), ask(`${baseUrl}/cds-services/heart-disease-patient-view`)]);
  expect(refusals.map(({ status }) => status)).toEqual([401, 401]);
  const texts = await Promise.all(refusals.map((answer) => answer.text()));
  expect(texts[0]).toBe(texts[1]);
}

describe('the service inside a server of somebody else', () => {
  it('answers under its path of node:http, and leaves the rest alone', async () => {
    const { baseUrl, close } = await serveBesideOwnRoutes(0, createAdapter);
    closers.push(close);
    await expectServiceAt(baseUrl);
    const origin = new URL(baseUrl).origin;
    expect(await (await fetch(origin)).text()).toContain('own product');
    expect((await fetch(`${origin}/cds-services`)).status).toBe(404);
    expect((await fetch(`${origin}/cdsx/cds-services`)).status).toBe(404);
  });

  it('answers where an application mounts it as Express does, with its path taken off', async () => {
    const app = new ExpressLikeApp();
    const origin = await listen(createServer(app.listener));
    const adapter = await createAdapter(`${origin}/plugins/cds`);
    closers.push(() => adapter.close());
    mountClinicalDecisionSupport(app, '/plugins/cds', adapter);
    app.use('/orders', (_request, response) => response.end('orders'));
    await expectServiceAt(`${origin}/plugins/cds`);
    expect(await (await fetch(`${origin}/orders`)).text()).toBe('orders');
  });
});

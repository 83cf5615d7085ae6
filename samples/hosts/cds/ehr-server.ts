// The EHR of this sample: a page for clinicians, a FHIR server, and a key with which it signs as a CDS client.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle, Encounter, FhirResource, Patient } from 'fhir/r4.js';
import { createClientSigner } from './client-signer.js';
import { type FhirAnswer, FhirStore, outcome } from './fhir-store.js';

export interface EhrOptions {
  readonly patients: readonly Bundle[];
  /** Folder with index.html, page.css and, once built, page.js. */
  readonly page: string;
  readonly script: string;
  /** Default any free one. */
  readonly port?: number;
}

export interface Ehr {
  readonly url: string;
  readonly issuer: string;
  readonly keySetUrl: string;
  readonly store: FhirStore;
  /** The CDS service to call; set once it is known where it is. */
  useService(baseUrl: string): void;
  close(): Promise<void>;
}

const USER = 'Practitioner/example';

/** Serves on loopback only: whoever opens the page is taken for the clinician. */
export async function startEhr(options: EhrOptions): Promise<Ehr> {
  const store = new FhirStore();
  for (const bundle of options.patients) store.load(bundle);
  let serviceUrl = '';
  const accessToken = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) json(response, outcome(500, 'exception', 'The EHR failed.'));
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keySetUrl = `${url}/.well-known/jwks.json`;
  const signer = createClientSigner(url, keySetUrl);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', url);
    const route = `${request.method} ${pathname}`;
    // Another site's page may not act in the clinician's name, nor a name that was bent to this address.
    if (request.headers.host !== new URL(url).host) return json(response, outcome(403, 'forbidden', 'Another host.'));
    if (request.headers.origin !== undefined && request.headers.origin !== url) {
      return json(response, outcome(403, 'forbidden', 'Another origin.'));
    }
    if (pathname.startsWith('/fhir/')) return fhir(request, response, `${pathname.slice('/fhir/'.length)}${search}`);
    if (route === 'GET /.well-known/jwks.json') return json(response, { status: 200, body: signer.keySet });
    if (route === 'GET /app/session') return json(response, { status: 200, body: session() });
    if (route === 'POST /app/client-token') {
      const { audience } = JSON.parse(await textOf(request)) as { audience: string };
      // The key signs for the one service that this EHR was told to use.
      if (!`${audience}/`.startsWith(`${serviceUrl}/`))
        return json(response, outcome(403, 'forbidden', 'Another service.'));
      return json(response, { status: 200, body: { token: signer.token(audience) } });
    }
    const file = { 'GET /': 'index.html', 'GET /page.css': 'page.css', 'GET /page.js': 'page.js' }[route];
    if (file === undefined) return json(response, outcome(404, 'not-found', 'There is no such address.'));
    const content = await readFile(file === 'page.js' ? options.script : `${options.page}/${file}`);
    response
      .writeHead(200, {
        'content-type': `text/${file.endsWith('.html') ? 'html' : file.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`,
        // What a card brings along runs nowhere and loads nothing.
        'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${serviceUrl && new URL(serviceUrl).origin}; base-uri 'none'; form-action 'none'`,
        'x-content-type-options': 'nosniff',
      })
      .end(content);
  }

  function session() {
    const patients = store.ofType('Patient').map((resource) => {
      const { id, name, gender, birthDate } = resource as Patient;
      const isTheirs = ({ subject }: Encounter) => subject?.reference === `Patient/${id}`;
      const encounterId = (store.ofType('Encounter') as Encounter[]).filter(isTheirs).at(-1)?.id;
      return {
        id,
        name: `${name?.[0]?.given?.[0] ?? ''} ${name?.[0]?.family ?? ''}`.trim(),
        gender,
        birthDate,
        encounterId,
      };
    });
    const fhirAuthorization = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'patient/Patient.read patient/Observation.read',
      subject: 'deephealth-cds',
    };
    return { serviceUrl, userId: USER, patients, fhirServer: `${url}/fhir`, fhirAuthorization };
  }

  async function fhir(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (!isBearer(request.headers.authorization, accessToken)) {
      return json(response, outcome(401, 'login', 'A valid access token is needed.'));
    }
    if (request.method === 'GET') return json(response, store.get(path, `${url}/fhir`));
    if (request.method !== 'POST')
      return json(response, outcome(405, 'not-supported', 'Read, search and create only.'));
    return json(response, store.create(JSON.parse(await textOf(request)) as FhirResource));
  }

  return {
    url,
    issuer: url,
    keySetUrl,
    store,
    useService: (baseUrl) => {
      serviceUrl = baseUrl;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(response: ServerResponse, { status, body }: FhirAnswer | { status: number; body: object }): void {
  const isFhir = Object.hasOwn(body, 'resourceType');
  response.writeHead(status, { 'content-type': isFhir ? 'application/fhir+json' : 'application/json' });
  response.end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function isBearer(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

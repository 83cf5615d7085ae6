import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ClinicalDecisionSupportAdapter,
  type ClinicalDecisionSupportOptions,
  createClinicalDecisionSupportAdapter,
} from '@deephealth/adapter-clinical-decision-support';
import { NOW } from './heart-package.js';
import { temporaryFolder } from './temporary-folder.js';

export interface ServedAdapter {
  readonly adapter: ClinicalDecisionSupportAdapter;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** POST of JSON; an object is written as JSON, a text as it is. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<JsonResponse>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<JsonResponse>;
  /** Lines of the operator's log, as JSON. */
  readonly logged: string[];
  stop(): Promise<void>;
}

export interface JsonResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests say by what they expect which form the answer has.
  readonly json: any;
}

/** The adapter on a free port of loopback, open to everyone there. */
export async function serveAdapter(
  options: Pick<ClinicalDecisionSupportOptions, 'runtime' | 'packages'> & Partial<ClinicalDecisionSupportOptions>,
): Promise<ServedAdapter> {
  let adapter: ClinicalDecisionSupportAdapter | undefined;
  const server = createServer((request, response) => adapter?.listener(request, response));
  const baseUrl = `http://127.0.0.1:${await listen(server)}`;
  const logged: string[] = [];
  adapter = await createClinicalDecisionSupportAdapter({
    baseUrl,
    trust: { mode: 'none' },
    stateFolder: temporaryFolder(),
    now: () => NOW,
    // The tests run beside others on few cores; those of the deadline set their own.
    deadlineMs: 10_000,
    log: (entry) => logged.push(JSON.stringify(entry)),
    ...options,
  });
  const served = adapter;
  return {
    adapter,
    baseUrl,
    logged,
    post: (path, body, headers = {}) =>
      ask(`${baseUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    get: (path, headers = {}) => ask(`${baseUrl}${path}`, { headers }),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await served.close();
    },
  };
}

export async function ask(url: string, init: RequestInit): Promise<JsonResponse> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
